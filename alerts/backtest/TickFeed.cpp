#include "alerts/backtest/TickFeed.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace plimsoll::alerts {

namespace {

constexpr uint64_t hopelessTicks = 300; ///< failures from the very first tick on after which it is given up
constexpr int64_t fewestTicks = 60;

int64_t alignedUp(int64_t ms, int64_t stepMs)
{
    const int64_t rest = ((ms % stepMs) + stepMs) % stepMs;
    return rest == 0 ? ms : ms + stepMs - rest;
}

bool tellsOfRollups(const QueryResult &head, std::string_view word)
{
    return std::any_of(head.infos.begin(), head.infos.end(), [word](const std::string &info) {
        return info.find(word) != std::string::npos && info.find("rollups") != std::string::npos;
    });
}

bool endsAll(const Error &error) { return error.code == ErrorCode::Cancelled; }

Error histogramError()
{
    return {ErrorCode::Unprocessable, "`expr` yields a histogram, which has no height.",
            "Use histogram_quantile(0.95, …), histogram_sum(…) or histogram_count(…)."};
}

Error twiceError(const Labels &labels)
{
    return {ErrorCode::Unprocessable, "`expr` yields two series with the labels " + labels.toString() + ".",
            "Select one metric, or aggregate with sum by (…)."};
}

} // namespace

TickFeed::TickFeed(const Options &options, const Condition &condition, const ReaderSource &source,
                   const std::atomic<bool> *cancelled)
    : m_options(options)
    , m_condition(condition)
    , m_source(source)
    , m_cancelled(cancelled)
{
}

Status TickFeed::each(int64_t fromMs, int64_t toMs, const Visit &visit, const Tell &tell)
{
    if (fromMs == toMs)
        return eachOfSlice(fromMs, toMs, visit);
    int64_t atMs = alignedUp(fromMs, m_options.intervalMs);
    const int64_t lastMs = alignedUp(toMs + 1, m_options.intervalMs) - m_options.intervalMs;
    while (atMs <= lastMs) {
        const int64_t endMs = std::min(lastMs, atMs + (m_sliceTicks - 1) * m_options.intervalMs);
        if (Status done = eachOfSlice(atMs, endMs, visit); !done)
            return done;
        atMs = endMs + m_options.intervalMs;
        if (tell && !tell(endMs))
            return Error{ErrorCode::Cancelled, "It was cancelled.", {}};
    }
    return {};
}

/// Slices that fail are halved down to single ticks, so that only the instants that fail live fail here; one
/// that reaches over the time when samples were dropped is cut there.
Status TickFeed::eachOfSlice(int64_t fromMs, int64_t toMs, const Visit &visit)
{
    const int64_t stepMs = m_options.intervalMs;
    const int64_t ticks = (toMs - fromMs) / stepMs + 1;
    Result<Slice> slice = read(fromMs, toMs);
    if (!slice && (endsAll(slice.error()) || ticks == 1))
        return endsAll(slice.error()) ? slice.error() : countFailure(fromMs, slice.error(), visit);
    if (!slice) {
        m_sliceTicks = std::max<int64_t>(fewestTicks, ticks / 2);
        const int64_t middleMs = fromMs + (ticks / 2 - 1) * stepMs;
        if (Status done = eachOfSlice(fromMs, middleMs, visit); !done)
            return done;
        return eachOfSlice(middleMs + stepMs, toMs, visit);
    }
    if (slice->fromRollups && !readsRollups(toMs)) {
        const int64_t cutMs = lastRollupTick(fromMs, toMs);
        if (Status done = eachOfSlice(fromMs, cutMs, visit); !done)
            return done;
        return eachOfSlice(cutMs + stepMs, toMs, visit);
    }
    if (slice->fromRollups)
        m_rollupsUntilMs = toMs;
    m_usedDays = m_usedDays || slice->fromDays;
    walk(*slice, fromMs, toMs, visit);
    adaptSlice(*slice, ticks);
    return {};
}

Result<TickFeed::Slice> TickFeed::read(int64_t fromMs, int64_t toMs) const
{
    Slice slice;
    const auto takeLine = [&slice](const QuerySeries &series) {
        Line line;
        line.labels = series.labels;
        line.labels.remove(nameLabel);
        line.points.reserve(series.points.size());
        for (const QueryPoint &point : series.points)
            line.points.push_back({point.timestampMs, point.value, point.histogram != nullptr});
        slice.points += line.points.size();
        slice.lines.push_back(std::move(line));
        return true;
    };
    const auto takeAll = [&](const QueryAnswer &answer) {
        slice.fromRollups = tellsOfRollups(answer.head(), "hourly");
        slice.fromDays = tellsOfRollups(answer.head(), "daily");
        answer.each(takeLine);
        return Status();
    };
    const std::unique_ptr<SeriesReader> reader = m_source.openReader();
    const Status done =
        m_condition.measured->range(*reader, m_options.project, fromMs, toMs, m_options.intervalMs,
                                    m_options.limits, m_cancelled, takeAll);
    if (!done)
        return done.error();
    if (Status present = readPresence(slice, fromMs, toMs); !present)
        return present.error();
    return slice;
}

