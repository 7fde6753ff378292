#include "storage/engine/Columns.h"

#include "storage/model/ExactSum.h"

#include <algorithm>
#include <numeric>

namespace plimsoll {

namespace {

bool risesStrictly(const std::vector<int64_t> &times)
{
    bool rises = true; // without a way out, so that it looks at several at a time
    for (size_t i = 1; i < times.size(); i++)
        rises &= times[i - 1] < times[i];
    return rises;
}

/// The positions of samples, by time and then by arrival.
std::vector<size_t> orderOf(const std::vector<int64_t> &times)
{
    std::vector<size_t> order(times.size());
    std::iota(order.begin(), order.end(), size_t(0));
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return times[a] < times[b]; });
    return order;
}

double combine(std::span<const size_t> positions, const std::vector<double> &values, Kind kind)
{
    if (!addsUp(kind) || positions.size() == 1)
        return values[positions.back()];
    ExactSum sum;
    for (const size_t position : positions)
        sum.add(values[position]);
    return sum.value();
}

Histogram combine(std::span<const size_t> positions, std::vector<Histogram> &values, Kind kind)
{
    if (!addsUp(kind))
        return std::move(values[positions.back()]);
    Histogram merged = std::move(values[positions.front()]);
    for (const size_t position : positions.subspan(1))
        merged.merge(values[position]);
    return merged;
}

template<typename Columns>
void normalizeAny(Columns &columns, Kind kind)
{
    if (risesStrictly(columns.timestampsMs))
        return;
    const std::vector<size_t> order = orderOf(columns.timestampsMs);
    Columns result;
    for (size_t start = 0, end = 0; start < order.size(); start = end) {
        const int64_t time = columns.timestampsMs[order[start]];
        while (end < order.size() && columns.timestampsMs[order[end]] == time)
            end++;
        result.timestampsMs.push_back(time);
        result.values.push_back(combine(std::span(order).subspan(start, end - start), columns.values, kind));
    }
    columns = std::move(result);
}

template<typename Columns>
void clipAny(Columns &columns, int64_t fromMs, int64_t toMs)
{
    auto &times = columns.timestampsMs;
    const auto end = std::upper_bound(times.begin(), times.end(), toMs) - times.begin();
    times.resize(static_cast<size_t>(end));
    columns.values.resize(static_cast<size_t>(end));
    const auto start = std::lower_bound(times.begin(), times.end(), fromMs) - times.begin();
    times.erase(times.begin(), times.begin() + start);
    columns.values.erase(columns.values.begin(), columns.values.begin() + start);
}

} // namespace

void normalize(FloatColumns &columns, Kind kind) { normalizeAny(columns, kind); }
void normalize(HistogramColumns &columns, Kind kind) { normalizeAny(columns, kind); }
void clip(FloatColumns &columns, int64_t fromMs, int64_t toMs) { clipAny(columns, fromMs, toMs); }
void clip(HistogramColumns &columns, int64_t fromMs, int64_t toMs) { clipAny(columns, fromMs, toMs); }

} // namespace plimsoll
