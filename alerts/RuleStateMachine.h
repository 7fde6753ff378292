#pragma once

#include "alerts/Comparison.h"
#include "storage/model/Labels.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll::alerts {

/// A set of a rule's levels; bit i is level i, and level 0 is the most severe one.
using LevelSet = uint8_t;
inline constexpr size_t maxLevels = 8;

/// Why nothing is known of a label set.
enum class Absence {
    None,
    NoData,       ///< the expression yields nothing at all, and yielded nothing before
    SenderSilent, ///< what was there before is gone
    WeWereDown    ///< we did not watch until a moment ago: it may just not have reported again
};

/// What a rule makes of a label set that is missing.
enum class NoDataPolicy {
    Ok,    ///< it is well: what is pending clears, what fires resolves
    Alert, ///< it is in breach of every level, and so is an expression that yields nothing
    Keep   ///< it stays as it was until it reports again; the time does not count
};

/// What one evaluation found for one label set.
struct Observation
{
    Labels labels; ///< unique within one evaluation, without __name__
    double value = 0;
    LevelSet breached = 0; ///< the levels whose condition holds
};

/// One label set in breach of one level of a rule. A label set may be pending at several levels at a time,
/// and fires at no more than one.
struct AlertInstance
{
    Labels labels;
    bool firing = false;
    int64_t sinceMs = 0; ///< when the condition began to hold, moved over time that was not watched
    int64_t firedMs = 0; ///< when it fired, at whatever level; 0 while pending
    double value = 0;    ///< at the last evaluation that saw it; NaN where it is missing
    double peak = 0;     ///< the worst since `sinceMs`
    uint8_t level = 0;
    int64_t quietSinceMs = 0; ///< since when it only fires by keep_firing_for; 0 where the condition holds
    Absence absence = Absence::None; ///< NoData or SenderSilent where it is in breach by being missing
};

/// A change of one instance. Pending ones matter to what is persisted; an episode goes from Fired to
/// Resolved, with any number of LevelChanged between them.
struct Transition
{
    enum class Kind {
        PendingStarted,
        PendingCleared,
        Fired,
        LevelChanged, ///< it fires on at another level, `instance.level`, and came from `fromLevel`
        Resolved
    };
    enum class Why {
        Condition,  ///< the condition began or ceased to hold
        Disappeared ///< it ended because the series is gone
    };

    Kind kind = Kind::PendingStarted;
    AlertInstance instance; ///< after the change; for Cleared and Resolved as it ended
    Why why = Why::Condition;
    uint8_t fromLevel = 0;
};

/// What a machine goes by.
struct RuleTiming
{
    struct Level
    {
        int64_t forMs = 0; ///< how long the condition must hold before it fires; 0 fires at once
        Worse direction = Worse::Higher;
    };

    std::vector<Level> levels{Level()}; ///< the most severe first; at least one, at most maxLevels
    int64_t keepFiringForMs = 0;        ///< how long it goes on firing after the condition ceased to hold
    NoDataPolicy noData = NoDataPolicy::Ok;
    int64_t intervalMs = 15'000; ///< the usual distance of two evaluations
    int64_t gapMs =
        60'000; ///< a distance beyond this, or an interval back, is a pause or a jump of the clock
    int64_t resumeGraceMs =
        90'000; ///< after a gap a missing series may be one that has not reported again yet
};

/// The life of an alarm: inactive -> pending -> firing -> resolved, per label set and level. Pure: times and
/// values come in, transitions go out, so the same machine serves live evaluation and the replay of history.
/// Times are UTC, so that summer time is nothing to it.
///
/// Time that was not watched counts neither towards `for` nor towards `keep_firing_for`: over a gap (the
/// process was down, the machine slept, the clock jumped in either direction) instances keep the time they
/// had gathered. For `resumeGraceMs` after a gap a missing series changes nothing; otherwise the no-data
/// policy says what becomes of it.
///
/// Of the levels of one label set only the most severe that is due fires; the others are pending for as long
/// as their conditions hold, and take over when it ends. An episode is thus one run of firing, whatever its
/// levels.
class RuleStateMachine
{
public:
    /// At most this many instances of one rule are followed; further ones are counted and ignored.
    static constexpr size_t maxInstances = 1000;

    /// An instance by its label set (Labels::key()) and level.
    struct Key
    {
        std::string labels;
        uint8_t level = 0;
        auto operator<=>(const Key &) const = default;
    };
    using Instances = std::map<Key, AlertInstance>;

    /// What it means that a label set is not among the observations: its series is gone, or, where the
    /// expression holds a comparison that cannot be taken apart, that it is below the line.
    enum class Missing { IsGone, IsBelow };

    explicit RuleStateMachine(RuleTiming timing = {});

    /// Takes the result of the evaluation at `nowMs`. A failed one is no evaluation: leave it out.
    std::vector<Transition> advance(int64_t nowMs, std::span<const Observation> observations,
                                    Missing missing = Missing::IsGone);
    /// Takes up where an earlier machine stopped; `lastMs` is its last evaluation. Instances of levels that
    /// are not there are left out.
    void restore(std::vector<AlertInstance> instances, int64_t lastMs, const std::vector<Labels> &known = {});
    /// Ends everything that fires, for a rule that was removed or switched off; the rest is forgotten.
    std::vector<Transition> endAll();
    /// Forgets pending instances and what was seen, since the condition has changed; firing ones stay.
    void forgetPending();
    /// Where each level of before is now; nothing where it is gone.
    using LevelMoves = std::vector<std::optional<uint8_t>>;
    /// Ends what fires at a level that is gone.
    std::vector<Transition> setTiming(RuleTiming timing, const LevelMoves &moves);

    const Instances &instances() const { return m_instances; }
    /// What fires of a label set (Labels::key()), or null.
    const AlertInstance *firing(const std::string &labels) const;
    std::optional<int64_t> lastMs() const { return m_lastMs; }
    size_t ignoredInstances() const { return m_ignored; }
    /// Why something was missing at the last evaluation, the gravest reason.
    Absence absence() const { return m_absence; }
    /// The label sets that were seen, where the policy is Alert: they are missed when they are gone. Bounded
    /// by maxInstances.
    const std::map<std::string, Labels> &known() const { return m_known; }
    /// True once after what must be stored has changed beyond the transitions.
    bool takeChanged() { return std::exchange(m_changed, false); }

private:
    struct Step;
    struct Sight;

    int64_t bridgeGap(int64_t nowMs);
    void remember(const Labels &labels);
    std::map<std::string, Sight> gather(Step &step, std::span<const Observation> observations);
    void missKnown(const Step &step, std::map<std::string, Sight> &sights);
    void follow(Step &step, const std::string &labels, const Sight &sight);
    void followLevels(Step &step, const std::string &labels, const Sight &sight);
    AlertInstance *observe(Step &step, const Key &key, const Sight &sight, bool outdone);
    void settle(Step &step, AlertInstance &instance, bool outdone);
    bool endQuiet(Step &step, AlertInstance &instance, const Sight &sight);

    RuleTiming m_timing;
    Instances m_instances;
    std::map<std::string, Labels> m_known;
    std::optional<int64_t> m_lastMs;
    int64_t m_graceUntilMs = INT64_MIN;
    size_t m_ignored = 0;
    Absence m_absence = Absence::None;
    bool m_changed = false;
};

} // namespace plimsoll::alerts
