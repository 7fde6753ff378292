#pragma once

#include "server/http/RouteDescription.h"

namespace plimsoll::api {

/// What the plain reading endpoints say of themselves in the OpenAPI document.
http::RouteDescription describeSnapshot();
http::RouteDescription describeQuery();
http::RouteDescription describeEndpoints();
http::RouteDescription describeCosts();
http::RouteDescription describeSystem();
http::RouteDescription describeMetricList();
http::RouteDescription describeStorage();
http::RouteDescription describeExport();

} // namespace plimsoll::api
