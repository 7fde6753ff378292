#include "server/api/Federation.h"

#include "server/api/PrometheusListings.h"
#include "server/api/TextExposition.h"
#include "storage/model/Staleness.h"

namespace plimsoll::api::prometheus {

namespace {

using State = Result<std::optional<SnapshotSeries>>;

/// Prometheus answers 400, 500 or 503 in text here.
http::Response plainFailure(const Error &error)
{
    http::Response response = http::Response::text(
        QByteArray::fromStdString(error.message + (error.hint.empty() ? "" : " " + error.hint) + '\n'));
    response.status = http::Response::error(error).status;
    return response;
}

State newestFloat(const SeriesReader &reader, const SelectedSeries &series, TimeRange range)
{
    FloatColumns samples;
    if (const Status read = reader.readFloats(series.id, range.fromMs, range.toMs - 1, samples); !read)
        return read.error();
    if (samples.size() == 0 || isStale(samples.values.back()))
        return std::optional<SnapshotSeries>();
    SnapshotSeries state{series.labels, samples.timestampsMs.back(), samples.values.back(), {}};
    if (series.kind == Kind::Delta) {
        const auto total = reader.totalBefore(series.id, range.toMs);
        if (!total)
            return total.error();
        state.value = *total;
    }
    return std::optional(std::move(state));
}

State newestHistogram(const SeriesReader &reader, const SelectedSeries &series, TimeRange range)
{
    HistogramColumns samples;
    if (const Status read = reader.readHistograms(series.id, range.fromMs, range.toMs - 1, samples); !read)
        return read.error();
    if (samples.size() == 0 || isStale(samples.values.back().sum()))
        return std::optional<SnapshotSeries>();
    SnapshotSeries state{series.labels, samples.timestampsMs.back(), 0, std::move(samples.values.back())};
    if (series.kind == Kind::Distribution) {
        auto all = reader.histogramBefore(series.id, range.toMs);
        if (!all)
            return all.error();
        state.histogram = std::move(*all);
    }
    return std::optional(std::move(state));
}

Result<Snapshot> newest(const StopToken &stop, const SeriesReader &reader,
                        const std::vector<SelectedSeries> &all, TimeRange range)
{
    SnapshotGroups groups;
    for (const SelectedSeries &series : all) {
        if (stop.stopped())
            return stop.status().error();
        auto state = holdsHistograms(series.kind) ? newestHistogram(reader, series, range)
                                                  : newestFloat(reader, series, range);
        if (!state)
            return state.error();
        if (!*state)
            continue;
        groups.add(series, std::move(**state));
    }
    return groups.take();
}

} // namespace

http::Response answerFederate(const PrometheusCall &call)
{
    const auto selectors = call.arguments.selectors(true);
    if (!selectors)
        return plainFailure(selectors.error());
    const StopToken stop(&call.cancelled, call.parts.limits.timeoutMs);
    const int64_t nowMs = call.parts.clock.nowMs();
    const TimeRange range{nowMs - call.parts.limits.lookbackMs + 1, nowMs + 1};
    const auto reader = call.parts.readers.openReader();
    const auto all = selectAny(call, *reader, *selectors, range);
    if (!all)
        return plainFailure(all.error());
    const auto snapshot = newest(stop, *reader, *all, range);
    if (!snapshot)
        return plainFailure(snapshot.error());
    const std::string text = writeExposition(*snapshot, SnapshotForm::Text, ShowTimes::Yes);
    const std::string_view type = contentType(SnapshotForm::Text);
    return http::Response::text(QByteArray(text.data(), static_cast<qsizetype>(text.size())),
                                QByteArray(type.data(), static_cast<qsizetype>(type.size())));
}

} // namespace plimsoll::api::prometheus
