#include "alerts/mutes/Muting.h"

namespace plimsoll::alerts {

namespace {

/// Two label sets are of different things where one label has another value in each.
bool contradict(const Labels &one, const Labels &other)
{
    return std::any_of(one.begin(), one.end(), [&](const auto &pair) {
        const std::string_view value = other.value(pair.first);
        return pair.first != nameLabel && !value.empty() && value != pair.second;
    });
}

/// The labels that say what an episode is about: a check's name and kind do not.
Labels placeOf(const Episode &episode)
{
    Labels labels = episode.seriesLabels;
    if (episode.source == Episode::Source::Check) {
        labels.remove("check");
        labels.remove("kind");
    }
    return labels;
}

} // namespace

Labels matchedLabels(const Episode &episode)
{
    Labels labels = episode.labels;
    const auto add = [&labels](const char *name, std::string_view value) {
        if (!labels.contains(name))
            labels.set(name, value);
    };
    add("alertname", episode.ruleName);
    add("severity", severityName(episode.level.severity));
    add(episode.source == Episode::Source::Check ? "check_id" : "rule_id", episode.ruleId);
    return labels;
}

Muting::Muting(Records &records, const EpisodeBook &episodes, const Clock &clock,
               DeliveryQueue::ChannelLookup channels, const std::function<void()> &changed)
    : m_episodes(episodes)
    , m_channels(std::move(channels))
    , m_silences(records, clock, changed,
                 [this](const Silence &silence, const Silence *before) { return canEnd(silence, before); })
    , m_maintenance(records, clock, changed)
{
}

Status Muting::load()
{
    if (Status status = m_silences.load(); !status)
        return status;
    return m_maintenance.load();
}

std::vector<Mute> Muting::mutesOf(const Episode &episode, int64_t nowMs) const
{
    std::vector<Mute> mutes;
    const Labels labels = matchedLabels(episode);
    addSilences(labels, nowMs, mutes);
    addMaintenance(episode, labels, nowMs, mutes);
    addQuietHours(episode, nowMs, mutes);
    addDependencies(episode, nowMs, mutes);
    return mutes;
}

Status Muting::canEnd(const Silence &silence, const Silence *before) const
{
    const std::string &id = silence.untilEpisode;
    if (id.empty() || (before && before->untilEpisode == id))
        return {};
    const Episode *episode = m_episodes.find(id);
    if (episode && episode->firing())
        return {};
    const std::string problem = episode
                                    ? "names an episode that has ended: the silence would hold back nothing."
                                    : "names no episode that fires: there is none \"" + id + "\".";
    return Error{ErrorCode::Invalid, "In a silence, `until_episode` " + problem,
                 "Take the id of one from /api/app/episodes?state=firing, or give ends_ms or duration."};
}

bool Muting::holds(const Silence &silence, int64_t nowMs) const
{
    const Episode *until = silence.untilEpisode.empty() ? nullptr : m_episodes.find(silence.untilEpisode);
    return silence.isActive(nowMs) && (silence.untilEpisode.empty() || (until && until->firing()));
}

void Muting::endWithEpisodes(int64_t nowMs)
{
    std::vector<Silence> over;
    for (const auto &[id, silence] : m_silences.all()) {
        if (silence.isActive(nowMs) && !holds(silence, nowMs))
            over.push_back(silence);
    }
    for (const Silence &silence : over)
        m_silences.patch(silence.id, {{"ends_ms", qint64(std::max(nowMs, silence.startsMs + 1))}});
}

void Muting::addSilences(const Labels &labels, int64_t nowMs, std::vector<Mute> &mutes) const
{
    for (const auto &[id, silence] : m_silences.all()) {
        if (holds(silence, nowMs) && silence.matchers.matches(labels))
            mutes.push_back({Mute::By::Silence, id, silence.comment, silence.createdBy, {}, nowMs, {}});
    }
}

void Muting::addMaintenance(const Episode &episode, const Labels &labels, int64_t nowMs,
                            std::vector<Mute> &mutes) const
{
    if (const MaintenanceWindow *window = maintenanceOf(episode.ruleId, labels, nowMs))
        mutes.push_back({Mute::By::Maintenance, window->id, window->name, window->createdBy, {}, nowMs, {}});
}

const MaintenanceWindow *Muting::maintenanceOf(const std::string &ruleOrCheckId, const Labels &labels,
                                               int64_t atMs) const
{
    for (const auto &[id, window] : m_maintenance.all()) {
        if (window.covers(ruleOrCheckId, labels) && window.isActive(atMs))
            return &window;
    }
    return nullptr;
}

void Muting::addQuietHours(const Episode &episode, int64_t nowMs, std::vector<Mute> &mutes) const
{
    for (const std::string &channelId : episode.routing.channels) {
        const Channel *channel = m_channels(channelId);
        if (channel && channel->quietHours && channel->quietHours->holds(episode.level.severity, nowMs))
            mutes.push_back({Mute::By::QuietHours, {}, channel->name, {}, channelId, nowMs, {}});
    }
}

void Muting::addDependencies(const Episode &episode, int64_t nowMs, std::vector<Mute> &mutes) const
{
    for (const std::string &parentId : episode.routing.dependsOn) {
        std::vector<const Episode *> parents = m_episodes.openOf(parentId);
        for (const Episode *ended : m_episodes.endedOf(parentId)) {
            if (std::abs(nowMs - *ended->endedMs) < dependencyLingerMs)
                parents.push_back(ended);
        }
        for (const Episode *parent : parents) {
            if (contradict(placeOf(*parent), placeOf(episode)))
                continue;
            mutes.push_back({Mute::By::Dependency, parent->id, parent->ruleName, {}, {}, nowMs, {}});
            break;
        }
    }
}

} // namespace plimsoll::alerts
