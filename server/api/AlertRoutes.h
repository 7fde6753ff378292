#pragma once

#include "server/api/AlertControl.h"
#include "server/http/Router.h"

namespace plimsoll::api {

/// Adds /api/app/rules, /channels, /episodes and /deliveries (README.md, "Alerts"). `alerts` outlives the
/// router.
void addAlertRoutes(http::Router &router, AlertControl &alerts);

} // namespace plimsoll::api
