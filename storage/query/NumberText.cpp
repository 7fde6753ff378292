#include "storage/query/NumberText.h"

#include "storage/query/Duration.h"

#include <charconv>
#include <string>

namespace plimsoll::promql {

namespace {

constexpr int64_t maxDurationMs = INT64_MAX / 1'000'000; // 292 years: nanoseconds in 63 bits, as upstream

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isHexDigit(char c) { return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool isWordPart(char c) { return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

class Reader
{
public:
    explicit Reader(std::string_view text)
        : m_text(text)
    {
    }

    NumberText read()
    {
        if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X'))
            return hexadecimal();
        takeDigits(isDigit);
        const bool whole = peek() != '.';
        if (whole && isUnit(peek()))
            return duration();
        if (!whole) {
            m_at++;
            takeDigits(isDigit);
        }
        const bool exponent = peek() == 'e' || peek() == 'E';
        if (exponent && !takeExponent())
            return malformed();
        if (isWordPart(peek()) || (!whole && peek() == '.'))
            return malformed();
        return decimal(whole && !exponent);
    }

private:
    char peek(size_t ahead = 0) const { return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : '\0'; }
    static bool isUnit(char c) { return std::string_view("smhdwy").find(c) != std::string_view::npos; }

    /// Digits, single underscores between them.
    void takeDigits(bool (*isOne)(char))
    {
        while (isOne(peek()) || (peek() == '_' && !m_digits.empty() && isOne(peek(1)))) {
            if (peek() != '_')
                m_digits += peek();
            m_at++;
        }
    }

    bool takeExponent()
    {
        const size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
        m_exponent = "e" + std::string(sign ? 1 : 0, peek(1));
        m_at += 1 + sign;
        while (isDigit(peek()))
            m_exponent += m_text[m_at++];
        return isDigit(m_exponent.back());
    }

    NumberText malformed() { return {std::min(m_at + 1, m_text.size()), false, false, std::nullopt}; }

    NumberText hexadecimal()
    {
        m_at = 2;
        if (peek() == '_')
            m_at++;
        takeDigits(isHexDigit);
        int64_t value = 0;
        const auto error = std::from_chars(m_digits.data(), m_digits.data() + m_digits.size(), value, 16).ec;
        if (isWordPart(peek()) || error == std::errc::invalid_argument)
            return malformed();
        return {m_at, false, error != std::errc(), static_cast<double>(value)};
    }

    /// Whole numbers that begin with 0 are octal where their digits allow.
    NumberText decimal(bool whole)
    {
        if (whole && m_digits.size() > 1 && m_digits[0] == '0') {
            int64_t octal = 0;
            const auto end = std::from_chars(m_digits.data(), m_digits.data() + m_digits.size(), octal, 8);
            if (end.ec == std::errc() && end.ptr == m_digits.data() + m_digits.size())
                return {m_at, false, false, static_cast<double>(octal)};
        }
        std::string plain;
        for (const char c : m_text.substr(0, m_at)) {
            if (c != '_')
                plain += c;
        }
        double value = 0;
        const auto error = std::from_chars(plain.data(), plain.data() + plain.size(), value).ec;
        const bool tiny = error == std::errc::result_out_of_range && m_exponent.starts_with("e-");
        return {m_at, false, error == std::errc::result_out_of_range && !tiny, tiny ? 0 : value};
    }

    NumberText duration()
    {
        while (isWordPart(peek()))
            m_at++;
        const auto milliseconds = parseDuration(m_text.substr(0, m_at));
        if (!milliseconds)
            return {m_at, false, false, std::nullopt};
        return {m_at, true, *milliseconds > maxDurationMs, static_cast<double>(*milliseconds) / 1000};
    }

    std::string_view m_text;
    size_t m_at = 0;
    std::string m_digits;
    std::string m_exponent;
};

} // namespace

NumberText readNumber(std::string_view text) { return Reader(text).read(); }

} // namespace plimsoll::promql
