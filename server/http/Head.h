#pragma once

#include "server/http/Request.h"
#include "server/http/Response.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace plimsoll::http {

/// The request line and headers, checked and understood (RFC 9112, with every leniency of it refused).
struct Head
{
    Method method = Method::Get;
    std::string target; ///< origin-form as it came: path and query, still encoded
    std::string path;   ///< decoded; starts with '/', has no dot segments, NUL or encoded slash; UTF-8
    std::string rawQuery;
    std::vector<std::pair<std::string, std::string>> headers; ///< names in lower case, values trimmed
    bool http10 = false;
    bool keepAlive = true;
    bool chunked = false;
    bool expectsContinue = false;
    std::optional<int64_t> contentLength;

    bool hasBody() const { return chunked || contentLength.value_or(0) > 0; }
};

/// Parses a head without its closing empty line. The refusal closes the connection, since what follows cannot
/// be framed.
std::variant<Head, Response> parseHead(std::string_view text, int maxHeaders);

/// The decoded path of a request target, or nothing if it must be refused.
std::optional<std::string> decodedPath(std::string_view target);

/// Where the head at the start of `bytes` ends (behind its empty line), npos if it is not complete. Sets
/// `broken` for a line feed without carriage return, which would hide the end.
size_t endOfHead(std::string_view bytes, size_t from, bool &broken);

} // namespace plimsoll::http
