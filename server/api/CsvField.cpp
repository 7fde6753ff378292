#include "server/api/CsvField.h"

#include <charconv>

namespace plimsoll::api {

namespace {

bool isNumber(std::string_view text)
{
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failure == std::errc() && end == text.data() + text.size();
}

bool wouldRun(std::string_view text)
{
    return !text.empty() && std::string_view("=+-@\t\r\n").find(text[0]) != std::string_view::npos &&
           !isNumber(text);
}

} // namespace

std::string csvField(std::string_view text)
{
    std::string out = wouldRun(text) ? "\"'" : "\"";
    for (const char c : text)
        out.append(c == '"' ? 2 : 1, c);
    return out + '"';
}

} // namespace plimsoll::api
