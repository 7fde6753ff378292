#include "storage/query/StringText.h"

#include "storage/query/Text.h"

#include <charconv>
#include <cstdint>

namespace plimsoll::promql {

namespace {

void appendUtf8(std::string &out, uint32_t code)
{
    if (code < 0x80) {
        out += static_cast<char>(code);
        return;
    }
    const int extra = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    constexpr uint8_t leads[] = {0, 0xc0, 0xe0, 0xf0};
    out += static_cast<char>(leads[extra] | (code >> (6 * extra)));
    for (int i = extra - 1; i >= 0; i--)
        out += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f));
}

class Reader
{
public:
    explicit Reader(std::string_view text)
        : m_text(text)
        , m_quote(text[0])
    {
    }

    StringText read()
    {
        const bool raw = m_quote == '`';
        while (m_result.error.empty()) {
            if (m_at >= m_text.size() || (!raw && m_text[m_at] == '\n'))
                return fail(raw ? "unterminated raw string" : "unterminated quoted string");
            if (m_text[m_at] == m_quote)
                break;
            if (!raw && m_text[m_at] == '\\')
                escape();
            else
                character();
        }
        m_result.length = m_at + 1;
        return std::move(m_result);
    }

private:
    StringText fail(std::string message)
    {
        m_result.error = std::move(message);
        return std::move(m_result);
    }

    void character()
    {
        const size_t length = characterLength(m_text.substr(m_at));
        if (length == 0)
            m_result.error = "invalid UTF-8 rune";
        m_result.content += m_text.substr(m_at, length);
        m_at += length;
    }

    void escape()
    {
        constexpr std::string_view letters = "abfnrtv\\";
        constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\";
        const char c = m_at + 1 < m_text.size() ? m_text[m_at + 1] : '\0';
        m_at += 2;
        if (m_at > m_text.size())
            m_result.error = "escape sequence not terminated";
        else if (const auto letter = letters.find(c); letter != std::string_view::npos)
            m_result.content += meanings[letter];
        else if (c == m_quote)
            m_result.content += c;
        else if (c >= '0' && c <= '7')
            m_at--, code(3, 8);
        else if (c == 'x' || c == 'u' || c == 'U')
            code(c == 'x' ? 2 : c == 'u' ? 4 : 8, 16);
        else
            m_result.error = "unknown escape sequence " + quoted(m_text.substr(m_at - 2, 2));
    }

    /// A byte of two hexadecimal or three octal digits, or a character of four or eight.
    void code(size_t digits, int base)
    {
        if (m_text.size() - m_at < digits) {
            m_result.error = "escape sequence not terminated";
            return;
        }
        uint32_t value = 0;
        const char *begin = m_text.data() + m_at;
        if (std::from_chars(begin, begin + digits, value, base).ptr != begin + digits) {
            m_result.error = "illegal character in escape sequence";
            return;
        }
        const bool byte = digits < 4;
        const bool surrogate = value >= 0xd800 && value < 0xe000;
        if (value > (byte ? 0xffU : 0x10ffffU) || surrogate)
            m_result.error = "escape sequence is an invalid Unicode code point";
        else if (byte)
            m_result.content += static_cast<char>(value);
        else
            appendUtf8(m_result.content, value);
        m_at += digits;
    }

    std::string_view m_text;
    char m_quote;
    size_t m_at = 1;
    StringText m_result;
};

} // namespace

StringText readString(std::string_view text) { return Reader(text).read(); }

} // namespace plimsoll::promql
