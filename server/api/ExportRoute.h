#pragma once

#include "server/api/QueryPool.h"
#include "server/http/Router.h"
#include "storage/model/Clock.h"
#include "storage/model/SeriesReader.h"

namespace plimsoll::api {

/// `GET /metrics/export?format=json|csv|prometheus&metric=&from=&to=`: all samples of the caller's project,
/// streamed. One that could not go on ends with a line that begins with "!!" and says why. All must outlive
/// the router.
void addExportRoute(http::Router &router, const ReaderSource &readers, const Clock &clock,
                    QueryPool &streams);

} // namespace plimsoll::api
