#include "server/api/MetricsGathering.h"

namespace plimsoll::api {

namespace {

/// How far before the range a running total's predecessor is looked for.
constexpr int64_t predecessorMs = 3600 * 1000;

TimeRange withPredecessor(TimeRange range) { return {range.fromMs - predecessorMs, range.toMs}; }

} // namespace

MetricsGathering::MetricsGathering(const ReadScope &scope, const MetricsQuery &query, const BucketGrid &grid,
                                   const MetricsQueryLimits &limits)
    : m_scope(scope)
    , m_query(query)
    , m_grid(grid)
    , m_limits(limits)
{
}

Status MetricsGathering::add(const SelectedSeries &series)
{
    Buckets &buckets = m_lines[lineOf(*series.labels)];
    if (m_lines.size() * m_grid.size() > m_limits.maxBucketsInAll)
        return tooManyLines();
    if (buckets.empty())
        buckets.resize(m_grid.size());
    const StoredRange stored = StoredRange::of(m_scope.reader.coverage(series.id), m_grid.range());
    m_stored.add(stored);
    m_rows.clear();
    if (stored.samples.fromMs > m_grid.range().fromMs) {
        if (Status read = addRollups(series, stored, buckets); !read)
            return read;
    }
    if (stored.samples.spanMs() > 0) {
        if (Status read = addSamples(series, stored.samples, buckets); !read)
            return read;
    }
    return m_samples <= m_limits.maxSamples ? Status() : tooManySamples();
}

Labels MetricsGathering::lineOf(const Labels &labels) const
{
    Labels line;
    for (const std::string &name : m_query.labels)
        line.set(name, labels.value(name));
    return line;
}

Status MetricsGathering::addRollups(const SelectedSeries &series, const StoredRange &stored, Buckets &buckets)
{
    if (Status read = readRollups(m_scope, series.id, stored, m_rows); !read)
        return read;
    for (size_t i = 0; i < m_rows.size(); i++)
        addRollup(series.kind, i, buckets);
    return {};
}

/// A stored day of another zone belongs to the day that holds its noon.
void MetricsGathering::addRollup(Kind kind, size_t i, Buckets &buckets)
{
    const int64_t middleMs = m_rows.startsMs[i] + (m_rows.endsMs[i] - m_rows.startsMs[i]) / 2;
    const TimeRange range = m_grid.range();
    const size_t place = m_grid.bucketOf(std::clamp(middleMs, range.fromMs, range.toMs - 1));
    BucketFigures &bucket = buckets[place];
    m_samples++;
    m_foreignDays = m_foreignDays || m_rows.startsMs[i] < m_grid.startMs(place) ||
                    m_rows.endsMs[i] > m_grid.startMs(place + 1);
    if (holdsHistograms(kind))
        return bucket.addObservations(m_rows.histograms[i]);
    if (kind != Kind::Counter)
        return bucket.addSpan(m_rows.counts[i], m_rows.exactSum(i), m_rows.mins[i], m_rows.maxs[i]);
    double increase = m_rows.increases[i];
    if (i > 0)
        increase += m_rows.firsts[i] < m_rows.lasts[i - 1] ? m_rows.firsts[i]
                                                           : m_rows.firsts[i] - m_rows.lasts[i - 1];
    bucket.addTotals(m_rows.counts[i], m_rows.mins[i], m_rows.maxs[i], increase);
}

Status MetricsGathering::addSamples(const SelectedSeries &series, TimeRange range, Buckets &buckets)
{
    switch (series.kind) {
    case Kind::Counter:
        return addCounter(series.id, range, buckets);
    case Kind::Histogram:
        return addCumulativeHistogram(series.id, range, buckets);
    case Kind::Distribution:
        return addDistribution(series.id, range, buckets);
    default:
        return addFloats(series.id, range, buckets);
    }
}

Status MetricsGathering::addFloats(SeriesId series, TimeRange range, Buckets &buckets)
{
    return m_scope.eachFloat(series, range,
                             [&](int64_t t, double value) { bucketAt(buckets, t).addValue(value); });
}

/// Where rollups stand before the samples, the last of them tells the total that the first sample rose from.
Status MetricsGathering::addCounter(SeriesId series, TimeRange range, Buckets &buckets)
{
    std::optional<double> earlier;
    if (m_rows.size() > 0)
        earlier = m_rows.lasts.back();
    const TimeRange read = earlier ? range : withPredecessor(range);
    return m_scope.eachFloat(series, read, [&](int64_t t, double value) {
        if (t >= range.fromMs) {
            BucketFigures &bucket = bucketAt(buckets, t);
            bucket.addTotal(value);
            if (earlier)
                bucket.addIncrease(*earlier, value);
        }
        earlier = value;
    });
}

/// Buckets that are wider than the engine's chunks are merged by the engine, which need not read each sample.
Status MetricsGathering::addDistribution(SeriesId series, TimeRange range, Buckets &buckets)
{
    if (m_grid.resolution() != Resolution::Day)
        return m_scope.eachHistogram(series, range, [&](int64_t t, const Histogram &observations) {
            bucketAt(buckets, t).addObservations(observations);
        });
    for (size_t i = m_grid.bucketOf(range.fromMs); i < m_grid.size(); i++) {
        TimeRange part = m_grid.rangeOf(i);
        part.fromMs = std::max(part.fromMs, range.fromMs);
        const auto merged = m_scope.merged(series, part);
        if (!merged)
            return merged.error();
        buckets[i].addObservations(*merged);
    }
    return {};
}

Status MetricsGathering::addCumulativeHistogram(SeriesId series, TimeRange range, Buckets &buckets)
{
    std::optional<Histogram> earlier;
    if (m_rows.size() > 0)
        earlier = m_rows.lastHistograms.back();
    const TimeRange read = earlier ? range : withPredecessor(range);
    return m_scope.eachHistogram(series, read, [&](int64_t t, const Histogram &total) {
        if (t >= range.fromMs && earlier) {
            Histogram increase = total;
            if (total.count() >= earlier->count())
                increase.subtract(*earlier);
            bucketAt(buckets, t).addObservations(increase);
        }
        earlier = total;
    });
}

BucketFigures &MetricsGathering::bucketAt(Buckets &buckets, int64_t timestampMs)
{
    m_samples++;
    return buckets[m_grid.bucketOf(timestampMs)];
}

Error MetricsGathering::tooManyLines() const
{
    return {ErrorCode::Unprocessable,
            "That is more than " + std::to_string(m_limits.maxBucketsInAll) + " buckets in all.",
            "Group by fewer labels, ask for a shorter range, or for a wider bucket."};
}

Error MetricsGathering::tooManySamples() const
{
    return {ErrorCode::Unprocessable,
            "That reads more than " + std::to_string(m_limits.maxSamples) + " samples.",
            "Ask for a shorter range, or narrow it with where=label=value."};
}

} // namespace plimsoll::api
