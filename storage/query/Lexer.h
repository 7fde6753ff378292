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
    Identifier, ///< a word; keywords are words too, told apart by the parser, since most may name a metric or
                ///< label
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
    Matches,    ///< =~
    NotMatches, ///< !~
};

struct Token
{
    TokenKind kind = TokenKind::End;
    std::string text;  ///< as written; of a string its decoded content
    double number = 0; ///< of a Number; of a Duration its seconds
    Position position;
};

/// "line:column: parse error: message", as Prometheus words it.
Error parseError(Position position, const std::string &message);

/// Cuts a query into tokens, the last one End. Comments run from # to the end of the line.
Result<std::vector<Token>> tokenize(std::string_view text);

} // namespace plimsoll::promql
