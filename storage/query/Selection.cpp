#include "storage/query/Selection.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

namespace plimsoll::promql {

namespace {

/// Long before any sample, yet far enough from the smallest number to compute with.
constexpr int64_t beginningOfTime = std::numeric_limits<int64_t>::min() / 4;

std::vector<SelectedSeries> select(Context &context, const VectorSelector &selector, int64_t fromMs,
                                   int64_t toMs)
{
    auto selected = context.reader.select(context.project, selector.matchers, fromMs, toMs);
    if (selected)
        return std::move(*selected);
    context.fail(selected.error());
    return {};
}

/// Adds the delta and distribution series that began before; a metric has one kind, which saves most second
/// looks.
void addBegun(Context &context, const VectorSelector &selector, int64_t fromMs,
              std::vector<SelectedSeries> &series, std::unordered_set<SeriesId> &begun)
{
    if (!series.empty() && !addsUp(series.front().kind) && namesOneMetric(selector))
        return;
    std::unordered_set<SeriesId> known;
    for (const auto &one : series)
        known.insert(one.id);
    const size_t sortedCount = series.size();
    for (auto &one : select(context, selector, beginningOfTime, fromMs - 1)) {
        if (!addsUp(one.kind))
            continue;
        begun.insert(one.id);
        if (!known.contains(one.id))
            series.push_back(std::move(one));
    }
    const auto byLabels = [](const SelectedSeries &a, const SelectedSeries &b) {
        return *a.labels < *b.labels;
    };
    std::inplace_merge(series.begin(), series.begin() + static_cast<ptrdiff_t>(sortedCount), series.end(),
                       byLabels);
}

} // namespace

bool namesOneMetric(const VectorSelector &selector)
{
    return std::ranges::any_of(selector.matchers, [](const Matcher &matcher) {
        return matcher.name == nameLabel && matcher.op == Matcher::Op::Equal;
    });
}

std::vector<SelectedStream> selectStreams(Context &context, const VectorSelector &selector, int64_t fromMs,
                                          int64_t toMs, bool withBegun)
{
    auto series = select(context, selector, fromMs, toMs);
    std::unordered_set<SeriesId> begun;
    if (withBegun)
        addBegun(context, selector, fromMs, series, begun);
    std::vector<SelectedStream> streams;
    streams.reserve(series.size());
    for (auto &one : series) {
        const bool mayContinue = !streams.empty() && (holdsHistograms(one.kind) ? streams.back().histograms
                                                                                : streams.back().floats) == 0;
        const bool continues = mayContinue && *streams.back().labels == *one.labels;
        if (!continues)
            streams.push_back({std::move(one.labels), one.kind, 0, 0, false});
        SelectedStream &stream = streams.back();
        (holdsHistograms(one.kind) ? stream.histograms : stream.floats) = one.id;
        stream.begunBefore = stream.begunBefore || begun.contains(one.id);
    }
    context.countSelected(streams.size());
    context.proceed();
    return streams;
}

void readStream(Context &context, const SelectedStream &stream, int64_t fromMs, int64_t toMs,
                StreamSamples &out)
{
    out.floats.clear();
    out.histograms.clear();
    Status status;
    if (stream.floats)
        status = context.reader.readFloats(stream.floats, fromMs, toMs, out.floats);
    if (status && stream.histograms)
        status = context.reader.readHistograms(stream.histograms, fromMs, toMs, out.histograms);
    if (!status)
        context.fail(status.error());
    context.countSamples(out.floats.size() + out.histograms.size());
    context.proceed();
}

void readNewest(Context &context, const SelectedStream &stream, int64_t fromMs, int64_t toMs,
                StreamSamples &out)
{
    out.histograms.clear();
    const Status status = context.reader.readNewestFloat(stream.floats, fromMs, toMs, out.floats);
    if (!status)
        context.fail(status.error());
    context.countSamples(out.floats.size());
}

} // namespace plimsoll::promql
