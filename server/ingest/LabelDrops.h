#pragma once

#include "storage/model/Batch.h"
#include "storage/model/Result.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace plimsoll::ingest {

/// Which labels of which metrics are left out of what comes in, by project. Safe from any thread.
class LabelDrops
{
public:
    using Labels = std::set<std::string, std::less<>>;
    using ByMetric = std::map<std::string, Labels, std::less<>>;

    /// Replaces those of a project; what comes in afterwards follows them.
    void set(ProjectId project, ByMetric drops);

    bool any(ProjectId project) const;
    Labels of(ProjectId project, std::string_view metric) const;
    /// The canonical key without what is dropped of its metric; nothing where it has none of that.
    std::optional<std::string> without(ProjectId project, std::string_view key) const;
    /// Another number after each change.
    uint64_t version() const { return m_version.load(std::memory_order_acquire); }

private:
    mutable std::mutex m_mutex;
    std::map<ProjectId, ByMetric> m_drops; ///< of projects that have some; guarded
    std::atomic<uint64_t> m_version{0};
};

/// Why a label of a metric of this kind may not be dropped, or success.
Status mayDrop(std::string_view metric, std::string_view label, Kind kind);

} // namespace plimsoll::ingest
