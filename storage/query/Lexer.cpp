#include "storage/query/Lexer.h"

#include "storage/query/Keywords.h"
#include "storage/query/NumberText.h"
#include "storage/query/StringText.h"
#include "storage/query/Text.h"

#include <algorithm>

namespace plimsoll::promql {

namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isWordStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool isWordPart(char c) { return isWordStart(c) || isDigit(c); }

struct Sign
{
    std::string_view text;
    TokenKind kind;
};

/// Longer signs come before those that they begin with.
constexpr Sign signs[] = {
    {"==", TokenKind::EqualEqual}, {"!=", TokenKind::NotEqual},    {">=", TokenKind::GreaterEqual},
    {"<=", TokenKind::LessEqual},  {"</", TokenKind::TrimUpper},   {">/", TokenKind::TrimLower},
    {"=", TokenKind::Equal},       {">", TokenKind::Greater},      {"<", TokenKind::Less},
    {"(", TokenKind::LeftParen},   {")", TokenKind::RightParen},   {"{", TokenKind::LeftBrace},
    {"[", TokenKind::LeftBracket}, {"]", TokenKind::RightBracket}, {",", TokenKind::Comma},
    {":", TokenKind::Colon},       {"@", TokenKind::At},           {"+", TokenKind::Plus},
    {"-", TokenKind::Minus},       {"*", TokenKind::Times},        {"/", TokenKind::Divide},
    {"%", TokenKind::Modulo},      {"^", TokenKind::Power}};

class Lexer
{
public:
    explicit Lexer(std::string_view text)
        : m_text(text)
    {
    }

    std::vector<Token> run()
    {
        do {
            skipSpace();
            m_token = {};
            m_token.position = position();
            const size_t start = m_at;
            if (m_at >= m_text.size())
                end();
            else
                next();
            if (m_token.kind != TokenKind::String && m_token.kind != TokenKind::Error)
                m_token.text = std::string(m_text.substr(start, m_at - start));
            m_tokens.push_back(std::move(m_token));
        } while (m_tokens.back().kind != TokenKind::End && m_tokens.back().kind != TokenKind::Error);
        return std::move(m_tokens);
    }

private:
    char peek(size_t ahead = 0) const { return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : '\0'; }
    Position position() const { return {m_line, static_cast<uint32_t>(m_at - m_lineStart + 1)}; }
    std::string_view character(size_t ahead = 0) const
    {
        const auto rest = m_text.substr(std::min(m_at + ahead, m_text.size()));
        return rest.substr(0, rest.empty() ? 0 : std::max<size_t>(characterLength(rest), 1));
    }

    void fail(std::string message)
    {
        m_token.kind = TokenKind::Error;
        m_token.text = std::move(message);
    }

    void take(TokenKind kind, size_t length)
    {
        m_token.kind = kind;
        for (const size_t end = m_at + length; m_at < end; m_at++) {
            if (m_text[m_at] != '\n')
                continue;
            m_line++;
            m_lineStart = m_at + 1;
        }
    }

    void skipSpace()
    {
        while (m_at < m_text.size()) {
            const char c = peek();
            if (c == '#')
                m_at = std::min(m_text.find_first_of("\r\n", m_at), m_text.size());
            else if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
                take(TokenKind::End, 1);
            else
                return;
        }
    }

    void end()
    {
        if (m_inBraces)
            return fail("unexpected end of input inside braces");
        if (m_parens > 0)
            return fail("unclosed left parenthesis");
        if (m_inBrackets)
            return fail("unclosed left bracket");
        m_token.kind = TokenKind::End;
    }

    void next()
    {
        const char c = peek();
        if (m_inBrackets && !mayStandInBrackets(c))
            return fail("unexpected character in duration expression: " + quotedCharacter(character()));
        if (c == '"' || c == '\'' || c == '`')
            return string();
        if (isWordStart(c) || (c == ':' && !m_inBraces && !m_inBrackets))
            return word();
        if (m_inBraces)
            return inBraces(c);
        if (isDigit(c) || (c == '.' && isDigit(peek(1))))
            return number();
        sign(c);
    }

    /// After a number anything may come, for the parser to tell what was expected instead.
    bool mayStandInBrackets(char c) const
    {
        const TokenKind before = m_tokens.back().kind;
        if (before == TokenKind::Number || before == TokenKind::Duration || isDigit(c))
            return true;
        const size_t end = m_text.find_first_of("()+-*/%^,:]. \t\r\n", m_at);
        const std::string word =
            lowered(m_text.substr(m_at, end == std::string_view::npos ? end : end - m_at));
        return word.empty() || word == "step" || word == "range" || word == "min" || word == "max";
    }

    void inBraces(char c)
    {
        const char d = peek(1);
        if (c == '}') {
            m_inBraces = false;
            return take(TokenKind::RightBrace, 1);
        }
        if (c == ',')
            return take(TokenKind::Comma, 1);
        if (c == '=')
            return d == '~' ? take(TokenKind::Matches, 2) : take(TokenKind::Equal, 1);
        if (c == '!' && (d == '=' || d == '~'))
            return take(d == '=' ? TokenKind::NotEqual : TokenKind::NotMatches, 2);
        if (c == '!')
            return fail("unexpected character after '!' inside braces: " + quotedCharacter(character(1)));
        fail(c == '{' ? "unexpected left brace '{'"
                      : "unexpected character inside braces: " + quotedCharacter(character()));
    }

