#pragma once

#include "storage/model/Batch.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plimsoll::http {

/// What was refused since the start, by project and reason: the metric plimsoll_refused_total. Safe from any
/// thread.
class RefusalCounts
{
public:
    struct Figure
    {
        ProjectId project = 0;
        std::string reason;
        uint64_t count = 0;
    };

    /// Reasons are few words of our own; beyond 64 of a project the rest is "other".
    void note(ProjectId project, std::string_view reason, uint64_t count = 1);
    std::vector<Figure> all() const;

private:
    static constexpr size_t maxReasons = 64;

    mutable std::mutex m_mutex;
    std::map<ProjectId, std::map<std::string, uint64_t, std::less<>>> m_counts;
};

} // namespace plimsoll::http
