#pragma once

#include "alerts/Evaluator.h"
#include "alerts/HighWater.h"
#include "alerts/Rule.h"
#include "alerts/RuleStateMachine.h"

#include <QJsonObject>

namespace plimsoll::alerts {

/// "no_data", "sender_silent", "we_were_down", or null.
QJsonValue absenceToJson(Absence absence);
Absence absenceFromJson(const QJsonValue &value);

/// A rule and what is known about it now. Values in, transitions out; no I/O and no clock.
class RuleRuntime
{
public:
    RuleRuntime(Rule rule, int64_t intervalMs);

    const Rule &rule() const { return m_rule; }
    /// Takes a changed definition: what fires goes on, but at levels that are gone it ends; what is pending
    /// starts over where the condition changed.
    std::vector<Transition> setRule(Rule rule);

    /// Takes the evaluation at `atMs`. A failed one, and one that yields more than the group's limit, changes
    /// no state and is shown as the rule's error. For a recording rule there are no transitions.
    std::vector<Transition> apply(const Evaluation &evaluation, int64_t atMs);
    /// The evaluation that apply() would take as a success or not.
    Status check(const Evaluation &evaluation) const;
    /// Ends what fires and forgets what is known, for a rule that is removed or switched off.
    std::vector<Transition> endAll();

    /// The state that is stored, and back; open episodes give the instances that fire. `watchedMs` is when
    /// rules were last evaluated.
    QJsonObject stateToJson() const;
    void restoreState(const QJsonObject &state, std::vector<AlertInstance> firing, int64_t watchedMs);
    /// True once after something changed that stateToJson() holds.
    bool takeDirty();
    void setDirty() { m_dirty = true; }

    bool needsHistory() const { return !m_hasHistory && !m_rule.isRecording(); }
    bool active() const { return !m_machine.instances().empty(); }
    const RuleStateMachine &machine() const { return m_machine; }
    int64_t intervalMs() const { return m_rule.timing(m_intervalMs).intervalMs; }
    std::optional<int64_t> lastEvaluatedMs() const { return m_lastEvaluatedMs; }
    int64_t lastDurationMs() const { return m_lastDurationMs; }
    const std::string &error() const { return m_error; }
    /// How long after its time the last evaluation was taken.
    void setLagMs(int64_t lagMs) { m_lastLagMs = lagMs; }
    /// What is wrong although the evaluation was sound, such as that its results could not be stored.
    void setError(std::string error) { m_error = std::move(error); }
    /// "disabled", "error", "firing", "pending" or "inactive".
    std::string stateName() const;
    /// The resource of the API.
    QJsonObject toJson(int64_t nowMs) const;

    bool evaluating = false; ///< a query of this rule is under way, so the next one waits

private:
    void takeValues(const Evaluation &evaluation, int64_t atMs);

    Rule m_rule;
    int64_t m_intervalMs;
    RuleStateMachine m_machine;
    HighWater m_highWater;
    double m_value;
    std::optional<int64_t> m_lastEvaluatedMs;
    int64_t m_lastDurationMs = 0;
    int64_t m_lastLagMs = 0;
    std::string m_error;
    bool m_hasHistory = false;
    bool m_dirty = false;
};

} // namespace plimsoll::alerts
