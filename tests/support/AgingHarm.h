#pragma once

#include "tests/support/AgingLife.h"
#include "tests/support/HttpClient.h"

#include <roaring/roaring.hh>

#include <functional>

namespace plimsoll::test {

/// Changes the database behind the appliance's back.
inline bool harm(AgingLife &life, const std::function<BackendWrite(Backend &, const BackendState &)> &make)
{
    StoredDirectory stored(life.appliance.dataDirectory().toStdString(), life.url, life.clock,
                           life.options());
    return stored.isOpen() && stored.store()
                                  .run([&](Backend &backend) -> Status {
                                      const auto state = backend.load();
                                      return state ? backend.write(make(backend, *state))
                                                   : Status(state.error());
                                  })
                                  .ok();
}
/// The largest seal of samples of the last day, which are not about to expire, or the oldest of hours.
inline StoredSeal sealOf(const BackendState &state, int64_t resolutionMs)
{
    constexpr int64_t dayMs = 86'400'000;
    int64_t newestMs = INT64_MIN;
    for (const StoredSeal &seal : state.seals) {
        if (seal.resolutionMs == resolutionMs)
            newestMs = std::max(newestMs, seal.windowStartMs);
    }
    StoredSeal chosen;
    for (const StoredSeal &seal : state.seals) {
        const bool fits =
            seal.resolutionMs == resolutionMs && (resolutionMs || seal.windowStartMs > newestMs - dayMs);
        const bool better =
            resolutionMs ? seal.windowStartMs < chosen.windowStartMs : seal.samples > chosen.samples;
        if (fits && (chosen.id == 0 || better))
            chosen = seal;
    }
    return chosen;
}

/// One more increment than the ledger knows: as if its acknowledgement had been lost and the sender had come
/// without a key.
inline bool addUnknown(AgingLife &life)
{
    HttpClient client(life.start() ? life.appliance.port() : 0);
    const std::string body =
        R"({"metrics":[{"name":"aging_increments_0_0","type":"counter","value":1,"ts":)" +
        std::to_string(life.clock.nowMs() - 1) + "}]}";
    const auto answer = client.post("/ingest", body);
    life.appliance.kill();
    return answer && answer->status == 200;
}
/// A seal of samples arrives twice.
inline bool doubleSamples(AgingLife &life)
{
    return harm(life, [](Backend &backend, const BackendState &state) {
        BackendWrite write;
        StoredSeal seal = sealOf(state, 0);
        const uint32_t from = std::exchange(seal.id, state.seals.back().id + 1000);
        for (const uint32_t series : Roaring::readSafe(seal.series.data(), seal.series.size())) {
            auto pack = backend.readPack(from, series);
            if (pack && (write.packs.empty() || write.packs.back().firstSeries != pack->firstSeries))
                write.packs.push_back({seal.id, pack->firstSeries, pack->data});
        }
        write.seals = {seal};
        return write;
    });
}
inline bool dropSamples(AgingLife &life)
{
    return harm(life, [](Backend &, const BackendState &state) {
        BackendWrite write;
        for (const StoredSeal &seal : state.seals) {
            if (seal.resolutionMs == 0 && seal.windowStartMs == sealOf(state, 0).windowStartMs)
                write.removedSeals.push_back(seal.id);
        }
        return write;
    });
}
inline bool dropHours(AgingLife &life)
{
    return harm(life, [](Backend &, const BackendState &state) {
        BackendWrite write;
        write.removedSeals = {sealOf(state, AgingLife::hourMs).id};
        return write;
    });
}
inline bool changeDay(AgingLife &life)
{
    return harm(life, [](Backend &backend, const BackendState &) {
        BackendWrite write;
        for (uint32_t series = 1; series < 1000; series++) {
            auto days = backend.readDays(series, 0, INT64_MAX / 2);
            for (const StoredDay &day : days ? *days : std::vector<StoredDay>())
                write.days.push_back(day);
        }
        for (StoredDay &day : write.days)
            day.max += 1;
        return write;
    });
}

} // namespace plimsoll::test
