#include "storage/query/Text.h"

#include <algorithm>

namespace plimsoll::promql {

namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

} // namespace

size_t characterLength(std::string_view text)
{
    if (text.empty())
        return 0;
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80)
        return 1;
    const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length)
        return 0;
    uint32_t code = lead & (0xff >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (next & 0x3f);
    }
    constexpr uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < smallest[length] || code > 0x10ffff || surrogate ? 0 : length;
}

bool isValidUtf8(std::string_view text)
{
    while (!text.empty()) {
        const size_t length = characterLength(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

namespace {

/// The character at the front, escaped; takes it away from the text.
std::string escaped(std::string_view &text, char quote)
{
    constexpr char digits[] = "0123456789abcdef";
    constexpr std::string_view controls = "\a\b\f\n\r\t\v";
    const size_t length = characterLength(text);
    const auto byte = static_cast<unsigned char>(text[0]);
    const auto second = static_cast<unsigned char>(text.size() > 1 ? text[1] : 0);
    std::string result(text.substr(0, std::max<size_t>(length, 1)));
    if (text[0] == quote || text[0] == '\\')
        result.insert(0, 1, '\\');
    else if (const auto control = controls.find(text[0]); control != std::string_view::npos)
        result = {'\\', "abfnrtv"[control]};
    else if (length == 0 || byte < 0x20 || byte == 0x7f)
        result = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    else if (length == 2 && byte == 0xc2 && (second < 0xa1 || second == 0xad))
        result = {'\\', 'u', '0', '0', digits[second >> 4], digits[second & 15]};
    text.remove_prefix(std::max<size_t>(length, 1));
    return result;
}

std::string quotedBy(std::string_view text, char quote)
{
    std::string result(1, quote);
    while (!text.empty())
        result += escaped(text, quote);
    return result += quote;
}

} // namespace

std::string quoted(std::string_view text) { return quotedBy(text, '"'); }

std::string quotedCharacter(std::string_view character) { return quotedBy(character, '\''); }

std::string labelsText(const Labels &labels)
{
    std::string result = "{";
    for (const auto &[name, value] : labels)
        result += (result.size() > 1 ? ", " : "") + name + "=" + quoted(value);
    return result + "}";
}

bool naturallyLess(std::string_view a, std::string_view b)
{
    while (!a.empty() && !b.empty()) {
        if (!isDigit(a[0]) || !isDigit(b[0])) {
            if (a[0] != b[0])
                return a[0] < b[0];
            a.remove_prefix(1);
            b.remove_prefix(1);
            continue;
        }
        const auto number = [](std::string_view &text) {
            const auto end = std::ranges::find_if_not(text, isDigit) - text.begin();
            auto digits = text.substr(0, static_cast<size_t>(end));
            text.remove_prefix(digits.size());
            while (digits.size() > 1 && digits[0] == '0')
                digits.remove_prefix(1);
            return digits;
        };
        const auto left = number(a);
        const auto right = number(b);
        if (left.size() != right.size())
            return left.size() < right.size();
        if (left != right)
            return left < right;
    }
    return a.size() < b.size();
}

} // namespace plimsoll::promql
