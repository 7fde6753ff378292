#pragma once

#include "alerts/backtest/Backtest.h"

namespace plimsoll::alerts {

/// Makes a backtest of a changed rule over the same span.
using BacktestAgain = std::function<Result<BacktestAnswer>(const Rule &changed)>;

/// Says where an alarm would have disturbed more than it told: it fired more than ten times a week and at
/// least five times, mostly for less than ten minutes. What it suggests has been tried by `again`, and leaves
/// at most a third of the episodes.
std::optional<Noise> findNoise(const BacktestAnswer &answer, const Rule &rule, const BacktestAgain &again);

} // namespace plimsoll::alerts
