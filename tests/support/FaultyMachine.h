#pragma once

#include "storage/backend/Store.h"
#include "storage/engine/Engine.h"
#include "storage/engine/SpooledBackend.h"
#include "storage/model/ExactSum.h"
#include "tests/support/FaultyBackend.h"
#include "tests/support/FaultyDisk.h"
#include "tests/support/ManualClock.h"

namespace plimsoll::test {

/// An appliance whose disk and database survive its crashes.
class FaultyMachine
{
public:
    static constexpr int64_t minuteMs = 60'000;
    static constexpr int64_t hourMs = 60 * minuteMs;

    FaultyDisk disk;
    std::shared_ptr<FaultyBackend::Database> database = std::make_shared<FaultyBackend::Database>();
    ManualClock clock;
    std::unique_ptr<Store> store;
    std::unique_ptr<Engine> engine;
    EngineOptions options;

    FaultyMachine()
    {
        database->poweredOff = &disk.dead();
        options.windowMs = hourMs;
        options.segmentBytes = 32 * 1024;
        options.checkpointBytes = 128 * 1024;
        options.headMaxBytes = 256 * 1024;
    }

    bool start()
    {
        auto openedStore = Store::open(std::make_unique<SpooledBackend>(
            std::make_unique<FaultyBackend>(database), disk, "spool", clock));
        if (!openedStore)
            return false;
        store = std::move(*openedStore);
        auto opened = Engine::open(options, *store, disk, clock);
        if (!opened)
            return false;
        engine = std::move(*opened);
        return true;
    }

    /// Queued work of the store thread is lost, unsynced bytes and transactions too.
    void crash(uint32_t seed)
    {
        engine.reset();
        store.reset();
        disk.powerLoss(seed);
        database->powerLoss(seed);
    }

    void drainStore() { engine->drain(); }

    /// Commits one increment and one observation; false where it was refused.
    bool commit(int series, int64_t timestampMs, double value, std::optional<uint64_t> key = {})
    {
        return stage(series, timestampMs, value, key).status.ok() && engine->commit().ok();
    }

    /// Stages the same.
    CommitReceipt stage(int series, int64_t timestampMs, double value, std::optional<uint64_t> key = {})
    {
        Batch batch;
        batch.itemCount = 2;
        const std::string number = std::to_string(series);
        batch.series.push_back(
            {Labels{{"__name__", "sales"}, {"shop", number}}.key(), Kind::Delta, false, 0});
        batch.series.push_back(
            {Labels{{"__name__", "latency"}, {"shop", number}}.key(), Kind::Distribution, false, 1});
        batch.floats.push_back({0, timestampMs, value, 0});
        batch.floats.push_back({1, timestampMs, value, 1});
        if (key)
            batch.idempotency = Batch::Idempotency{{*key, 1}, {*key, 2}};
        return engine->stage(batch);
    }

    struct Totals
    {
        double sales = 0;
        double observed = 0;
        double observations = 0;
        bool ok = true;
        bool operator==(const Totals &) const = default;
    };

    Totals totals() const
    {
        Totals totals;
        ExactSum sales;
        const auto reader = engine->openReader();
        constexpr int64_t farMs = 4'000'000'000'000;
        const auto all = reader->select(defaultProject, {}, -farMs, farMs);
        totals.ok = all.ok();
        if (!all)
            return totals;
        for (const SelectedSeries &series : *all) {
            if (series.kind == Kind::Delta) {
                FloatColumns columns;
                totals.ok = totals.ok && reader->readFloats(series.id, -farMs, farMs, columns);
                for (const double value : columns.values)
                    sales.add(value);
                const auto before = reader->totalBefore(series.id, farMs);
                ExactSum own;
                for (const double value : columns.values)
                    own.add(value);
                totals.ok = totals.ok && before.ok() && *before == own.value();
            } else {
                const auto histogram = reader->histogramBefore(series.id, farMs);
                totals.ok = totals.ok && histogram.ok();
                if (!histogram)
                    continue;
                totals.observed += histogram->sum();
                totals.observations += histogram->count();
            }
        }
        totals.sales = sales.value();
        return totals;
    }
};

} // namespace plimsoll::test
