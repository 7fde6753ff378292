#include "server/http/PercentCoding.h"

#include <QUtf8StringView>

namespace plimsoll::http {

namespace {

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/// The byte that "%xy" at `at` stands for, or -1.
int encodedByte(std::string_view text, size_t at)
{
    if (at + 2 >= text.size())
        return -1;
    const int high = hexDigit(text[at + 1]);
    const int low = hexDigit(text[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

std::optional<std::string> decode(std::string_view text, bool plusIsSpace, bool strict)
{
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); i++) {
        const int byte = text[i] == '%' ? encodedByte(text, i) : -1;
        if (byte >= 0) {
            out += char(byte);
            i += 2;
        } else if (text[i] == '%' && strict) {
            return std::nullopt;
        } else {
            out += plusIsSpace && text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

} // namespace

std::optional<std::string> percentDecoded(std::string_view text, bool plusIsSpace)
{
    return decode(text, plusIsSpace, true);
}

std::string percentDecodedLeniently(std::string_view text, bool plusIsSpace)
{
    return *decode(text, plusIsSpace, false);
}

std::vector<std::pair<std::string, std::string>> formPairs(std::string_view text)
{
    std::vector<std::pair<std::string, std::string>> pairs;
    while (!text.empty()) {
        const size_t end = std::min(text.find('&'), text.size());
        const std::string_view item = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (item.empty())
            continue;
        const size_t equals = item.find('=');
        const bool hasValue = equals != std::string_view::npos;
        pairs.emplace_back(percentDecodedLeniently(item.substr(0, equals), true),
                           hasValue ? percentDecodedLeniently(item.substr(equals + 1), true) : std::string());
    }
    return pairs;
}

bool isUtf8(std::string_view text)
{
    return QUtf8StringView(text.data(), qsizetype(text.size())).isValidUtf8();
}

} // namespace plimsoll::http
