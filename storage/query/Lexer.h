#pragma once

#include "storage/model/Result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::promql {

/// A place in the text of a query, both counted from 1; columns are bytes.
struct Position
{
    uint32_t line = 1;
    uint32_t column = 1;

    std::string toString() const;
    bool operator==(const Position &) const = default;
};

enum class TokenKind : uint8_t {
    End,
    Error,      ///< the text is malformed from here on; `text` says how
    Identifier, ///< a word, keywords among them: most may name a metric or label
    MetricName, ///< a word with a colon
    Number,
    Duration,
    String,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    Comma,
    Colon,
    At,
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
    Power,
    Equal, ///< =
    EqualEqual,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    TrimUpper,  ///< </
    TrimLower,  ///< >/
    Matches,    ///< =~
    NotMatches, ///< !~
};

struct Token
{
    TokenKind kind = TokenKind::End;
    std::string text;         ///< as written; of a string its decoded content
    std::string written;      ///< of a string, with its quotes
    std::string_view keyword; ///< in lower case, where the word is one
    double number = 0;        ///< of a Number; of a Duration its seconds
    Position position;
};

/// "line:column: parse error: message", as Prometheus words it.
Error parseError(Position position, const std::string &message);

/// Cuts a query into tokens, the last one End or Error, so that a parser stumbles over what comes first.
/// Comments run from # to the end of the line. Between braces all words are identifiers.
/// Source: prometheus.io/docs/prometheus/latest/querying/basics.
std::vector<Token> lex(std::string_view text);

/// The same, where only all of them will do.
Result<std::vector<Token>> tokenize(std::string_view text);

/// How messages name a token: `<op:+>`, `<by>`, `identifier "x"`, `end of input`.
std::string described(const Token &token);

} // namespace plimsoll::promql
