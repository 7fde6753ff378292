#pragma once

#include "server/http/Router.h"
#include "server/ingest/DecoderThread.h"
#include "server/ingest/InboxBodies.h"
#include "server/ingest/IngestThread.h"
#include "server/ingest/Prices.h"
#include "server/ingest/RefusedInput.h"
#include "server/ingest/SeriesRules.h"
#include "storage/model/Clock.h"

#include <functional>

namespace plimsoll::ingest {

/// What the write paths need; all of it must outlive the router.
struct IngestParts
{
    IngestThread &thread;
    DecoderThread &decoders;
    const Prices &prices;
    const Clock &clock;
    RefusalSink &refusals = RefusalSink::none(); ///< gets what is refused because of what it is
    SeriesRules *rules = nullptr;                ///< null: no bounds but those of all formats
    /// Told how many samples a request brought.
    std::function<void(const http::Principal &, size_t samples)> charge = [](const auto &, size_t) {};
    const PriceBook *book = nullptr; ///< prices by project; null: `prices` for all
    /// Told of each body of which something was taken, before its batch is observed; quick.
    std::function<void(const CameIn &)> came = [](const CameIn &) {};
};

/// Told once what became of a request: its receipt, and its answer's status and body.
using Told = std::function<void(const CommitReceipt &receipt, int status, const std::string &answer)>;
/// Sends a request through its format's door once more, without a client. Any thread.
using Replay = std::function<void(http::RequestPtr request, const Format &format, Told told)>;

/// The write paths: POST /ingest, /track/{name}, /api/v1/import/prometheus, /api/v1/write (remote write),
/// /write and /api/v2/write (Influx lines). All ask for an ingest key and belong to the ingest thread. And
/// what Influx clients ask before they write.
Replay registerIngestRoutes(http::Router &router, const IngestParts &parts);

} // namespace plimsoll::ingest
