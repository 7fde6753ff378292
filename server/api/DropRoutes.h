#pragma once

#include "server/api/DroppedLabels.h"
#include "server/api/QueryPool.h"
#include "server/http/Router.h"
#include "storage/model/SeriesReader.h"

namespace plimsoll::api {

/// What the routes need; all must outlive the router.
struct DropParts
{
    const ReaderSource &readers;
    QueryPool &pool;
    DroppedLabels &drops;
};

/// `/api/app/cardinality/drops`: labels that are left out of what comes in from now on.
void addDropRoutes(http::Router &router, DropParts parts);

} // namespace plimsoll::api
