#pragma once

#include <optional>
#include <string_view>

namespace plimsoll::alerts {

/// How a value is held against a threshold.
enum class Comparison { Greater, GreaterOrEqual, Less, LessOrEqual, Equal, NotEqual };

/// The sign used in the API: `>`, `>=`, `<`, `<=`, `==`, `!=`.
std::string_view comparisonSign(Comparison comparison);
std::optional<Comparison> comparisonFromSign(std::string_view sign);

/// Whether `value` breaches `threshold`. NaN breaches nothing: a figure that is not known raises no alarm.
bool breaches(double value, Comparison comparison, double threshold);

/// Which way a value gets worse: down for `<` and `<=`, up for all others.
enum class Worse { Higher, Lower };
Worse worseDirection(std::optional<Comparison> comparison);

/// True where `candidate` is worse than `current`; any number is worse than NaN.
bool isWorse(double candidate, double current, Worse direction);

} // namespace plimsoll::alerts
