#include "storage/query/InstantColumns.h"

#include "storage/model/ExactSum.h"
#include "storage/query/ExtendedRange.h"
#include "storage/query/RollupFeed.h"

#include <algorithm>

namespace plimsoll::promql {

namespace {

/// The newest sample at each step, or nothing where it is too old or a staleness marker.
class Lookback
{
public:
    Lookback(const StreamSamples &samples, int64_t lookbackMs)
        : m_samples(samples)
        , m_lookbackMs(lookbackMs)
    {
    }

    void fill(Column &column, const std::vector<int64_t> &times, bool sampleTimes)
    {
        const auto &floatTimes = m_samples.floats.timestampsMs;
        const auto &histogramTimes = m_samples.histograms.timestampsMs;
        size_t floats = 0;
        size_t histograms = 0;
        for (size_t step = 0; step < times.size(); step++) {
            while (floats < floatTimes.size() && floatTimes[floats] <= times[step])
                floats++;
            while (histograms < histogramTimes.size() && histogramTimes[histograms] <= times[step])
                histograms++;
            const int64_t floatMs = floats > 0 ? floatTimes[floats - 1] : INT64_MIN;
            const int64_t histogramMs = histograms > 0 ? histogramTimes[histograms - 1] : INT64_MIN;
            const int64_t newestMs = std::max(floatMs, histogramMs);
            if (newestMs == INT64_MIN || newestMs <= times[step] - m_lookbackMs)
                continue;
            if (histogramMs > floatMs)
                fillHistogram(column, step, histograms - 1, sampleTimes);
            else if (!isStale(m_samples.floats.values[floats - 1]))
                column.values[step] =
                    sampleTimes ? static_cast<double>(floatMs) / 1000 : m_samples.floats.values[floats - 1];
        }
    }

private:
    void fillHistogram(Column &column, size_t step, size_t index, bool sampleTimes)
    {
        if (isStale(m_samples.histograms.values[index].sum()))
            return;
        if (sampleTimes) {
            column.values[step] = static_cast<double>(m_samples.histograms.timestampsMs[index]) / 1000;
            return;
        }
        if (!m_shared || m_sharedIndex != index)
            m_shared = std::make_shared<Histogram>(m_samples.histograms.values[index]);
        m_sharedIndex = index;
        column.setHistogram(step, m_shared);
    }

    const StreamSamples &m_samples;
    int64_t m_lookbackMs;
    HistogramPtr m_shared;
    size_t m_sharedIndex = 0;
};

/// The running total of increments at each step, from when the series began.
void fillRunningTotal(Context &context, const SelectedStream &stream, const FloatColumns &samples,
                      int64_t fromMs, const std::vector<int64_t> &times, Column &column)
{
    ExactSum total;
    if (stream.begunBefore) {
        const auto before = context.reader.totalBefore(stream.floats, fromMs);
        if (!before)
            return context.fail(before.error());
        total.add(*before);
    }
    size_t next = 0;
    double value = total.value();
    column.decimal = true;
    for (size_t step = 0; step < times.size(); step++) {
        const size_t first = next;
        for (; next < samples.size() && samples.timestampsMs[next] <= times[step]; next++) {
            if (!isStale(samples.values[next]))
                total.add(samples.values[next]);
        }
        if (next != first)
            value = total.value();
        if (stream.begunBefore || next > 0)
            column.values[step] = value;
    }
}

void fillRunningHistogram(Context &context, const SelectedStream &stream, const HistogramColumns &samples,
                          int64_t fromMs, const std::vector<int64_t> &times, Column &column)
{
    Histogram total;
    bool begun = false;
    if (stream.begunBefore) {
        auto before = context.reader.histogramBefore(stream.histograms, fromMs);
        if (!before)
            return context.fail(before.error());
        total = std::move(*before);
        begun = true;
    }
    HistogramPtr shared = begun ? std::make_shared<Histogram>(total) : nullptr;
    size_t next = 0;
    for (size_t step = 0; step < times.size(); step++) {
        const size_t first = next;
        for (; next < samples.size() && samples.timestampsMs[next] <= times[step]; next++) {
            if (!begun)
                total = samples.values[next];
            else if (!total.mixesWith(samples.values[next]))
                total.merge(samples.values[next]);
            begun = true;
        }
        if (next != first)
            shared = std::make_shared<Histogram>(total);
        if (shared)
            column.setHistogram(step, shared);
    }
}

int64_t floorTo(int64_t value, int64_t unit)
{
    const int64_t rest = value % unit;
    return value - (rest < 0 ? rest + unit : rest);
}

} // namespace

InstantColumns::InstantColumns(Context &context, const VectorSelector &selector, std::vector<int64_t> times,
                               bool sampleTimes)
    : m_context(context)
    , m_times(std::move(times))
    , m_sampleTimes(sampleTimes)
    , m_smoothed(selector.bounds == VectorSelector::Bounds::Smoothed)
    , m_lookbackMs(context.limits.lookbackMs)
    , m_fromMs(m_times.front() - m_lookbackMs + 1)
    , m_toMs(m_times.back() + (m_smoothed ? m_lookbackMs : 0))
    , m_streams(selectStreams(context, selector, m_fromMs, m_toMs, !sampleTimes))
{
}

void InstantColumns::each(const ColumnLine::Take &take) const
{
    const ColumnLine::Maker maker = [this](Context &context) -> ColumnLine::Make {
        return [this, &context, samples = StreamSamples()](size_t index, Column &column) mutable {
            return make(context, index, samples, column);
        };
    };
    ColumnLine::run(m_context, m_streams.size(), isOneInstant(), maker, take);
}

/// Of a single instant the newest sample is enough, unless increments are summed up.
void InstantColumns::read(Context &context, const SelectedStream &stream, StreamSamples &samples) const
{
    const bool newest =
        isOneInstant() && !m_smoothed && !stream.histograms && (m_sampleTimes || !addsUp(stream.kind));
    if (newest)
        readNewest(context, stream, m_fromMs, m_toMs, samples);
    else
        readStream(context, stream, m_fromMs, m_toMs, samples);
}

bool InstantColumns::make(Context &context, size_t index, StreamSamples &samples, Column &column) const
{
    const SelectedStream &stream = m_streams[index];
    int64_t reachMs = m_lookbackMs;
    int64_t totalsFromMs = m_fromMs;
    if (RollupFeed::takesInstants(context, stream, m_fromMs)) {
        totalsFromMs = floorTo(m_fromMs, 3'600'000);
        reachMs = std::max(m_lookbackMs, RollupFeed::fillInstants(context, stream, totalsFromMs,
                                                                  m_times.back(), Position{}, samples));
    } else {
        read(context, stream, samples);
    }
    if (context.failed())
        return false;
    column.restart(stream.labels, m_times.size());
    if (m_smoothed && !m_sampleTimes && !addsUp(stream.kind))
        fillSmoothed(context, samples, m_times, column);
    else if (m_sampleTimes || !addsUp(stream.kind))
        Lookback(samples, reachMs).fill(column, m_times, m_sampleTimes);
    else if (stream.floats)
        fillRunningTotal(context, stream, samples.floats, totalsFromMs, m_times, column);
    else
        fillRunningHistogram(context, stream, samples.histograms, totalsFromMs, m_times, column);
    return !column.empty();
}

} // namespace plimsoll::promql
