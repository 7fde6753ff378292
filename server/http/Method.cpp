#include "server/http/Method.h"

namespace plimsoll::http {

namespace {
constexpr std::pair<Method, std::string_view> names[] = {
    {Method::Get, "GET"},     {Method::Head, "HEAD"},     {Method::Post, "POST"},      {Method::Put, "PUT"},
    {Method::Patch, "PATCH"}, {Method::Delete, "DELETE"}, {Method::Options, "OPTIONS"}};
} // namespace

std::string_view methodName(Method method)
{
    for (const auto &[known, name] : names) {
        if (known == method)
            return name;
    }
    return {};
}

std::optional<Method> methodNamed(std::string_view name)
{
    for (const auto &[method, known] : names) {
        if (known == name)
            return method;
    }
    return std::nullopt;
}

bool isSafe(Method method)
{
    return method == Method::Get || method == Method::Head || method == Method::Options;
}

} // namespace plimsoll::http
