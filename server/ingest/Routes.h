#pragma once

#include "server/http/Router.h"
#include "server/ingest/DecoderThread.h"
#include "server/ingest/IngestThread.h"
#include "server/ingest/Prices.h"
#include "storage/model/Clock.h"

namespace plimsoll::ingest {

/// What the write paths need; all of it must outlive the router.
struct IngestParts
{
    IngestThread &thread;
    DecoderThread &decoders;
    const Prices &prices;
    const Clock &clock;
};

/// The write paths: POST /ingest, /track/{name}, /api/v1/import/prometheus, /api/v1/write (remote write),
/// /write and /api/v2/write (Influx lines). All ask for an ingest key and belong to the ingest thread. And
/// what Influx clients ask before they write.
void registerIngestRoutes(http::Router &router, const IngestParts &parts);

} // namespace plimsoll::ingest
