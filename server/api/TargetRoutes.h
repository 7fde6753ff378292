#pragma once

#include "server/http/Router.h"
#include "server/ingest/scrape/TargetBook.h"

namespace plimsoll::api {

/// The targets that are scraped: /api/app/targets, as server/ingest/SCRAPE.md has it. `targets` must outlive
/// the router.
void addTargetRoutes(http::Router &router, ingest::TargetBook &targets);

} // namespace plimsoll::api
