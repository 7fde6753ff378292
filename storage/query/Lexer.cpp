#include "storage/query/Lexer.h"

#include "storage/query/Duration.h"

#include <charconv>
#include <optional>

namespace plimsoll::promql {

namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isHexDigit(char c) { return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool isWordStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool isWordPart(char c) { return isWordStart(c) || isDigit(c); }

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

class Lexer
{
public:
    explicit Lexer(std::string_view text)
        : m_text(text)
    {
    }

    Result<std::vector<Token>> run()
    {
        while (!m_failure) {
            skipSpace();
            Token token;
            token.position = position();
            const size_t start = m_at;
            if (m_at < m_text.size())
                next(token);
            if (token.kind != TokenKind::String)
                token.text = std::string(m_text.substr(start, m_at - start));
            m_tokens.push_back(std::move(token));
            if (m_at >= m_text.size() && m_tokens.back().kind == TokenKind::End)
                break;
        }
        if (m_failure)
            return *m_failure;
        return std::move(m_tokens);
    }

private:
    char peek(size_t ahead = 0) const { return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : '\0'; }

    Position position() const { return {m_line, static_cast<uint32_t>(m_at - m_lineStart + 1)}; }

    void fail(Position where, const std::string &message)
    {
        if (!m_failure)
            m_failure = parseError(where, message);
        m_at = m_text.size();
    }

    void advance()
    {
        if (m_text[m_at++] == '\n') {
            m_line++;
            m_lineStart = m_at;
        }
    }

    void skipSpace()
    {
        while (m_at < m_text.size()) {
            const char c = peek();
            if (c == '#') {
                while (m_at < m_text.size() && peek() != '\n')
                    m_at++;
            } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
                advance();
            } else {
                return;
            }
        }
    }

    void take(Token &token, TokenKind kind, size_t length)
    {
        token.kind = kind;
        m_at += length;
    }

    void next(Token &token)
    {
        const char c = peek();
        if (isDigit(c) || (c == '.' && isDigit(peek(1))))
            return number(token);
        if (isWordStart(c) || (c == ':' && m_bracketDepth == 0))
            return word(token);
        if (c == '"' || c == '\'' || c == '`')
            return string(token, c);
        punctuation(token, c);
    }

    void punctuation(Token &token, char c)
    {
        const char d = peek(1);
        switch (c) {
        case '(':
            return take(token, TokenKind::LeftParen, 1);
        case ')':
            return take(token, TokenKind::RightParen, 1);
        case '{':
            return take(token, TokenKind::LeftBrace, 1);
        case '}':
            return take(token, TokenKind::RightBrace, 1);
        case '[':
            m_bracketDepth++;
            return take(token, TokenKind::LeftBracket, 1);
        case ']':
            m_bracketDepth = 0;
            return take(token, TokenKind::RightBracket, 1);
        case ',':
            return take(token, TokenKind::Comma, 1);
        case ':':
            return take(token, TokenKind::Colon, 1);
        case '@':
            return take(token, TokenKind::At, 1);
        case '+':
            return take(token, TokenKind::Plus, 1);
        case '-':
            return take(token, TokenKind::Minus, 1);
        case '*':
            return take(token, TokenKind::Times, 1);
        case '/':
            return take(token, TokenKind::Divide, 1);
        case '%':
            return take(token, TokenKind::Modulo, 1);
        case '^':
            return take(token, TokenKind::Power, 1);
        case '=':
            return d == '='   ? take(token, TokenKind::EqualEqual, 2)
                   : d == '~' ? take(token, TokenKind::Matches, 2)
                              : take(token, TokenKind::Equal, 1);
        case '!':
            if (d == '=' || d == '~')
                return take(token, d == '=' ? TokenKind::NotEqual : TokenKind::NotMatches, 2);
            break;
        case '>':
            return d == '=' ? take(token, TokenKind::GreaterEqual, 2) : take(token, TokenKind::Greater, 1);
        case '<':
            return d == '=' ? take(token, TokenKind::LessEqual, 2) : take(token, TokenKind::Less, 1);
        default:
            break;
        }
        fail(token.position, std::string("unexpected character: '") + c + "'");
    }

    void word(Token &token)
    {
        token.kind = TokenKind::Identifier;
        while (isWordPart(peek()) || (peek() == ':' && m_bracketDepth == 0)) {
            if (peek() == ':')
                token.kind = TokenKind::MetricName;
            m_at++;
        }
    }

    void number(Token &token)
    {
        const size_t start = m_at;
        if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
            m_at += 2;
            while (isHexDigit(peek()))
                m_at++;
            uint64_t value = 0;
            const auto [end, error] =
                std::from_chars(m_text.data() + start + 2, m_text.data() + m_at, value, 16);
            if (error != std::errc() || isWordPart(peek()))
                return fail(token.position, "bad number or duration syntax");
            token.kind = TokenKind::Number;
            token.number = static_cast<double>(value);
            return;
        }
        while (isDigit(peek()) || (peek() == '_' && isDigit(peek(1))))
            m_at++;
        if (isWordStart(peek()) && peek() != 'e' && peek() != 'E')
            return duration(token, start);
        if (peek() == '.') {
            m_at++;
            while (isDigit(peek()) || (peek() == '_' && isDigit(peek(1))))
                m_at++;
        }
        if (peek() == 'e' || peek() == 'E') {
            const size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
            if (isDigit(peek(1 + sign)))
                m_at += 1 + sign;
            while (isDigit(peek()))
                m_at++;
        }
        std::string digits;
        for (const char c : m_text.substr(start, m_at - start)) {
            if (c != '_')
                digits += c;
        }
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), token.number);
        if (error == std::errc::result_out_of_range)
            token.number = digits.find("e-") == std::string::npos ? __builtin_inf() : 0;
        if ((error != std::errc() && error != std::errc::result_out_of_range) || isWordPart(peek()))
            return fail(token.position, "bad number or duration syntax: \"" + digits + peek() + "\"");
        token.kind = TokenKind::Number;
    }

    void duration(Token &token, size_t start)
    {
        while (isWordPart(peek()))
            m_at++;
        const auto text = m_text.substr(start, m_at - start);
        const auto durationMs = parseDuration(text);
        if (!durationMs)
            return fail(token.position, "bad number or duration syntax: \"" + std::string(text) + "\"");
        token.kind = TokenKind::Duration;
        token.number = static_cast<double>(*durationMs) / 1000;
    }

    void string(Token &token, char quote)
    {
        token.kind = TokenKind::String;
        m_at++;
        while (m_at < m_text.size() && peek() != quote) {
            if (quote != '`' && peek() == '\n')
                return fail(token.position, "unterminated quoted string");
            if (quote != '`' && peek() == '\\') {
                if (!escape(token.text, quote))
                    return fail(position(), "unknown escape sequence in a string");
            } else {
                token.text += peek();
                advance();
            }
        }
        if (m_at >= m_text.size())
            return fail(token.position,
                        quote == '`' ? "unterminated raw string" : "unterminated quoted string");
        m_at++;
    }

    bool escape(std::string &out, char quote)
    {
        const char c = peek(1);
        m_at += 2;
        switch (c) {
        case 'a':
            out += '\a';
            return true;
        case 'b':
            out += '\b';
            return true;
        case 'f':
            out += '\f';
            return true;
        case 'n':
            out += '\n';
            return true;
        case 'r':
            out += '\r';
            return true;
        case 't':
            out += '\t';
            return true;
        case 'v':
            out += '\v';
            return true;
        case '\\':
            out += '\\';
            return true;
        case 'x':
            return code(out, 2, 16, false);
        case 'u':
            return code(out, 4, 16, true);
        case 'U':
            return code(out, 8, 16, true);
        default:
            break;
        }
        if (c == quote) {
            out += c;
            return true;
        }
        m_at--;
        return c >= '0' && c <= '7' && code(out, 3, 8, false);
    }

    bool code(std::string &out, size_t digits, int base, bool utf8)
    {
        if (m_at + digits > m_text.size())
            return false;
        uint32_t value = 0;
        const char *begin = m_text.data() + m_at;
        const auto [end, error] = std::from_chars(begin, begin + digits, value, base);
        if (error != std::errc() || end != begin + digits || value > (utf8 ? 0x10ffffU : 255U))
            return false;
        m_at += digits;
        if (utf8)
            appendUtf8(out, value);
        else
            out += static_cast<char>(value);
        return true;
    }

    std::string_view m_text;
    size_t m_at = 0;
    size_t m_lineStart = 0;
    uint32_t m_line = 1;
    int m_bracketDepth = 0;
    std::vector<Token> m_tokens;
    std::optional<Error> m_failure;
};

} // namespace

std::string Position::toString() const { return std::to_string(line) + ":" + std::to_string(column); }

Error parseError(Position position, const std::string &message)
{
    return {ErrorCode::Invalid, position.toString() + ": parse error: " + message, {}};
}

Result<std::vector<Token>> tokenize(std::string_view text) { return Lexer(text).run(); }

} // namespace plimsoll::promql
