#pragma once

#include "alerts/backtest/Backtest.h"

namespace plimsoll::alerts {

/// What was asked for through the API: `{"rule" and/or "rule_id","from","to"}`. Times are numbers as samples
/// have them (seconds, or milliseconds from 1e11 on) or RFC 3339; `to` is now where it is left out, `from` a
/// week before. `rule` beside `rule_id` is a patch of that rule (RFC 7386).
struct BacktestRequest
{
    std::string ruleId;
    QJsonObject definition;
    int64_t fromMs = 0;
    int64_t toMs = 0;

    static constexpr int64_t defaultSpanMs = 7LL * 86'400'000;

    static Result<BacktestRequest> fromJson(const QJsonObject &body, int64_t nowMs);

    /// The rule that is meant. `stored` is the resource of `ruleId`, and empty where that is. Fails as
    /// Rule::fromJson() does.
    Result<Rule> rule(const QJsonObject &stored) const;
};

} // namespace plimsoll::alerts
