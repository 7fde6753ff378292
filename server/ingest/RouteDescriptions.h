#pragma once

#include "server/http/RouteDescription.h"

#include <string_view>

namespace plimsoll::ingest {

/// What the write path of a pattern says of itself in the OpenAPI document.
http::RouteDescription describeIngest(std::string_view pattern);

} // namespace plimsoll::ingest
