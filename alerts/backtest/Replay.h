#pragma once

#include "alerts/RuleRuntime.h"

namespace plimsoll::alerts {

/// An episode that a rule would have made.
struct ReplayedEpisode
{
    Labels labels;                         ///< of the series, with the rule's own on top
    Severity severity = Severity::Warning; ///< the worst that it reached
    int64_t pendingSinceMs = 0;
    int64_t startedMs = 0;
    std::optional<int64_t> endedMs; ///< nothing where it still fires at the end
    bool disappeared = false;       ///< it ended because the series was gone
    double peak = 0;
    double value = 0; ///< the last one
    bool approximate = false;

    int64_t lengthMs(int64_t nowMs) const { return endedMs.value_or(nowMs) - startedMs; }
};

/// Lets a rule live through evaluations of the past, in the runtime and the state machine that it lives in
/// otherwise, and keeps the episodes that come of it. Pure.
class Replay
{
public:
    Replay(const Rule &rule, int64_t intervalMs);

    void take(const Evaluation &evaluation, int64_t atMs);
    /// The episodes so far in the order of their beginnings, with those that still fire.
    std::vector<ReplayedEpisode> episodes() const;
    const RuleRuntime &runtime() const { return m_runtime; }

private:
    void note(const Transition &transition, int64_t atMs);

    RuleRuntime m_runtime;
    std::vector<ReplayedEpisode> m_episodes;
    std::map<std::string, size_t> m_open; ///< by Labels::key() of the series
};

} // namespace plimsoll::alerts
