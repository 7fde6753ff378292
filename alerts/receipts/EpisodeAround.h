#pragma once

#include "storage/model/Labels.h"
#include "storage/query/Query.h"

#include <QJsonObject>

#include <atomic>

namespace plimsoll::alerts {

/// What an episode is seen against: what its series is like at that hour, and the deploy before it.
struct AroundQuestion
{
    std::shared_ptr<const Query> measured; ///< null for a check: then only deploys are looked for
    Labels labels;                         ///< of the series; others of the answer do not count
    int64_t startedMs = 0;
};

/// `{"normal":{"low","high"},"deploy":{"title","at_ms"}}`; what is not known is left out. Normal is p5 to p95
/// of that hour of the week in the four weeks before, or of that hour of the day in the seven days before
/// where fewer than two weeks have data; with fewer than three days nothing is said. A deploy counts for an
/// hour. Blocks for at most about two seconds; ends early once `stopped`.
QJsonObject measureAround(const AroundQuestion &question, const SeriesReader &reader, ProjectId project,
                          const std::atomic<bool> &stopped);

} // namespace plimsoll::alerts
