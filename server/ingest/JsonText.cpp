#include "server/ingest/JsonText.h"

#include <array>
#include <cstring>

namespace plimsoll::ingest {
namespace {

std::optional<unsigned> takeHex4(std::string_view &raw)
{
    if (raw.size() < 4)
        return std::nullopt;
    unsigned number = 0;
    for (const char c : raw.substr(0, 4)) {
        number <<= 4;
        if (c >= '0' && c <= '9')
            number |= static_cast<unsigned>(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            number |= static_cast<unsigned>((c | 0x20) - 'a' + 10);
        else
            return std::nullopt;
    }
    raw.remove_prefix(4);
    return number;
}

/// Takes what follows "\u", and the second half where it is the first of a pair.
std::optional<unsigned> takeCodePoint(std::string_view &raw)
{
    const auto first = takeHex4(raw);
    if (!first || (*first >= 0xdc00 && *first <= 0xdfff))
        return std::nullopt;
    if (*first < 0xd800 || *first > 0xdbff)
        return first;
    if (!raw.starts_with("\\u"))
        return std::nullopt;
    raw.remove_prefix(2);
    const auto second = takeHex4(raw);
    if (!second || *second < 0xdc00 || *second > 0xdfff)
        return std::nullopt;
    return 0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00);
}

void appendUtf8(std::string &out, unsigned c)
{
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xc0 | (c >> 6));
        tail(0);
    } else if (c < 0x10000) {
        out += static_cast<char>(0xe0 | (c >> 12));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xf0 | (c >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

/// Takes what follows a backslash.
bool takeEscape(std::string_view &raw, std::string &out)
{
    static constexpr std::string_view letters = "\"\\/bfnrt";
    static constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (raw.empty())
        return false;
    const char letter = raw.front();
    raw.remove_prefix(1);
    if (letter == 'u') {
        const auto codePoint = takeCodePoint(raw);
        if (codePoint)
            appendUtf8(out, *codePoint);
        return codePoint.has_value();
    }
    const size_t at = letters.find(letter);
    if (at == std::string_view::npos)
        return false;
    out += meanings[at];
    return true;
}

} // namespace

std::optional<std::string> unescapeJson(std::string_view raw)
{
    std::string out;
    out.reserve(raw.size());
    while (!raw.empty()) {
        const size_t plain = std::min(raw.find('\\'), raw.size());
        out += raw.substr(0, plain);
        raw.remove_prefix(plain);
        if (raw.empty())
            break;
        raw.remove_prefix(1);
        if (!takeEscape(raw, out))
            return std::nullopt;
    }
    return out;
}

std::string_view rawJsonString(const char *begin)
{
    const char *end = begin;
    while (*end != '"')
        end += *end == '\\' ? 2 : 1;
    return {begin, static_cast<size_t>(end - begin)};
}

std::string quoteJson(std::string_view text)
{
    static constexpr char hex[] = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (c == '\n')
            out += "\\n";
        else if (byte < 0x20)
            ((out += "\\u00") += hex[byte >> 4]) += hex[byte & 15];
        else
            out += c;
    }
    return out += '"';
}

} // namespace plimsoll::ingest
