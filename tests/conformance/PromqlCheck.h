#pragma once

#include "storage/query/Query.h"
#include "tests/conformance/PromqlEval.h"

namespace plimsoll::conformance {

/// What is wrong with the answer to an eval; empty where all is as expected.
std::string checkAnswer(const Eval &eval, const Result<QueryResult> &answer);

/// The same for the answer of a range query around an instant, of which only the points at that instant
/// count.
std::string checkInstantOfRange(const Eval &eval, const QueryResult &range);

} // namespace plimsoll::conformance
