#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::ingest {

/// The text of a JSON string, given what stands between its quotes; nothing for a bad escape (RFC 8259, with
/// lone surrogates refused).
std::optional<std::string> unescapeJson(std::string_view raw);

/// What stands between the quotes of the JSON string whose first byte after the opening quote is `begin`. The
/// closing quote must exist, as a parser has made sure.
std::string_view rawJsonString(const char *begin);

/// Text as a JSON string with its quotes.
std::string quoteJson(std::string_view text);

} // namespace plimsoll::ingest
