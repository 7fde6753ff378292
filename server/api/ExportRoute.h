#pragma once

#include "server/api/QueryPool.h"
#include "server/http/Router.h"
#include "storage/model/Clock.h"
#include "storage/model/SeriesReader.h"

namespace plimsoll::api {

/// `GET /metrics/export`: samples of the caller's project, streamed, in pages where a limit is given
/// (README.md, "Export"). All must outlive the router.
void addExportRoute(http::Router &router, const ReaderSource &readers, const Clock &clock,
                    QueryPool &streams);

} // namespace plimsoll::api
