#pragma once

#include "server/http/AccessControl.h"
#include "server/http/Router.h"

namespace plimsoll::http {

/// Adds /api/app/sessions: where a user is logged in, as server/api/README.md says. `access` outlives the
/// router.
void addSessionRoutes(Router &router, AccessControl &access);

} // namespace plimsoll::http
