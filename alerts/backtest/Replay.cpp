#include "alerts/backtest/Replay.h"

namespace plimsoll::alerts {

Replay::Replay(const Rule &rule, int64_t intervalMs)
    : m_runtime(rule, intervalMs)
{
}

void Replay::take(const Evaluation &evaluation, int64_t atMs)
{
    for (const Transition &transition : m_runtime.apply(evaluation, atMs))
        note(transition, atMs);
}

void Replay::note(const Transition &transition, int64_t atMs)
{
    const AlertInstance &instance = transition.instance;
    const std::string key = instance.labels.key();
    if (transition.kind == Transition::Kind::Fired) {
        ReplayedEpisode episode;
        episode.labels = instance.labels;
        for (const auto &[name, value] : m_runtime.rule().labels)
            episode.labels.set(name, value);
        episode.severity = m_runtime.rule().levels[instance.level].severity;
        episode.pendingSinceMs = instance.sinceMs;
        episode.startedMs = instance.firedMs;
        episode.peak = instance.peak;
        episode.value = instance.value;
        m_open[key] = m_episodes.size();
        m_episodes.push_back(std::move(episode));
    }
    const auto open = m_open.find(key);
    if (open == m_open.end())
        return;
    ReplayedEpisode &episode = m_episodes[open->second];
    if (transition.kind == Transition::Kind::LevelChanged)
        episode.severity = std::max(episode.severity, m_runtime.rule().levels[instance.level].severity);
    if (transition.kind != Transition::Kind::Resolved)
        return;
    episode.endedMs = std::max(atMs, episode.startedMs);
    episode.disappeared = transition.why == Transition::Why::Disappeared;
    episode.peak = instance.peak;
    episode.value = instance.value;
    m_open.erase(open);
}

std::vector<ReplayedEpisode> Replay::episodes() const
{
    std::vector<ReplayedEpisode> all = m_episodes;
    for (const auto &[key, index] : m_open) {
        const AlertInstance *instance = m_runtime.machine().firing(key);
        if (!instance)
            continue;
        all[index].peak = instance->peak;
        all[index].value = instance->value;
    }
    return all;
}

} // namespace plimsoll::alerts
