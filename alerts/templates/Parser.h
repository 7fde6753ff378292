#pragma once

#include "alerts/templates/Syntax.h"
#include "storage/model/Result.h"

#include <string_view>

namespace plimsoll::alerts::templates {

/// Parses a template that has the variables $labels, $value, $externalLabels and $externalURL. Fails with
/// Invalid and "line:column: …". Source: the documentation of Go's package text/template.
Result<Syntax> parseTemplate(std::string_view source);

} // namespace plimsoll::alerts::templates
