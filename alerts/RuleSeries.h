#pragma once

#include "alerts/RuleRuntime.h"
#include "alerts/SeriesSink.h"

#include <map>

namespace plimsoll::alerts {

/// The labels under which an alert is known: those of the series, the rule's own on top, its name as
/// `alertname` and its level as `severity`, unless the rule has a label of that name and one level.
Labels alertLabels(const Rule &rule, const AlertInstance &instance);

/// What is active of a rule and worth showing: a level that is only pending while a more severe one fires for
/// the same labels is not.
std::vector<const AlertInstance *> activeInstances(const RuleStateMachine &machine);

/// What an evaluation adds to the series of the project: the results of a recording rule, or ALERTS (1 for
/// each active alert, with `alertstate`) and ALERTS_FOR_STATE (since when it is active, in seconds). A series
/// that was there the time before and is not any more gets a stale marker. Pure; one for each rule.
class RuleSeries
{
public:
    std::vector<MadeSample> ofAlerts(const Rule &rule, const RuleStateMachine &machine, int64_t atMs);
    /// Fails where two results have the same labels once those of the rule are set.
    Result<std::vector<MadeSample>> ofRecord(const Rule &rule, const Evaluation &evaluation, int64_t atMs);
    /// Ends what is there, for a rule that is gone or switched off.
    std::vector<MadeSample> end(int64_t atMs);

private:
    std::vector<MadeSample> made(std::map<std::string, MadeSample> samples, int64_t atMs);

    std::map<std::string, Labels> m_present; ///< by Labels::key()
};

} // namespace plimsoll::alerts
