#pragma once

#include "server/http/RouteDescription.h"

#include <string_view>

namespace plimsoll::api::prometheus {

/// What a route of the Prometheus HTTP API says of itself in the OpenAPI document; without a summary for a
/// pattern that is none of them.
http::RouteDescription describe(std::string_view pattern);

} // namespace plimsoll::api::prometheus
