#pragma once

#include "server/http/AccessControl.h"
#include "server/http/Router.h"

#include <string>

namespace plimsoll::http {

/// What GET /api/app/session tells about the appliance.
struct ApplianceInfo
{
    std::string version;
    std::string host; ///< this machine's name
    int64_t startedMs = 0;
};

/// Adds /api/app/session, /login, /logout, /api/app/password, and the routes of keys, projects, users
/// and sessions, as server/api/README.md says. `access` outlives the router.
void addAccessRoutes(Router &router, AccessControl &access, ApplianceInfo info);

} // namespace plimsoll::http
