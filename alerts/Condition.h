#pragma once

#include "alerts/Comparison.h"
#include "storage/query/Query.h"

#include <memory>
#include <optional>
#include <string>

namespace plimsoll::alerts {

/// What a rule measures and the line it is held against.
///
/// Where an expression ends in a comparison with a number (`rate(x[5m]) > 3`), its left side is what is
/// measured: so the value is known also while it is below the line, and a series that is below is told from
/// one that is gone. Of any other expression every series that it yields is in breach.
struct Condition
{
    std::shared_ptr<const Query> measured;
    std::optional<Comparison> comparison;
    double threshold = 0;
    /// Yields something while there is data at all, for an expression whose silence does not tell (`a > b`);
    /// null where that is not needed or cannot be asked.
    std::shared_ptr<const Query> presence;

    /// Splits an expression that holds its own comparison.
    static Condition ofExpression(const std::shared_ptr<const Query> &query);
};

/// False where an expression yields its series whatever they are, so that a rule of it alone would always
/// fire: it holds no comparison, no set operator, no absent(), no constant vector, and selects by nothing but
/// a metric's name.
bool mayBeFalse(const Query &query);

/// A query that yields something while one of the selectors of `query` does; null where it has none, or asks
/// itself what is absent.
std::shared_ptr<const Query> presenceOf(const Query &query);

} // namespace plimsoll::alerts
