#include "server/http/RefusalCounts.h"

namespace plimsoll::http {

void RefusalCounts::note(ProjectId project, std::string_view reason, uint64_t count)
{
    const std::lock_guard lock(m_mutex);
    auto &reasons = m_counts[project];
    auto found = reasons.find(reason);
    if (found == reasons.end())
        found = reasons.try_emplace(reasons.size() < maxReasons ? std::string(reason) : "other").first;
    found->second += count;
}

std::vector<RefusalCounts::Figure> RefusalCounts::all() const
{
    const std::lock_guard lock(m_mutex);
    std::vector<Figure> figures;
    for (const auto &[project, reasons] : m_counts) {
        for (const auto &[reason, count] : reasons)
            figures.push_back({project, reason, count});
    }
    return figures;
}

} // namespace plimsoll::http
