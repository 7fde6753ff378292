#pragma once

#include "alerts/Evaluator.h"
#include "alerts/HighWater.h"
#include "alerts/Rule.h"
#include "alerts/RuleStateMachine.h"

#include <QJsonObject>

namespace plimsoll::alerts {

/// A rule and what is known about it now. Values in, transitions out; no I/O and no clock.
class RuleRuntime
{
public:
    RuleRuntime(Rule rule, int64_t intervalMs);

    const Rule &rule() const { return m_rule; }
    /// Takes a changed definition: what fires goes on, what is pending starts over where the condition
    /// changed.
    void setRule(Rule rule);

    /// Takes the evaluation at `atMs`. A failed one changes no state and is shown as the rule's error.
    std::vector<Transition> apply(const Evaluation &evaluation, int64_t atMs);
    /// Ends what fires and forgets what is known, for a rule that is removed or switched off.
    std::vector<Transition> endAll();

    /// The state that is stored, and back; open episodes give the instances that fire. `watchedMs` is when
    /// rules were last evaluated.
    QJsonObject stateToJson() const;
    void restoreState(const QJsonObject &state, std::vector<AlertInstance> firing, int64_t watchedMs);
    /// True once after something changed that stateToJson() holds.
    bool takeDirty() { return std::exchange(m_dirty, false); }
    void setDirty() { m_dirty = true; }

    bool needsHistory() const { return !m_hasHistory; }
    bool active() const { return !m_machine.instances().empty(); }
    const RuleStateMachine &machine() const { return m_machine; }
    /// The resource of the API.
    QJsonObject toJson(int64_t nowMs) const;

    bool evaluating = false; ///< a query of this rule is under way, so the next one waits

private:
    RuleTiming timing() const;
    void takeValues(const Evaluation &evaluation, int64_t atMs);
    std::string stateName() const;

    Rule m_rule;
    int64_t m_intervalMs;
    RuleStateMachine m_machine;
    HighWater m_highWater;
    double m_value;
    std::optional<int64_t> m_lastEvaluatedMs;
    std::string m_error;
    bool m_hasHistory = false;
    bool m_dirty = false;
};

} // namespace plimsoll::alerts
