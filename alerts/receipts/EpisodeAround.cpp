#include "alerts/receipts/EpisodeAround.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace plimsoll::alerts {

namespace {

using Steady = std::chrono::steady_clock;

constexpr int64_t minuteMs = 60'000;
constexpr int64_t hourMs = 60 * minuteMs;
constexpr int64_t dayMs = 24 * hourMs;
constexpr auto longest = std::chrono::milliseconds(2000);

class Measuring
{
public:
    Measuring(const SeriesReader &reader, ProjectId project, const std::atomic<bool> &stopped)
        : m_reader(reader)
        , m_project(project)
        , m_stopped(stopped)
    {
    }

    std::vector<QuerySeries> range(const Query &query, int64_t fromMs, int64_t toMs, int64_t stepMs) const
    {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(m_until - Steady::now());
        if (left.count() <= 0 || m_stopped)
            return {};
        QueryLimits limits;
        limits.timeoutMs = left.count();
        auto result = query.range(m_reader, m_project, fromMs, toMs, stepMs, limits, &m_stopped);
        return result ? std::move(result->series) : std::vector<QuerySeries>();
    }

private:
    const SeriesReader &m_reader;
    const ProjectId m_project;
    const std::atomic<bool> &m_stopped;
    const Steady::time_point m_until = Steady::now() + longest;
};

/// The values of one series within an hour and a half of a time.
std::vector<double> valuesNear(const Measuring &measuring, const AroundQuestion &question, int64_t atMs)
{
    constexpr int64_t reachMs = hourMs + hourMs / 2, stepMs = 15 * minuteMs;
    std::vector<double> values;
    for (const QuerySeries &series :
         measuring.range(*question.measured, atMs - reachMs, atMs + reachMs, stepMs)) {
        Labels own = series.labels;
        own.remove(nameLabel);
        if (own != question.labels)
            continue;
        for (const QueryPoint &point : series.points) {
            if (!point.histogram && std::isfinite(point.value))
                values.push_back(point.value);
        }
    }
    return values;
}

/// p5 to p95 of what was at that time `count` periods back; nothing where fewer than `least` have data.
QJsonObject normalOver(const Measuring &measuring, const AroundQuestion &question, int64_t periodMs,
                       int count, int least)
{
    std::vector<double> all;
    int known = 0;
    for (int back = 1; back <= count; back++) {
        const auto values = valuesNear(measuring, question, question.startedMs - back * periodMs);
        known += values.empty() ? 0 : 1;
        all.insert(all.end(), values.begin(), values.end());
    }
    if (known < least)
        return {};
    std::sort(all.begin(), all.end());
    const auto at = [&](double share) { return all[std::min(all.size() - 1, size_t(all.size() * share))]; };
    return {{"low", at(0.05)}, {"high", at(0.95)}};
}

/// A deploy is an event of the metric `deploy`, with its version as a label; of a minute the middle is its
/// time.
QJsonObject deployBefore(const Measuring &measuring, int64_t startedMs)
{
    static const auto query = Query::parse("histogram_count(sum by (version) (increase(deploy[60s]))) > 0");
    QJsonObject last;
    if (!query)
        return last;
    const int64_t endMs = startedMs / minuteMs * minuteMs + minuteMs;
    for (const QuerySeries &series : measuring.range(*query, endMs - hourMs, endMs, minuteMs)) {
        const std::string version(series.labels.value("version"));
        for (const QueryPoint &point : series.points) {
            const int64_t atMs = std::min(startedMs, point.timestampMs - minuteMs / 2);
            if (atMs >= last.value("at_ms").toInteger())
                last = {{"title", QString::fromStdString(version.empty() ? "a deploy" : "deploy " + version)},
                        {"at_ms", qint64(atMs)}};
        }
    }
    return last;
}

} // namespace

QJsonObject measureAround(const AroundQuestion &question, const SeriesReader &reader, ProjectId project,
                          const std::atomic<bool> &stopped)
{
    const Measuring measuring(reader, project, stopped);
    QJsonObject around;
    if (const QJsonObject deploy = deployBefore(measuring, question.startedMs); !deploy.isEmpty())
        around.insert("deploy", deploy);
    if (!question.measured)
        return around;
    QJsonObject normal = normalOver(measuring, question, 7 * dayMs, 4, 2);
    if (normal.isEmpty())
        normal = normalOver(measuring, question, dayMs, 7, 3);
    if (!normal.isEmpty())
        around.insert("normal", normal);
    return around;
}

} // namespace plimsoll::alerts
