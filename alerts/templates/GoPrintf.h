#pragma once

#include "alerts/templates/Value.h"

#include <span>

namespace plimsoll::alerts::templates {

/// Go's fmt.Sprintf: flags + - # 0 and space, width and precision (also *), verbs v t d b o x X c q U e E f F
/// g G s T %. What does not fit is said in the text, as Go does: %!d(float64=1.5), %!s(MISSING),
/// %!(EXTRA int=1). Widths and precisions are at most 1,000. Source: the documentation of Go's package fmt.
std::string goPrintf(std::string_view format, std::span<const Value> arguments);

} // namespace plimsoll::alerts::templates
