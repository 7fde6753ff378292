#include "alerts/templates/Lexer.h"

#include "alerts/templates/GoText.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace plimsoll::alerts::templates {

namespace {

constexpr std::string_view space = " \t\r\n";

bool isSpace(char c) { return space.find(c) != std::string_view::npos; }

bool isWord(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           uint8_t(c) >= 0x80;
}

class Cutter
{
public:
    explicit Cutter(std::string_view source)
        : m_source(source)
    {
    }

    Result<std::vector<Piece>> run()
    {
        bool trimNext = false;
        while (m_at < m_source.size()) {
            const size_t open = std::min(m_source.find("{{", m_at), m_source.size());
            std::string_view text = m_source.substr(m_at, open - m_at);
            if (trimNext)
                text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
            trimNext = false;
            const bool trims =
                open + 3 < m_source.size() && m_source[open + 2] == '-' && isSpace(m_source[open + 3]);
            if (trims)
                text = text.substr(0, text.find_last_not_of(space) + 1);
            if (!text.empty())
                m_pieces.push_back({false, std::string(text), {}, m_at});
            m_at = open;
            if (open == m_source.size())
                break;
            m_open = open;
            m_at = open + (trims ? 3 : 2);
            const Result<bool> trimmed = action();
            if (!trimmed)
                return trimmed.error();
            trimNext = *trimmed;
        }
        return std::move(m_pieces);
    }

private:
    Error wrong(size_t at, const std::string &problem) const
    {
        return {ErrorCode::Invalid, placeIn(m_source, at) + ": " + problem, {}};
    }

    char peek(size_t ahead = 0) const { return m_at + ahead < m_source.size() ? m_source[m_at + ahead] : 0; }

    /// Reads up to and with the closing braces; tells whether the text that follows is trimmed.
    Result<bool> action()
    {
        const size_t inner = std::min(m_source.find_first_not_of(space, m_at), m_source.size());
        if (m_source.substr(inner).starts_with("/*"))
            return comment(inner);
        Piece piece{true, {}, {}, m_open};
        while (true) {
            const size_t before = m_at;
            m_at = std::min(m_source.find_first_not_of(space, m_at), m_source.size());
            const bool spaced = m_at > before;
            if (m_at == m_source.size())
                return wrong(m_open, "unclosed action");
            const std::string_view rest = m_source.substr(m_at);
            const bool trims = spaced && rest.starts_with("-}}");
            if (trims || rest.starts_with("}}")) {
                piece.tokens.push_back({Token::Kind::End, {}, spaced, m_at, m_at});
                m_at += trims ? 3 : 2;
                m_pieces.push_back(std::move(piece));
                return trims;
            }
            Token token;
            token.spaced = spaced;
            token.begin = m_at;
            if (Status read = readToken(token); !read)
                return read.error();
            token.end = m_at;
            piece.tokens.push_back(std::move(token));
        }
    }

    Result<bool> comment(size_t begin)
    {
        const size_t end = m_source.find("*/", begin + 2);
        if (end == std::string_view::npos)
            return wrong(m_open, "unclosed comment");
        const size_t close = std::min(m_source.find_first_not_of(space, end + 2), m_source.size());
        const std::string_view rest = m_source.substr(close);
        const bool trims = close > end + 2 && rest.starts_with("-}}");
        if (!trims && !rest.starts_with("}}"))
            return wrong(m_open, "comment ends before closing delimiter");
        m_at = close + (trims ? 3 : 2);
        return trims;
    }

    Status readToken(Token &token)
    {
        const char c = peek();
        const char next = peek(1);
        if (c == '"' || c == '`')
            return readQuoted(token, c);
        if (c == '\'')
            return readCharacter(token);
        if ((c >= '0' && c <= '9') || ((c == '-' || c == '+' || c == '.') && next >= '0' && next <= '9') ||
            ((c == '-' || c == '+') && next == '.'))
            return take(token, Token::Kind::Number, numberLength());
        if (c == '$')
            return take(token, Token::Kind::Variable, 1 + wordLength(1));
        if (c == '.')
            return readField(token);
        if (isWord(c))
            return take(token, Token::Kind::Identifier, wordLength(0));
        return readSign(token);
    }

    Status readField(Token &token)
    {
        const size_t length = wordLength(1);
        if (length == 0)
            return take(token, Token::Kind::Dot, 1);
        m_at++;
        return take(token, Token::Kind::Field, length);
    }

