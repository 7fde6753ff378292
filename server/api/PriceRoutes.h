#pragma once

#include "server/api/Costing.h"
#include "server/api/Jobs.h"
#include "server/api/PriceList.h"
#include "server/api/QueryPool.h"
#include "server/http/Router.h"

namespace plimsoll::api {

/// What the routes of prices need; all must outlive the router and the jobs.
struct PriceParts
{
    PriceList &prices;
    Jobs &jobs;
    QueryPool &pool;
    Costing::Parts costing;
};

/// `/api/app/prices` (README.md, "Prices").
void addPriceRoutes(http::Router &router, PriceParts parts);

} // namespace plimsoll::api