    void sign(char c)
    {
        if ((c == '!' && peek(1) != '=') || (c == '=' && peek(1) == '~'))
            return fail("unexpected character after '" + std::string(1, c) +
                        "': " + quotedCharacter(character(1)));
        const auto found = std::ranges::find_if(
            signs, [&](const Sign &sign) { return m_text.substr(m_at).starts_with(sign.text); });
        if (found == std::end(signs))
            return fail("unexpected character: " + quotedCharacter(character()));
        take(found->kind, found->text.size());
        track(found->kind);
    }

    /// Which signs are open; one that closes nothing is malformed.
    void track(TokenKind kind)
    {
        if (kind == TokenKind::LeftParen)
            m_parens++;
        else if (kind == TokenKind::LeftBrace)
            m_inBraces = true;
        else if (kind == TokenKind::RightParen && m_parens-- == 0)
            misplaced("unexpected right parenthesis ')'");
        else if (kind == TokenKind::LeftBracket && std::exchange(m_inBrackets, true))
            misplaced("unexpected left bracket '['");
        else if (kind == TokenKind::RightBracket && !std::exchange(m_inBrackets, false))
            misplaced("unexpected right bracket ']'");
    }

    void misplaced(std::string message)
    {
        if (m_text[m_at - 1] == ')')
            m_token.position = position();
        fail(std::move(message));
    }

    void word()
    {
        m_token.kind = TokenKind::Identifier;
        const size_t start = m_at;
        while (isWordPart(peek()) || (peek() == ':' && !m_inBraces && !m_inBrackets)) {
            if (peek() == ':')
                m_token.kind = TokenKind::MetricName;
            m_at++;
        }
        if (m_token.kind == TokenKind::MetricName || m_inBraces)
            return;
        const Keyword *keyword = findKeyword(m_text.substr(start, m_at - start));
        if (keyword && (!keyword->name.starts_with("fill") || isBeforeParen()))
            m_token.keyword = keyword->name;
        if (keyword && keyword->kind == KeywordKind::Number) {
            m_token.kind = TokenKind::Number;
            m_token.number = keyword->name == "inf" ? __builtin_inf() : __builtin_nan("");
        }
    }

    bool isBeforeParen() const
    {
        const auto place = m_text.find_first_not_of(" \t\r\n", m_at);
        return place != std::string_view::npos && m_text[place] == '(';
    }

    void number()
    {
        const NumberText number = readNumber(m_text.substr(m_at));
        const std::string_view text = m_text.substr(m_at, number.length);
        if (!number.value)
            return fail("bad number or duration syntax: " + quoted(text));
        if (number.outOfRange)
            return fail(number.isDuration ? "duration out of range"
                                          : "error parsing number: value out of range: " + quoted(text));
        m_token.number = *number.value;
        take(number.isDuration ? TokenKind::Duration : TokenKind::Number, number.length);
    }

    void string()
    {
        StringText string = readString(m_text.substr(m_at));
        if (!string.error.empty())
            return fail(std::move(string.error));
        m_token.text = std::move(string.content);
        m_token.written = std::string(m_text.substr(m_at, string.length));
        take(TokenKind::String, string.length);
    }

    std::string_view m_text;
    size_t m_at = 0;
    size_t m_lineStart = 0;
    uint32_t m_line = 1;
    size_t m_parens = 0;
    bool m_inBraces = false;
    bool m_inBrackets = false;
    Token m_token;
    std::vector<Token> m_tokens;
};

/// The first ten characters where there are more bytes than that.
std::string abridged(std::string_view text)
{
    if (text.size() <= 10)
        return quoted(text);
    size_t length = 0;
    for (int i = 0; i < 10 && length < text.size(); i++)
        length += std::max<size_t>(characterLength(text.substr(length)), 1);
    return quoted(text.substr(0, length)) + "...";
}

bool isOperatorSign(TokenKind kind)
{
    return kind == TokenKind::At || (kind >= TokenKind::Plus && kind != TokenKind::Equal);
}

} // namespace

std::string Position::toString() const { return std::to_string(line) + ":" + std::to_string(column); }

Error parseError(Position position, const std::string &message)
{
    return {ErrorCode::Invalid, position.toString() + ": parse error: " + message, {}};
}

std::vector<Token> lex(std::string_view text) { return Lexer(text).run(); }

Result<std::vector<Token>> tokenize(std::string_view text)
{
    auto tokens = lex(text);
    if (tokens.back().kind == TokenKind::Error)
        return parseError(tokens.back().position, tokens.back().text);
    return tokens;
}

std::string described(const Token &token)
{
    const Keyword *keyword = token.keyword.empty() ? nullptr : findKeyword(token.keyword);
    if (keyword && keyword->kind == KeywordKind::Operator)
        return "<op:" + token.text + ">";
    if (keyword && keyword->kind == KeywordKind::Aggregator)
        return "<aggr:" + token.text + ">";
    if (keyword && keyword->kind == KeywordKind::Modifier)
        return "<" + token.text + ">";
    if (keyword && keyword->kind == KeywordKind::Preprocessor)
        return quoted(token.text);
    switch (token.kind) {
    case TokenKind::End:
        return "end of input";
    case TokenKind::Identifier:
        return "identifier " + quoted(token.text);
    case TokenKind::MetricName:
        return "metric identifier " + quoted(token.text);
    case TokenKind::Number:
        return "number " + abridged(token.text);
    case TokenKind::Duration:
        return "duration " + abridged(token.text);
    case TokenKind::String:
        return "string " + abridged(token.written);
    default:
        return isOperatorSign(token.kind) ? "<op:" + token.text + ">" : quoted(token.text);
    }
}

} // namespace plimsoll::promql
