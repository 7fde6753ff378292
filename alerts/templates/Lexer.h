#pragma once

#include "storage/model/Result.h"

#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::alerts::templates {

struct Token
{
    enum class Kind {
        Identifier,
        Field,    ///< .name; `text` is the name
        Variable, ///< $name; `text` with the $
        Dot,
        Number,    ///< `text` as written
        Text,      ///< `text` without quotes and escapes
        Character, ///< `text` is its UTF-8
        Bar,
        Left,
        Right,
        Declare, ///< :=
        Assign,  ///< =
        Comma,
        End,
    };

    Kind kind = Kind::End;
    std::string text;
    bool spaced = false; ///< white space stands before it
    size_t begin = 0;    ///< bytes of the template
    size_t end = 0;
};

/// A stretch of a template: plain text, or an action's tokens, which end with Kind::End.
struct Piece
{
    bool action = false;
    std::string text;
    std::vector<Token> tokens;
    size_t begin = 0;
};

/// Cuts a template into pieces; comments are gone and white space is trimmed where {{- and -}} say so. Fails
/// with Invalid and "line:column: …". Source: the documentation of Go's package text/template.
Result<std::vector<Piece>> cutTemplate(std::string_view source);

/// "line:column" of a byte, both from 1.
std::string placeIn(std::string_view source, size_t byte);

} // namespace plimsoll::alerts::templates
