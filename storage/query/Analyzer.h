#pragma once

#include "storage/query/Ast.h"

namespace plimsoll::promql {

/// Sets the type of every node and checks that operands, arguments and modifiers fit.
Status analyze(Expr &expr);

} // namespace plimsoll::promql
