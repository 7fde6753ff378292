#pragma once

#include "server/http/Router.h"

#include <QJsonObject>

#include <string_view>

namespace plimsoll::api {

/// The OpenAPI 3.1 document of all routes of a table, made of what they say of themselves
/// (http::RouteDescription). Each operation tells the right that it asks for in `x-plimsoll-access`: public,
/// ingest, read, edit or admin.
QJsonObject openApiDocument(const http::Router &router, std::string_view version);

/// `GET /api/openapi.json`, public: that document, made when it is first asked for. `router` is the table
/// that it describes and is added to.
void addOpenApiRoute(http::Router &router, std::string version);

} // namespace plimsoll::api
