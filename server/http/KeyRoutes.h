#pragma once

#include "server/http/AccessControl.h"
#include "server/http/Router.h"

namespace plimsoll::http {

/// Adds /api/app/keys and /api/app/welcome-key, as server/api/README.md says. `access` outlives the router.
void addKeyRoutes(Router &router, AccessControl &access);

/// A key as the API and the shell show it.
QJsonObject jsonOf(const ApiKey &key);

} // namespace plimsoll::http
