#include "storage/engine/rollup/DayRow.h"

#include "storage/model/Varint.h"

namespace plimsoll {

namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

Error corrupt()
{
    return {ErrorCode::Corrupt, "A stored day is damaged.", "Run plimsoll doctor on the data directory."};
}

void appendHistogram(std::string &out, const Histogram &histogram)
{
    const std::string bytes = histogram.encode();
    appendVarint(out, bytes.size());
    out += bytes;
}

Result<Histogram> takeHistogram(std::string_view &bytes)
{
    const auto size = takeVarint(bytes);
    if (!size || *size > bytes.size())
        return corrupt();
    auto histogram = Histogram::decode(bytes.substr(0, *size));
    bytes.remove_prefix(*size);
    return histogram;
}

Result<RollupHistograms> takeHistograms(std::string_view bytes)
{
    RollupHistograms result;
    auto merged = takeHistogram(bytes);
    if (!merged)
        return merged.error();
    result.merged = std::move(*merged);
    if (bytes.empty())
        return result;
    auto first = takeHistogram(bytes);
    auto last = first ? takeHistogram(bytes) : first;
    if (!last || !bytes.empty())
        return corrupt();
    result.first = std::move(*first);
    result.last = std::move(*last);
    return result;
}

} // namespace

Result<RollupRow> rowOf(const StoredDay &day)
{
    RollupRow row;
    row.startMs = row.firstMs = day.startMs;
    row.lastMs = day.endMs - 1;
    row.count = day.count;
    row.min = day.min;
    row.max = day.max;
    row.first = day.first;
    row.last = day.last;
    row.increase = day.increase;
    std::string_view bytes = day.exactSum;
    const auto sum = ExactSum::take(bytes);
    if (!sum)
        return corrupt();
    row.sum = *sum;
    if (!day.histogram.empty()) {
        auto histograms = takeHistograms(day.histogram);
        if (!histograms)
            return histograms.error();
        row.histograms = std::move(*histograms);
    }
    return row;
}

StoredDay dayOf(SeriesId series, Kind kind, const RollupRow &row, int64_t endMs, const std::string &zone)
{
    StoredDay day;
    day.series = series;
    day.startMs = row.startMs;
    day.endMs = endMs;
    day.zone = zone;
    day.count = row.count;
    ExactSum sum = row.sum;
    day.sum = sum.value();
    day.min = row.min;
    day.max = row.max;
    day.first = row.first;
    day.last = row.last;
    day.increase = kind == Kind::Delta ? day.sum : row.increase;
    day.p50 = day.p95 = day.p99 = nothing;
    if (row.histograms) {
        const Histogram &merged = row.histograms->merged;
        const bool known = merged.min() <= merged.max();
        sum = ExactSum(merged.sum());
        day.sum = day.increase = merged.sum();
        day.min = known ? merged.min() : nothing;
        day.max = known ? merged.max() : nothing;
        day.first = day.last = nothing;
        if (kind == Kind::Distribution)
            day.count = static_cast<uint64_t>(merged.count());
        else
            day.increase = merged.count();
        if (merged.count() > 0) {
            day.p50 = merged.quantile(0.5);
            day.p95 = merged.quantile(0.95);
            day.p99 = merged.quantile(0.99);
        }
        appendHistogram(day.histogram, merged);
        if (row.histograms->first) {
            appendHistogram(day.histogram, *row.histograms->first);
            appendHistogram(day.histogram, *row.histograms->last);
        }
    }
    sum.appendTo(day.exactSum);
    return day;
}

} // namespace plimsoll