/// Where the expression is silent at some ticks and its silence does not tell, its data is asked for as well.
Status TickFeed::readPresence(Slice &slice, int64_t fromMs, int64_t toMs) const
{
    if (!m_condition.presence)
        return {};
    const int64_t stepMs = m_options.intervalMs;
    const auto tickOf = [&](int64_t atMs) { return static_cast<size_t>((atMs - fromMs) / stepMs); };
    std::vector<bool> present(tickOf(toMs) + 1);
    for (const Line &line : slice.lines) {
        for (const Point &point : line.points)
            present[tickOf(point.timestampMs)] = true;
    }
    if (std::find(present.begin(), present.end(), false) == present.end())
        return {};
    const auto mark = [&](const QuerySeries &series) {
        for (const QueryPoint &point : series.points)
            present[tickOf(point.timestampMs)] = true;
        return true;
    };
    const auto markAll = [&](const QueryAnswer &answer) {
        answer.each(mark);
        return Status();
    };
    const std::unique_ptr<SeriesReader> reader = m_source.openReader();
    const Status done = m_condition.presence->range(*reader, m_options.project, fromMs, toMs, stepMs,
                                                    m_options.limits, m_cancelled, markAll);
    slice.dataPresent = std::move(present);
    return done;
}

bool TickFeed::readsRollups(int64_t atMs) const
{
    const Result<Slice> slice = read(atMs, atMs);
    return slice && slice->fromRollups;
}

/// The last tick before `toMs` for which samples are gone; at least the first one, so that halves end.
int64_t TickFeed::lastRollupTick(int64_t fromMs, int64_t toMs) const
{
    const int64_t stepMs = m_options.intervalMs;
    int64_t goneTick = 0;
    int64_t keptTick = (toMs - fromMs) / stepMs;
    while (keptTick - goneTick > 1) {
        const int64_t middle = (goneTick + keptTick) / 2;
        (readsRollups(fromMs + middle * stepMs) ? goneTick : keptTick) = middle;
    }
    return fromMs + goneTick * stepMs;
}

void TickFeed::walk(Slice &slice, int64_t fromMs, int64_t toMs, const Visit &visit)
{
    m_previous.clear();
    m_evaluation = {};
    for (int64_t atMs = fromMs; atMs <= toMs; atMs += m_options.intervalMs) {
        gather(slice, atMs);
        fillEvaluation();
        if (!slice.dataPresent.empty())
            m_evaluation.dataPresent =
                slice.dataPresent[static_cast<size_t>((atMs - fromMs) / m_options.intervalMs)];
        m_ticks++;
        if (!m_evaluation.status) {
            m_failedTicks++;
            m_lastFailure = m_evaluation.status;
        }
        visit(atMs, m_evaluation);
    }
}

void TickFeed::gather(Slice &slice, int64_t atMs)
{
    m_present.clear();
    for (Line &line : slice.lines) {
        if (line.next < line.points.size() && line.points[line.next].timestampMs == atMs) {
            line.next++;
            m_present.push_back(&line);
        }
    }
}

/// Makes the evaluation of the lines that are present; where they are those of the tick before, only the
/// values change.
void TickFeed::fillEvaluation()
{
    const auto pointOf = [](const Line *line) -> const Point & { return line->points[line->next - 1]; };
    const bool histogram = std::any_of(m_present.begin(), m_present.end(),
                                       [&](const Line *line) { return pointOf(line).isHistogram; });
    if (!histogram && m_evaluation.status && m_present == m_previous) {
        for (size_t i = 0; i < m_present.size(); i++)
            m_evaluation.series[i].value = pointOf(m_present[i]).value;
        return;
    }
    m_evaluation = {};
    m_previous.clear();
    std::set<Labels> seen;
    for (const Line *line : m_present) {
        const bool twice = !seen.insert(line->labels).second;
        if (twice || pointOf(line).isHistogram) {
            m_evaluation = {};
            m_evaluation.status = pointOf(line).isHistogram ? histogramError() : twiceError(line->labels);
            return;
        }
        m_evaluation.series.push_back({line->labels, pointOf(line).value});
    }
    m_previous = m_present;
}

Status TickFeed::countFailure(int64_t atMs, const Error &error, const Visit &visit)
{
    m_ticks++;
    m_failedTicks++;
    m_lastFailure = error;
    if (m_failedTicks == m_ticks && m_ticks >= hopelessTicks)
        return error;
    Evaluation failed;
    failed.status = error;
    visit(atMs, failed);
    return {};
}

void TickFeed::adaptSlice(const Slice &slice, int64_t ticks)
{
    const double perTick = std::max(1.0, static_cast<double>(slice.points) / static_cast<double>(ticks));
    const auto wanted = static_cast<int64_t>(static_cast<double>(m_options.pointsPerSlice) / perTick);
    m_sliceTicks = std::clamp(wanted, fewestTicks,
                              std::max(fewestTicks, m_options.longestSliceMs / m_options.intervalMs));
}

} // namespace plimsoll::alerts
