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

/// The write paths: POST /ingest, POST /track/{name}, POST /api/v1/import/prometheus. All ask for an ingest
/// key and belong to the ingest thread.
void registerIngestRoutes(http::Router &router, const IngestParts &parts);

} // namespace plimsoll::ingest
