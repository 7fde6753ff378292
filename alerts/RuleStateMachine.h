#pragma once

#include "alerts/Comparison.h"
#include "storage/model/Labels.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plimsoll::alerts {

/// What one evaluation found for one label set.
struct Observation
{
    Labels labels; ///< unique within one evaluation, without __name__
    double value = 0;
    bool breached = false;
};

/// One label set of a rule that is not inactive.
struct AlertInstance
{
    Labels labels;
    bool firing = false;
    int64_t sinceMs = 0; ///< when the condition began to hold, moved over time that was not watched
    int64_t firedMs = 0; ///< when it fired; 0 while pending
    double value = 0;    ///< at the last evaluation that saw it
    double peak = 0;     ///< the worst since `sinceMs`
};

/// A change of one label set. Pending ones matter to what is persisted, Fired and Resolved are episodes.
struct Transition
{
    enum class Kind { PendingStarted, PendingCleared, Fired, Resolved };

    Kind kind = Kind::PendingStarted;
    AlertInstance instance;   ///< after the change; for Cleared and Resolved as it ended
    bool disappeared = false; ///< it ended because the series is gone, not because the condition is false
};

/// The times that a machine goes by.
struct RuleTiming
{
    int64_t forMs = 0;           ///< how long the condition must hold before it fires; 0 fires at once
    int64_t intervalMs = 15'000; ///< the usual distance of two evaluations
    int64_t gapMs =
        60'000; ///< a distance beyond this, or an interval back, is a pause or a jump of the clock
    int64_t resumeGraceMs =
        90'000; ///< after a gap a missing series may be one that has not reported again yet
};

/// The life of an alarm: inactive -> pending -> firing -> resolved, per label set. Pure: times and values
/// come in, transitions go out, so the same machine serves live evaluation and the replay of history.
///
/// Time that was not watched does not count towards `for`: over a gap (the process was down, the machine
/// slept, the clock jumped in either direction) pending instances keep the time they had gathered. For
/// `resumeGraceMs` after a gap a missing series ends nothing; otherwise a series that disappears clears or
/// resolves.
class RuleStateMachine
{
public:
    /// At most this many label sets of one rule are followed; further ones are counted and ignored.
    static constexpr size_t maxInstances = 1000;

    explicit RuleStateMachine(const RuleTiming &timing = {}, Worse direction = Worse::Higher);

    /// Takes the result of the evaluation at `nowMs`.
    std::vector<Transition> advance(int64_t nowMs, std::span<const Observation> observations);
    /// Takes up where an earlier machine stopped; `lastMs` is its last evaluation.
    void restore(std::vector<AlertInstance> instances, int64_t lastMs);
    /// Ends everything that fires, for a rule that was removed or switched off; pending ones are forgotten.
    std::vector<Transition> endAll();
    /// Forgets pending instances, since the condition they waited for has changed; firing ones stay.
    void forgetPending();
    void setTiming(const RuleTiming &timing, Worse direction);

    const std::map<std::string, AlertInstance> &instances() const
    {
        return m_instances;
    } ///< by Labels::key()
    std::optional<int64_t> lastMs() const { return m_lastMs; }
    size_t ignoredInstances() const { return m_ignored; }

private:
    void bridgeGap(int64_t nowMs);
    void observeBreach(int64_t nowMs, const Observation &observation, std::vector<Transition> &out);

    RuleTiming m_timing;
    Worse m_direction;
    std::map<std::string, AlertInstance> m_instances;
    std::optional<int64_t> m_lastMs;
    int64_t m_graceUntilMs = INT64_MIN;
    size_t m_ignored = 0;
};

} // namespace plimsoll::alerts
