#pragma once

#include "server/api/Backups.h"
#include "server/api/QueryPool.h"
#include "server/http/Router.h"

namespace plimsoll::api {

/// `/api/app/jobs` and `/api/app/backups`. A backup holds all projects and the hashes of keys and password,
/// so all of it asks for the admin right. Downloads run on `streams`. All must outlive the router.
void addUpkeepRoutes(http::Router &router, Jobs &jobs, Backups &backups, QueryPool &streams);

} // namespace plimsoll::api
