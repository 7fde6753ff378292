#pragma once

#include "alerts/status/CheckDirectory.h"
#include "storage/model/Batch.h"

#include <map>
#include <mutex>

namespace plimsoll::alerts {

/// How the checks that are marked `ready` are doing, for whoever asks from another thread.
class ReadyBoard
{
public:
    void set(ProjectId project, std::vector<CheckFacts> checks)
    {
        const std::lock_guard lock(m_mutex);
        m_checks[project] = std::move(checks);
    }
    void remove(ProjectId project)
    {
        const std::lock_guard lock(m_mutex);
        m_checks.erase(project);
    }
    std::vector<CheckFacts> of(ProjectId project) const
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_checks.find(project);
        return found == m_checks.end() ? std::vector<CheckFacts>() : found->second;
    }

private:
    mutable std::mutex m_mutex;
    std::map<ProjectId, std::vector<CheckFacts>> m_checks;
};

} // namespace plimsoll::alerts
