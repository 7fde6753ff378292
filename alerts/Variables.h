#pragma once

#include "alerts/Fields.h"

namespace plimsoll::alerts {

/// `text` with `$name` and `${name}` replaced by the variables of those names; others, such as `$1` and the
/// `$labels` of a template, stay as they are. What a variable stands for is not looked at again.
std::string withVariables(std::string_view text, const Fields::Texts &variables);

} // namespace plimsoll::alerts
