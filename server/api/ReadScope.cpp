#include "server/api/ReadScope.h"

#include "storage/model/Staleness.h"

#include <algorithm>
#include <cmath>

namespace plimsoll::api {

namespace {

constexpr int64_t hourMs = 3600 * 1000;
constexpr int64_t floatSliceMs = 7 * 24 * hourMs;
constexpr int64_t histogramSliceMs = 6 * hourMs;
/// How far back newest values are looked for, step by step.
constexpr int64_t lookbacksMs[] = {5 * 60'000, 3 * hourMs, 24 * hourMs};

/// The slice of `range` that begins at `fromMs` and ends at a multiple of `sliceMs`, as inclusive bounds.
TimeRange sliceAt(int64_t fromMs, TimeRange range, int64_t sliceMs)
{
    const int64_t remainder = ((fromMs % sliceMs) + sliceMs) % sliceMs;
    return {fromMs, std::min(range.toMs, fromMs - remainder + sliceMs)};
}

template<typename Columns, typename Read, typename Visit>
Status walk(const ReadScope &scope, TimeRange range, int64_t sliceMs, Read read, Visit visit)
{
    Columns columns;
    for (int64_t from = range.fromMs; from < range.toMs;) {
        const TimeRange slice = sliceAt(from, range, sliceMs);
        if (const Status alive = scope.alive(); !alive)
            return alive;
        if (const Status done = read(slice.fromMs, slice.toMs - 1, columns); !done)
            return done;
        for (size_t i = 0; i < columns.size(); i++)
            visit(columns.timestampsMs[i], columns.values[i]);
        from = slice.toMs;
    }
    return {};
}

/// Calls `read(from, to)` with growing ranges that end where `range` ends, until it says that it found
/// something.
template<typename Read>
Status widen(TimeRange range, Read read)
{
    for (const int64_t lookback : lookbacksMs) {
        if (lookback >= range.spanMs())
            break;
        const Result<bool> found = read(range.toMs - lookback, range.toMs - 1);
        if (!found)
            return found.error();
        if (*found)
            return {};
    }
    const Result<bool> found = read(range.fromMs, range.toMs - 1);
    return found ? Status() : Status(found.error());
}

} // namespace

Result<std::vector<SelectedSeries>> ReadScope::select(std::string_view metric, std::span<const Matcher> more,
                                                      TimeRange range) const
{
    std::vector<Matcher> matchers{{std::string(nameLabel), Matcher::Op::Equal, std::string(metric)}};
    matchers.insert(matchers.end(), more.begin(), more.end());
    return reader.select(project, matchers, range.fromMs, range.toMs - 1);
}

Result<std::vector<SelectedSeries>> ReadScope::selectAll(TimeRange range) const
{
    const Matcher any[] = {{std::string(nameLabel), Matcher::Op::NotEqual, ""}};
    return reader.select(project, any, range.fromMs, range.toMs - 1);
}

Status ReadScope::alive() const
{
    if (cancelled.load(std::memory_order_relaxed))
        return Error{ErrorCode::Cancelled, "The request was cancelled.", {}};
    if (std::chrono::steady_clock::now() > deadline)
        return Error{ErrorCode::Timeout, "That took longer than 30 s.",
                     "Ask for a shorter range or fewer series."};
    return {};
}

Status ReadScope::eachFloat(SeriesId series, TimeRange range,
                            const std::function<void(int64_t, double)> &visit) const
{
    const auto read = [&](int64_t from, int64_t to, FloatColumns &out) {
        return reader.readFloats(series, from, to, out);
    };
    return walk<FloatColumns>(*this, range, floatSliceMs, read, [&](int64_t t, double value) {
        if (!std::isnan(value))
            visit(t, value);
    });
}

Status ReadScope::eachHistogram(SeriesId series, TimeRange range,
                                const std::function<void(int64_t, const Histogram &)> &visit) const
{
    const auto read = [&](int64_t from, int64_t to, HistogramColumns &out) {
        return reader.readHistograms(series, from, to, out);
    };
    return walk<HistogramColumns>(*this, range, histogramSliceMs, read, visit);
}

Result<Histogram> ReadScope::merged(SeriesId series, TimeRange range) const
{
    if (const Status asked = alive(); !asked)
        return asked.error();
    return reader.histogramBetween(series, range.fromMs, range.toMs - 1);
}

Result<std::optional<Sample>> newestFloat(const ReadScope &scope, SeriesId series, TimeRange range,
                                          IfEnded ifEnded)
{
    std::optional<Sample> newest;
    bool ended = false;
    FloatColumns columns;
    const Status done = widen(range, [&](int64_t from, int64_t to) -> Result<bool> {
        if (const Status read = scope.reader.readFloats(series, from, to, columns); !read)
            return read.error();
        for (size_t i = columns.size(); i-- > 0 && !newest && !ended;) {
            ended = ifEnded == IfEnded::Nothing && isStale(columns.values[i]);
            if (!std::isnan(columns.values[i]))
                newest = Sample{columns.timestampsMs[i], columns.values[i]};
        }
        return ended || newest.has_value();
    });
    return done ? Result<std::optional<Sample>>(newest) : done.error();
}

Result<std::optional<HistogramSample>> newestHistogram(const ReadScope &scope, SeriesId series,
                                                       TimeRange range)
{
    std::optional<HistogramSample> newest;
    HistogramColumns columns;
    const Status done = widen(range, [&](int64_t from, int64_t to) -> Result<bool> {
        if (const Status read = scope.reader.readHistograms(series, from, to, columns); !read)
            return read.error();
        if (columns.size() > 0)
            newest = HistogramSample{columns.timestampsMs.back(), std::move(columns.values.back())};
        return newest.has_value();
    });
    return done ? Result<std::optional<HistogramSample>>(std::move(newest)) : done.error();
}

} // namespace plimsoll::api
