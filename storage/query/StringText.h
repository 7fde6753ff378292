#pragma once

#include <string>
#include <string_view>

namespace plimsoll::promql {

/// A string in quotes at the front of a text: '…' and "…" with escapes as in Go, `…` as it stands.
struct StringText
{
    size_t length = 0; ///< with both quotes
    std::string content;
    std::string error; ///< empty where it is well formed
};

/// `text` begins with the quote.
StringText readString(std::string_view text);

} // namespace plimsoll::promql
