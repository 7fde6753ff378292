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
        episode.severity = m_runtime.rule().level.severity;
        episode.pendingSinceMs = instance.sinceMs;
        episode.startedMs = instance.firedMs;
        episode.peak = instance.peak;
        episode.value = instance.value;
        m_open[key] = m_episodes.size();
        m_episodes.push_back(std::move(episode));
    }
    const auto open = m_open.find(key);
    if (transition.kind != Transition::Kind::Resolved || open == m_open.end())
        return;
    ReplayedEpisode &episode = m_episodes[open->second];
    episode.endedMs = std::max(atMs, episode.startedMs);
    episode.disappeared = transition.disappeared;
    episode.peak = instance.peak;
    episode.value = instance.value;
    m_open.erase(open);
}

std::vector<ReplayedEpisode> Replay::episodes() const
{
    std::vector<ReplayedEpisode> all = m_episodes;
    for (const auto &[key, index] : m_open) {
        const auto instance = m_runtime.machine().instances().find(key);
        if (instance == m_runtime.machine().instances().end())
            continue;
        all[index].peak = instance->second.peak;
        all[index].value = instance->second.value;
    }
    return all;
}

} // namespace plimsoll::alerts
