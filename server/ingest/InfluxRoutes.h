#pragma once

#include "server/http/Router.h"

namespace plimsoll::ingest {

/// What Influx clients ask for before they write: `GET /ping` (204 with a version), and `/query`, which
/// answers CREATE DATABASE and SHOW DATABASES and nothing else.
void addInfluxRoutes(http::Router &router);

} // namespace plimsoll::ingest
