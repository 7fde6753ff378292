#pragma once

#include <string>
#include <string_view>

namespace plimsoll::api {

/// A text as a field of CSV, in quotation marks (RFC 4180). What a spreadsheet would take for a formula (it
/// begins with =, +, -, @, a tab or a line end, and is no number) has an apostrophe before it, so that it
/// stays text.
std::string csvField(std::string_view text);

} // namespace plimsoll::api
