#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plimsoll::http {

/// Undoes percent-encoding. A "%" that two hexadecimal digits do not follow is an error and yields nothing;
/// with `plusIsSpace` (query strings, forms) a "+" becomes a space.
std::optional<std::string> percentDecoded(std::string_view text, bool plusIsSpace);

/// The same for input that must not be refused: what cannot be decoded is kept as it is.
std::string percentDecodedLeniently(std::string_view text, bool plusIsSpace);

/// The pairs of "a=1&b=2&c", decoded, in order.
std::vector<std::pair<std::string, std::string>> formPairs(std::string_view text);

/// True if the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool isUtf8(std::string_view text);

} // namespace plimsoll::http
