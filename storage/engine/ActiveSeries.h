#pragma once

#include "storage/model/Batch.h"

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

namespace plimsoll {

/// How many series of each project were seen lately: within the last hour, in steps of ten minutes. A byte
/// per series.
///
/// One thread notes and advances; active() is for any.
class ActiveSeries
{
public:
    static constexpr int64_t stepMs = 600'000;
    static constexpr int steps = 6;

    /// Lets series go that were not seen for the last `steps` whole steps. True where a new step began. Time
    /// that goes back changes nothing.
    bool advance(int64_t nowMs);

    /// Notes that a series was seen; it always is of the same project.
    void touch(SeriesId id, ProjectId project)
    {
        if (id >= m_seen.size() || m_seen[id] == 0) [[unlikely]]
            enter(id, project);
        m_seen[id] = m_mark;
    }

    uint64_t active(ProjectId project) const;

private:
    void enter(SeriesId id, ProjectId project);
    void expire(const std::array<bool, 256> &over);

    std::vector<uint8_t> m_seen; ///< by id: the mark of the step in which it was seen last, 0 for none lately
    std::vector<ProjectId> m_projects; ///< by id, of those that were ever seen
    int64_t m_step = INT64_MIN;
    uint8_t m_mark = 1;
    mutable std::mutex m_mutex; ///< of the counts
    std::map<ProjectId, uint64_t> m_counts;
};

} // namespace plimsoll
