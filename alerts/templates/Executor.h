#pragma once

#include "alerts/templates/Functions.h"
#include "alerts/templates/Syntax.h"

namespace plimsoll::alerts::templates {

/// Expands a parsed template. `dot` is a record with Labels, ExternalLabels, ExternalURL and Value. Fails
/// with Invalid and "line:column: …"; bounded in output, steps and depth.
Result<std::string> execute(const Syntax &syntax, const Value &dot, const Surroundings &surroundings);

} // namespace plimsoll::alerts::templates
