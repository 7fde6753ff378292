#include "alerts/receipts/EpisodeLead.h"

#include <QCoroFuture>
#include <QPointer>
#include <QPromise>

namespace plimsoll::alerts {

namespace {

QJsonArray measureNow(const Query &query, const Labels &labels, const ReaderSource &source, ProjectId project,
                      int64_t fromMs, int64_t toMs, const std::atomic<bool> &stopped)
{
    constexpr int64_t finestMs = 15'000;
    const int64_t stepMs = std::max(finestMs, (toMs - fromMs) / EpisodeLead::maxPoints + 1);
    QueryLimits limits;
    limits.timeoutMs = 10'000;
    const std::unique_ptr<SeriesReader> reader = source.openReader();
    const auto result = query.range(*reader, project, fromMs, toMs, stepMs, limits, &stopped);
    QJsonArray points;
    if (!result)
        return points;
    for (const QuerySeries &series : result->series) {
        Labels own = series.labels;
        own.remove(nameLabel);
        for (size_t i = 0; own == labels && i < series.points.size(); i++) {
            if (!series.points[i].histogram)
                points.append(
                    QJsonArray{qint64(series.points[i].timestampMs), numberToJson(series.points[i].value)});
        }
    }
    return points;
}

} // namespace

EpisodeLead::EpisodeLead(AlertService &service, const ReaderSource &source, ProjectId project)
    : m_service(service)
    , m_source(source)
    , m_project(project)
{
    m_pool.setMaxThreadCount(1);
    connect(&m_service, &AlertService::episodeChanged, this, [this](const QJsonObject &episode) {
        const bool fresh = episode.value("state").toString() == QLatin1String("firing") &&
                           !episode.value("acknowledged_ms").isDouble();
        if (fresh && !m_stopped && m_waiting.size() < maxWaiting)
            keep(episode);
    });
}

EpisodeLead::~EpisodeLead() { stop(); }

void EpisodeLead::stop()
{
    m_stopped = true;
    m_pool.waitForDone();
}

QFuture<QJsonArray> EpisodeLead::measure(const Rule &rule, const QJsonObject &episode)
{
    auto promise = std::make_shared<QPromise<QJsonArray>>();
    promise->start();
    const int64_t toMs = episode.value("started_ms").toInteger();
    const int64_t fromMs = std::min<int64_t>(episode.value("pending_since_ms").toInteger(), toMs) - spanMs;
    const Labels labels = labelsFromJson(episode.value("series_labels").toObject());
    m_pool.start([this, promise, query = rule.condition.measured, labels, fromMs, toMs] {
        promise->addResult(measureNow(*query, labels, m_source, m_project, fromMs, toMs, m_stopped));
        promise->finish();
    });
    return promise->future();
}

QCoro::Task<void> EpisodeLead::keep(QJsonObject episode)
{
    const QPointer<EpisodeLead> self(this);
    const std::string id = episode.value("id").toString().toStdString();
    const auto stored = m_service.rule(episode.value("rule_id").toString().toStdString());
    const auto rule = stored ? Rule::fromJson(*stored) : Result<Rule>(stored.error());
    if (!rule || !points(id).isEmpty() || !m_waiting.insert(id).second)
        co_return;
    const auto measuring = measure(*rule, episode);
    const QJsonArray points = co_await measuring;
    if (!self || m_stopped)
        co_return;
    m_waiting.erase(id);
    if (!points.isEmpty())
        m_service.records().put(collection, id, {{"id", QString::fromStdString(id)}, {"points", points}},
                                episode.value("started_ms").toInteger());
}

QJsonArray EpisodeLead::points(const std::string &episodeId) const
{
    return m_service.records().get(collection, episodeId).value_or(QJsonObject()).value("points").toArray();
}

} // namespace plimsoll::alerts
