#include "server/http/Request.h"

#include "server/http/PercentCoding.h"

namespace plimsoll::http {

std::optional<std::string_view> Request::header(std::string_view name) const
{
    for (const auto &[key, value] : headers) {
        if (key == name)
            return std::string_view(value);
    }
    return std::nullopt;
}

std::string_view Request::parameter(std::string_view name) const
{
    for (const auto &[key, value] : parameters) {
        if (key == name)
            return value;
    }
    return {};
}

std::optional<std::string> Request::argument(std::string_view name) const
{
    for (auto &[key, value] : formPairs(rawQuery)) {
        if (key == name)
            return std::move(value);
    }
    return std::nullopt;
}

std::vector<std::string> Request::arguments(std::string_view name) const
{
    std::vector<std::string> found;
    for (auto &[key, value] : formPairs(rawQuery)) {
        if (key == name)
            found.push_back(std::move(value));
    }
    return found;
}

std::vector<std::pair<std::string, std::string>> Request::allArguments() const
{
    auto pairs = formPairs(rawQuery);
    const std::string_view type = header("content-type").value_or(std::string_view());
    constexpr std::string_view form = "application/x-www-form-urlencoded";
    if (!QByteArrayView(type.data(), qsizetype(std::min(type.size(), form.size())))
             .compare(QByteArrayView(form.data(), qsizetype(form.size())), Qt::CaseInsensitive)) {
        for (auto &pair : formPairs({body.constData(), size_t(body.size())}))
            pairs.push_back(std::move(pair));
    }
    return pairs;
}

std::string callerName(const Principal &principal)
{
    if (principal.session)
        return principal.userName;
    if (!principal.keyId.empty())
        return "key " + principal.keyName;
    return principal.openLoopback ? "this machine" : "";
}

} // namespace plimsoll::http