    Status readSign(Token &token)
    {
        switch (peek()) {
        case '|':
            return take(token, Token::Kind::Bar, 1);
        case '(':
            return take(token, Token::Kind::Left, 1);
        case ')':
            return take(token, Token::Kind::Right, 1);
        case ',':
            return take(token, Token::Kind::Comma, 1);
        case '=':
            return take(token, Token::Kind::Assign, 1);
        case ':':
            if (peek(1) == '=')
                return take(token, Token::Kind::Declare, 2);
            return wrong(m_at, "expected :=");
        default:
            return wrong(m_at, "unexpected " + goQuoted(m_source.substr(m_at, 1)) + " in an action");
        }
    }

    Status take(Token &token, Token::Kind kind, size_t length)
    {
        token.kind = kind;
        token.text = m_source.substr(m_at, length);
        m_at += length;
        return {};
    }

    size_t wordLength(size_t from) const
    {
        size_t length = 0;
        while (isWord(peek(from + length)))
            length++;
        return length;
    }

    size_t numberLength() const
    {
        size_t length = 1;
        for (; isWord(peek(length)) || peek(length) == '.'; length++) {
        }
        const char last = peek(length - 1);
        const bool hex = m_source.substr(m_at).starts_with("0x") || m_source.substr(m_at).starts_with("0X");
        if (!hex && (last == 'e' || last == 'E') && (peek(length) == '-' || peek(length) == '+'))
            for (length++; isWord(peek(length)); length++) {
            }
        return length;
    }

    Status readQuoted(Token &token, char quote)
    {
        token.kind = Token::Kind::Text;
        m_at++;
        while (m_at < m_source.size() && m_source[m_at] != quote) {
            if (quote == '"' && m_source[m_at] == '\n')
                break;
            if (quote == '"' && m_source[m_at] == '\\') {
                if (Status read = readEscape(token.text, '"'); !read)
                    return read;
                continue;
            }
            token.text.push_back(m_source[m_at++]);
        }
        if (peek() != quote)
            return wrong(token.begin,
                         quote == '"' ? "unterminated quoted string" : "unterminated raw quoted string");
        m_at++;
        return {};
    }

    Status readCharacter(Token &token)
    {
        token.kind = Token::Kind::Character;
        m_at++;
        if (peek() == '\\') {
            if (Status read = readEscape(token.text, '\''); !read)
                return read;
        } else {
            const size_t length = std::max<size_t>(utf8Length(m_source.substr(m_at)), 1);
            token.text = m_source.substr(m_at, length);
            m_at = std::min(m_at + length, m_source.size());
        }
        if (peek() != '\'')
            return wrong(token.begin, "unterminated character constant");
        m_at++;
        return {};
    }

    Status readEscape(std::string &text, char quote)
    {
        static constexpr std::string_view names = "abfnrtv\\";
        static constexpr std::string_view meant = "\a\b\f\n\r\t\v\\";
        const char c = peek(1);
        if (const size_t known = names.find(c); c != 0 && (known != std::string_view::npos || c == quote)) {
            text.push_back(c == quote ? c : meant[known]);
            m_at += 2;
            return {};
        }
        const bool octal = c >= '0' && c <= '7';
        const size_t digits = octal ? 3 : c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
        const std::optional<uint32_t> code = readCode(octal ? 1 : 2, digits, octal ? 8 : 16);
        if (!code)
            return wrong(m_at, "invalid escape in a string");
        if (octal || c == 'x')
            text.push_back(char(*code));
        else
            text.append(utf8Of(*code));
        m_at += digits + (octal ? 1 : 2);
        return {};
    }

    std::optional<uint32_t> readCode(size_t from, size_t digits, int base) const
    {
        const std::string_view written = m_source.substr(std::min(m_at + from, m_source.size()), digits);
        uint32_t code = 0;
        const auto [end, failure] =
            std::from_chars(written.data(), written.data() + written.size(), code, base);
        const bool whole = digits > 0 && written.size() == digits && failure == std::errc() &&
                           end == written.data() + written.size();
        return whole && (digits > 3 || code < 256) ? std::optional(code) : std::nullopt;
    }

    std::string_view m_source;
    size_t m_at = 0;
    size_t m_open = 0;
    std::vector<Piece> m_pieces;
};

} // namespace

Result<std::vector<Piece>> cutTemplate(std::string_view source) { return Cutter(source).run(); }

std::string placeIn(std::string_view source, size_t byte)
{
    const std::string_view before = source.substr(0, byte);
    const auto lines = std::count(before.begin(), before.end(), '\n');
    const size_t lineBegin = before.rfind('\n') + 1;
    return std::to_string(lines + 1) + ":" + std::to_string(byte - lineBegin + 1);
}

} // namespace plimsoll::alerts::templates
