#include "storage/query/RollupFeed.h"

#include <algorithm>
#include <cmath>

namespace plimsoll::promql {

namespace {

constexpr int64_t hourSpanMs = 3'600'000;
constexpr int64_t longestDayMs = 25 * hourSpanMs;

bool endsHour(int64_t timestampMs) { return (timestampMs + 1) % hourSpanMs == 0; }

int64_t hourBefore(int64_t timestampMs)
{
    const int64_t rest = timestampMs % hourSpanMs;
    return timestampMs - (rest < 0 ? rest + hourSpanMs : rest);
}

/// Hours, and days where hours are gone as well. True where days are among them.
bool read(Context &context, SeriesId series, int64_t fromMs, int64_t toMs, uint8_t parts, RollupColumns &rows)
{
    rows.clear();
    const Coverage coverage = context.reader.coverage(series);
    RollupColumns days;
    Status done;
    if (fromMs < coverage.hoursFromMs) {
        done = context.reader.readDays(series, fromMs, std::min(toMs, coverage.hoursFromMs - 1), days);
        if (days.size() > 0)
            fromMs = std::max(coverage.hoursFromMs, days.endsMs.back());
    }
    if (done && fromMs <= toMs)
        done = context.reader.readHours(series, hourBefore(fromMs), toMs, parts, rows);
    if (!done)
        context.fail(done.error());
    if (days.size() > 0) {
        days.append(rows);
        std::swap(rows, days);
    }
    context.countSamples(rows.size());
    context.proceed();
    return days.size() > 0 || (rows.size() > 0 && rows.endsMs.front() - rows.startsMs.front() > hourSpanMs);
}

void inform(Context &context, bool days, Position position)
{
    context.inform(days
                       ? "samples of this time were dropped, the answer is made from daily and hourly rollups"
                       : "samples of this time were dropped, the answer is made from hourly rollups",
                   position);
}

uint8_t partsOf(RollupUse use)
{
    switch (use) {
    case RollupUse::Sums:
    case RollupUse::Averages:
        return rollupSums;
    case RollupUse::Lows:
    case RollupUse::Highs:
        return rollupExtremes;
    default:
        return rollupEnds;
    }
}

/// One sample for each row, at its start; it lies in each window that its span touches. The columns are taken
/// out of the rows, which get the memory of those before; `values` is one of theirs.
void takeSpans(RangeSeries &series, RollupColumns &rows, std::vector<double> &values)
{
    std::swap(series.floats.timestampsMs, rows.startsMs);
    std::swap(series.leaveMs, rows.endsMs);
    std::swap(series.floats.values, values);
    for (int64_t &timestampMs : series.floats.timestampsMs)
        timestampMs++;
    for (int64_t &leaveMs : series.leaveMs)
        leaveMs--;
}

void takeAverages(RangeSeries &series, RollupColumns &rows)
{
    for (size_t i = 0; i < rows.size(); i++)
        rows.sums[i] /= rows.counts[i];
    takeSpans(series, rows, rows.sums);
}

void addPair(RangeSeries &series, const RollupColumns &rows, size_t i, double first, double last)
{
    const int64_t firstMs = std::max(rows.firstTimesMs[i], rows.startsMs[i] + 1);
    series.floats.timestampsMs.insert(series.floats.timestampsMs.end(),
                                      {firstMs, std::max(rows.lastTimesMs[i], firstMs + 1)});
    series.floats.values.insert(series.floats.values.end(), {first, last});
    series.enterMs.insert(series.enterMs.end(), 2, rows.startsMs[i] + 1);
    series.leaveMs.insert(series.leaveMs.end(), 2, rows.endsMs[i] - 1);
}

void addEnds(RangeSeries &series, const RollupColumns &rows)
{
    for (size_t i = 0; i < rows.size(); i++)
        addPair(series, rows, i, rows.firsts[i], rows.lasts[i]);
}

/// A counter that never resets and has the stored increases; at its end it meets the true one.
void addCounter(RangeSeries &series, const RollupColumns &rows)
{
    if (rows.size() == 0 || std::isnan(rows.increases.front()))
        return addEnds(series, rows);
    double total = 0;
    for (size_t i = 0; i < rows.size(); i++) {
        if (i > 0)
            total += rows.firsts[i] < rows.lasts[i - 1] ? rows.firsts[i] : rows.firsts[i] - rows.lasts[i - 1];
        const double first = total;
        total += rows.increases[i];
        addPair(series, rows, i, first, total);
    }
    const double shift = rows.lasts.back() - total;
    for (double &value : series.floats.values)
        value += shift;
}

void addHistogram(RangeSeries &series, const RollupColumns &rows, size_t i, Histogram histogram,
                  int64_t timeMs)
{
    series.histograms.timestampsMs.push_back(timeMs);
    series.histograms.values.push_back(std::move(histogram));
    series.histogramEnterMs.push_back(rows.startsMs[i] + 1);
    series.histogramLeaveMs.push_back(rows.endsMs[i] - 1);
}

/// Of a cumulative histogram a pair of states for each row, which differ by the stored increase.
void addHistograms(RangeSeries &series, const RollupColumns &rows)
{
    Histogram total;
    for (size_t i = 0; i < rows.histograms.size(); i++) {
        if (i >= rows.firstHistograms.size()) {
            addHistogram(series, rows, i, rows.histograms[i], rows.startsMs[i] + 1);
            continue;
        }
        if (i == 0) {
            total = rows.firstHistograms[i];
        } else if (!total.mixesWith(rows.firstHistograms[i])) {
            Histogram step = rows.firstHistograms[i];
            if (step.count() >= rows.lastHistograms[i - 1].count())
                step.subtract(rows.lastHistograms[i - 1]);
            total.merge(step);
        }
        const int64_t firstMs = std::max(rows.firstTimesMs[i], rows.startsMs[i] + 1);
        addHistogram(series, rows, i, total, firstMs);
        if (!total.mixesWith(rows.histograms[i]))
            total.merge(rows.histograms[i]);
        addHistogram(series, rows, i, total, std::max(rows.lastTimesMs[i], firstMs + 1));
    }
}

bool givesTheSame(RollupUse use, Kind kind)
{
    switch (use) {
    case RollupUse::Sums:
    case RollupUse::Lows:
    case RollupUse::Highs:
        return kind != Kind::Histogram && kind != Kind::Distribution;
    case RollupUse::Counter:
        return kind == Kind::Delta || kind == Kind::Distribution;
    default:
        return false;
    }
}

} // namespace

RollupFeed::RollupFeed(Context &context, const std::vector<int64_t> &ends, int64_t rangeMs, RollupUse use)
    : m_context(context)
    , m_use(use)
    , m_aligned(rangeMs > 0 && rangeMs % hourSpanMs == 0 && std::ranges::all_of(ends, endsHour))
{
}

bool RollupFeed::takes(const SelectedStream &stream, int64_t fromMs) const
{
    const SeriesId id = stream.floats ? stream.floats : stream.histograms;
    const Coverage coverage = m_context.reader.coverage(id);
    if (fromMs < coverage.samplesFromMs)
        return true;
    const bool keepsHours = coverage.samplesFromMs != INT64_MIN || coverage.hasHours;
    return m_aligned && keepsHours && givesTheSame(m_use, stream.kind);
}

void RollupFeed::fill(const SelectedStream &stream, int64_t fromMs, int64_t toMs, Position position,
                      RangeSeries &series)
{
    series.clearSamples();
    RollupColumns &rows = m_rows;
    bool days = false;
    if (stream.histograms) {
        days = read(m_context, stream.histograms, fromMs, toMs, rollupHistograms | rollupEnds, rows);
        addHistograms(series, rows);
    }
    const RollupUse use = stream.kind == Kind::Delta && m_use == RollupUse::Counter ? RollupUse::Sums : m_use;
    if (stream.floats) {
        days = read(m_context, stream.floats, fromMs, toMs, partsOf(use), rows) || days;
        switch (use) {
        case RollupUse::Sums:
            takeSpans(series, rows, rows.sums);
            std::swap(series.weights, rows.counts);
            break;
        case RollupUse::Averages:
            takeAverages(series, rows);
            break;
        case RollupUse::Lows:
            takeSpans(series, rows, rows.mins);
            break;
        case RollupUse::Highs:
            takeSpans(series, rows, rows.maxs);
            break;
        case RollupUse::Counter:
            addCounter(series, rows);
            break;
        case RollupUse::Ends:
            addEnds(series, rows);
            break;
        }
    }
    const SeriesId id = stream.floats ? stream.floats : stream.histograms;
    if (fromMs < m_context.reader.coverage(id).samplesFromMs)
        inform(m_context, days, position);
}

bool RollupFeed::takesInstants(Context &context, const SelectedStream &stream, int64_t fromMs)
{
    const SeriesId id = stream.floats ? stream.floats : stream.histograms;
    return fromMs < context.reader.coverage(id).samplesFromMs;
}

int64_t RollupFeed::fillInstants(Context &context, const SelectedStream &stream, int64_t fromMs, int64_t toMs,
                                 Position position, StreamSamples &samples)
{
    samples.floats.clear();
    samples.histograms.clear();
    RollupColumns rows;
    bool days = false;
    if (stream.floats) {
        const bool delta = stream.kind == Kind::Delta;
        days = read(context, stream.floats, fromMs - (delta ? 0 : hourSpanMs), toMs,
                    rollupEnds | (delta ? rollupSums : 0), rows);
        samples.floats.timestampsMs = rows.lastTimesMs;
        samples.floats.values = delta ? rows.sums : rows.lasts;
    }
    if (stream.histograms) {
        const bool cumulative = stream.kind == Kind::Histogram;
        days = read(context, stream.histograms, fromMs - (cumulative ? hourSpanMs : 0), toMs,
                    rollupEnds | rollupHistograms, rows);
        samples.histograms.timestampsMs = rows.lastTimesMs;
        samples.histograms.values = cumulative ? rows.lastHistograms : rows.histograms;
    }
    inform(context, days, position);
    return days ? longestDayMs : hourSpanMs;
}

} // namespace plimsoll::promql
