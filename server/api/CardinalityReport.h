#pragma once

#include "server/api/DroppedLabels.h"
#include "server/api/QueryPool.h"
#include "server/http/Router.h"
#include "server/ingest/PersonalDataGuard.h"
#include "server/ingest/SeriesRules.h"
#include "storage/model/Clock.h"
#include "storage/model/SeriesReader.h"
#include "storage/model/SeriesUse.h"

#include <functional>

namespace plimsoll::api {

/// What the report is made of; all must outlive the router.
struct CardinalityParts
{
    const ReaderSource &readers;
    const Clock &clock;
    QueryPool &pool;
    std::function<SeriesUse(ProjectId)> use;
    const ingest::SeriesRules &rules;
    const ingest::PersonalDataGuard &personalData;
    const DroppedLabels &drops;
};

/// `GET /api/app/cardinality?limit=`: which names and labels make the series of the last hour, what would be
/// left without a label, what was too much, and which labels hold what looks like personal data.
void addCardinalityRoute(http::Router &router, CardinalityParts parts);

} // namespace plimsoll::api
