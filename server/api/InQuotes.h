#pragma once

#include <string>
#include <string_view>

namespace plimsoll::api {

/// A piece of a request as it may stand in a message: in quotation marks, at most 200 bytes of it.
inline std::string inQuotes(std::string_view text, char mark = '"')
{
    std::string out(1, mark);
    out += text.substr(0, 200);
    out += mark;
    return out;
}

} // namespace plimsoll::api
