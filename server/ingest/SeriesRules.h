#pragma once

#include "server/http/Quota.h"
#include "server/ingest/LabelDrops.h"
#include "server/ingest/PersonalDataGuard.h"
#include "storage/model/NewSeriesRule.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace plimsoll::ingest {

/// Makes the rules for new series out of quotas, and of what is dropped. Safe from any thread.
class SeriesRules
{
public:
    /// Active series of a project whose quota names no number.
    static constexpr uint64_t defaultMaxActiveSeries = 100'000;

    /// All must outlive it and the rules. `maxActiveSeries` 0: no bound.
    SeriesRules(const http::Quotas &quotas, PersonalDataGuard &guard, const LabelDrops &drops,
                uint64_t maxActiveSeries = defaultMaxActiveSeries);

    using Rule = std::shared_ptr<const NewSeriesRule>;
    /// For what comes with this quota. Never null.
    Rule of(ProjectId project, const http::QuotaPtr &quota);
    /// For what comes without a key.
    Rule of(ProjectId project) { return of(project, m_quotas.of(project, {})); }

    /// The budget of active series of a project; 0: none.
    uint64_t budgetOf(ProjectId project) const;

private:
    static constexpr size_t maxKept = 1'000;

    const http::Quotas &m_quotas;
    PersonalDataGuard &m_guard;
    const LabelDrops &m_drops;
    const uint64_t m_maxActiveSeries;
    std::mutex m_mutex;
    std::map<std::pair<ProjectId, const http::Quota *>, Rule> m_rules; ///< each keeps its quota alive
};

} // namespace plimsoll::ingest
