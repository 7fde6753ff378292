#include "storage/engine/ActiveSeries.h"

#include <algorithm>

namespace plimsoll {

namespace {

constexpr int64_t marks = 255; ///< 1 to 255, in a circle

uint8_t markOf(int64_t step) { return static_cast<uint8_t>(1 + (step % marks + marks) % marks); }

} // namespace

bool ActiveSeries::advance(int64_t nowMs)
{
    const int64_t step = nowMs / stepMs;
    if (step <= m_step)
        return false;
    m_step = step;
    m_mark = markOf(step);
    std::array<bool, 256> over;
    over.fill(true);
    for (int64_t kept = step - steps; kept <= step; kept++)
        over[markOf(kept)] = false;
    over[0] = false;
    expire(over);
    return true;
}

void ActiveSeries::expire(const std::array<bool, 256> &over)
{
    std::map<ProjectId, uint64_t> gone;
    for (size_t id = 0; id < m_seen.size(); id++) {
        if (!over[m_seen[id]])
            continue;
        m_seen[id] = 0;
        gone[m_projects[id]]++;
    }
    const std::lock_guard lock(m_mutex);
    for (const auto &[project, count] : gone)
        m_counts[project] -= std::min(m_counts[project], count);
}

void ActiveSeries::enter(SeriesId id, ProjectId project)
{
    if (id >= m_seen.size()) {
        m_seen.resize(id + size_t(1));
        m_projects.resize(id + size_t(1));
    }
    m_projects[id] = project;
    const std::lock_guard lock(m_mutex);
    m_counts[project]++;
}

uint64_t ActiveSeries::active(ProjectId project) const
{
    const std::lock_guard lock(m_mutex);
    const auto it = m_counts.find(project);
    return it == m_counts.end() ? 0 : it->second;
}

} // namespace plimsoll
