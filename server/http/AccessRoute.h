#pragma once

#include "server/http/AccessControl.h"
#include "server/http/Router.h"

#include <utility>

namespace plimsoll::http {

/// What a route of keys, users, sessions or projects does. Called on the thread of its request.
using AccessAct = void (*)(AccessControl &access, const RequestPtr &request, Reply reply);

/// Adds such a route; bodies may have 16 KiB. `access` outlives the router.
inline void addAccessRoute(Router &router, AccessControl &access, Access level, Method method,
                           const char *pattern, AccessAct act, RouteDescription about)
{
    Route route;
    route.method = method;
    route.pattern = pattern;
    route.access = level;
    route.handler = [&access, act](const RequestPtr &request, Reply reply) {
        act(access, request, std::move(reply));
    };
    route.maxBodyBytes = 16 * 1024;
    route.about = std::move(about);
    route.about.group = "Access";
    router.add(std::move(route));
}

} // namespace plimsoll::http
