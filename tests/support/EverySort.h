#pragma once

#include "storage/model/Batch.h"
#include "storage/model/Labels.h"
#include "tests/support/OddDoubles.h"

#include <cmath>

namespace plimsoll::test {

/// Batches with every kind of series in them. tests/frozen depends on them: what is here is only added to.
class EverySort
{
public:
    static uint32_t addSeries(Batch &batch, const Labels &labels, Kind kind)
    {
        batch.series.push_back({labels.key(), kind, false, batch.itemCount});
        return uint32_t(batch.series.size() - 1);
    }

    static void addFloat(Batch &batch, uint32_t series, int64_t timestampMs, double value)
    {
        batch.floats.push_back({series, timestampMs, value, batch.itemCount++});
    }

    static void addHistogram(Batch &batch, uint32_t series, int64_t timestampMs, Histogram value)
    {
        batch.histograms.push_back({series, timestampMs, std::move(value), batch.itemCount++});
    }

    /// One minute of everything there is.
    static Batch minute(int number, int64_t atMs)
    {
        Batch batch;
        const auto n = double(number);
        addFloat(batch, addSeries(batch, {{"__name__", "temperature"}, {"room", "kitchen"}}, Kind::Gauge),
                 atMs, 20 + n / 10);
        addFloat(batch, addSeries(batch, {{"__name__", "requests_total"}, {"job", "shop"}}, Kind::Counter),
                 atMs, number < 60 ? 7 * n : 7 * (n - 60));
        const uint32_t revenue = addSeries(batch, {{"__name__", "revenue"}, {"plan", "pro"}}, Kind::Delta);
        addFloat(batch, revenue, atMs, 0.01);
        addFloat(batch, revenue, atMs, 49);
        addFloat(batch, addSeries(batch, {{"__name__", "load"}, {"unit", "käse \"1\""}}, Kind::Untyped), atMs,
                 std::sqrt(n));
        const uint32_t latency =
            addSeries(batch, {{"__name__", "latency"}, {"route", "/"}}, Kind::Distribution);
        addFloat(batch, latency, atMs, 0.012 * (n + 1));
        addFloat(batch, latency, atMs + 1, 1.5);
        Histogram cumulative(3);
        for (int i = 0; i <= number; i++)
            cumulative.observe(std::exp(double(i % 9) - 4));
        cumulative.observe(-2, n + 1);
        addHistogram(batch, addSeries(batch, {{"__name__", "sizes"}}, Kind::Histogram), atMs, cumulative);
        Histogram bounded = Histogram::withBounds({0.1, 1, 10});
        bounded.addPositive(1, n);
        bounded.setTotals(n, n / 2);
        addHistogram(batch, addSeries(batch, {{"__name__", "bounded"}}, Kind::Histogram), atMs, bounded);
        batch.idempotency = Batch::Idempotency{{uint64_t(number) + 1, 77}, {uint64_t(number) + 1, 78}};
        return batch;
    }

    /// Every odd double, one series per column.
    static Batch oddities(int64_t fromMs)
    {
        Batch batch;
        for (const auto &[name, values] : oddColumns()) {
            const uint32_t series = addSeries(batch, {{"__name__", "odd"}, {"column", name}}, Kind::Gauge);
            for (size_t i = 0; i < std::min<size_t>(values.size(), 130); i++)
                addFloat(batch, series, fromMs + int64_t(i) * 10'000, values[i]);
        }
        return batch;
    }
};

} // namespace plimsoll::test
