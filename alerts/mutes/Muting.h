#pragma once

#include "alerts/mutes/DefinitionBook.h"
#include "alerts/mutes/MaintenanceWindow.h"
#include "alerts/mutes/Silence.h"

namespace plimsoll::alerts {

/// What keeps episodes from being told: silences, maintenance windows, the quiet hours of channels, and
/// trouble that they depend on (README.md, "Who is told, and when not").
class Muting
{
public:
    /// A parent that ended so recently still holds: what depends on it may not have been looked at since.
    static constexpr int64_t dependencyLingerMs = 30'000;

    /// `changed` is called after a silence or window has changed.
    Muting(Records &records, const EpisodeBook &episodes, const Clock &clock,
           DeliveryQueue::ChannelLookup channels, const std::function<void()> &changed);

    Status load();

    std::vector<Mute> mutesOf(const Episode &episode, int64_t nowMs) const;
    /// The maintenance window that is open for a rule or check with these labels; null where there is none.
    const MaintenanceWindow *maintenanceOf(const std::string &ruleOrCheckId, const Labels &labels,
                                           int64_t atMs) const;

    /// Ends the silences that hold until an episode ends which does not fire any more, durably.
    void endWithEpisodes(int64_t nowMs);

    DefinitionBook<Silence> &silences() { return m_silences; }
    DefinitionBook<MaintenanceWindow> &maintenance() { return m_maintenance; }

private:
    /// A silence that would end with an episode which does not fire would hold back nothing.
    Status canEnd(const Silence &silence, const Silence *before) const;
    bool holds(const Silence &silence, int64_t nowMs) const;
    void addSilences(const Labels &labels, int64_t nowMs, std::vector<Mute> &mutes) const;
    void addMaintenance(const Episode &episode, const Labels &labels, int64_t nowMs,
                        std::vector<Mute> &mutes) const;
    void addQuietHours(const Episode &episode, int64_t nowMs, std::vector<Mute> &mutes) const;
    void addDependencies(const Episode &episode, int64_t nowMs, std::vector<Mute> &mutes) const;

    const EpisodeBook &m_episodes;
    DeliveryQueue::ChannelLookup m_channels;
    DefinitionBook<Silence> m_silences;
    DefinitionBook<MaintenanceWindow> m_maintenance;
};

/// The labels that silences and windows match: the episode's own, `alertname`, `severity`, and `rule_id` or
/// `check_id`. Its own win.
Labels matchedLabels(const Episode &episode);

} // namespace plimsoll::alerts
