#pragma once

#include "alerts/Rule.h"

#include <functional>

namespace plimsoll::alerts {

/// What a rule says that it depends on, by its id; null where there is no such rule.
using DependenciesOf = std::function<const std::vector<std::string> *(const std::string &id)>;

/// The way from `rule` back to itself along `depends_on`, as ids with the rule at both ends; empty where
/// there is none.
std::vector<std::string> dependencyCycle(const Rule &rule, const DependenciesOf &dependenciesOf);

} // namespace plimsoll::alerts
