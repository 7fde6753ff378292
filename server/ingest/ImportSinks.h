#pragma once

#include "server/ingest/Import.h"
#include "server/ingest/Prices.h"
#include "storage/engine/Engine.h"
#include "storage/model/Clock.h"

#include <string>

namespace plimsoll::ingest {

/// Posts parts to an appliance that runs. It retries what may succeed later (503, 507, 429, a lost
/// connection) for `patienceMs`, with the same Idempotency-Key. Blocking, on a thread with a
/// QCoreApplication.
struct HttpImportTarget
{
    std::string url; ///< "http://127.0.0.1:9510"
    std::string key; ///< an API key with the ingest role; empty on an open loopback
    int64_t patienceMs = 60'000;
    int64_t timeoutMs = 120'000; ///< for one answer
};
ImportSink httpImportSink(const HttpImportTarget &target);

/// Commits parts to an engine that this process owns; the calling thread is its writer. All must outlive the
/// sink.
ImportSink engineImportSink(Engine &engine, const Prices &prices, const Clock &clock,
                            ProjectId project = defaultProject);

} // namespace plimsoll::ingest
