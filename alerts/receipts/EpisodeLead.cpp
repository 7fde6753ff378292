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
    m_service.setSurroundings({[this](const std::string &id) { return holds(id); },
                               [this](const std::string &id) { return around(id); }});
}

EpisodeLead::~EpisodeLead() { stop(); }

void EpisodeLead::stop()
{
    if (!m_stopped.exchange(true))
        m_service.setSurroundings({});
    m_pool.waitForDone();
}

QFuture<QJsonObject> EpisodeLead::look(const std::shared_ptr<const Query> &measured,
                                       const QJsonObject &episode)
{
    auto promise = std::make_shared<QPromise<QJsonObject>>();
    promise->start();
    const AroundQuestion question{measured, labelsFromJson(episode.value("series_labels").toObject()),
                                  episode.value("started_ms").toInteger()};
    m_pool.start([this, promise, question] {
        promise->addResult(measureAround(question, *m_source.openReader(), m_project, m_stopped));
        promise->finish();
    });
    return promise->future();
}

QFuture<QJsonArray> EpisodeLead::measure(const std::shared_ptr<const Query> &measured,
                                         const QJsonObject &episode)
{
    auto promise = std::make_shared<QPromise<QJsonArray>>();
    promise->start();
    const int64_t toMs = episode.value("started_ms").toInteger();
    const int64_t fromMs = std::min<int64_t>(episode.value("pending_since_ms").toInteger(), toMs) - spanMs;
    const Labels labels = labelsFromJson(episode.value("series_labels").toObject());
    m_pool.start([this, promise, query = measured, labels, fromMs, toMs] {
        promise->addResult(query ? measureNow(*query, labels, m_source, m_project, fromMs, toMs, m_stopped)
                                 : QJsonArray());
        promise->finish();
    });
    return promise->future();
}

/// True while a notice waits for what is found out about an episode.
bool EpisodeLead::holds(const std::string &episodeId) const
{
    const auto found = m_waiting.find(episodeId);
    return found != m_waiting.end() && !found->second.around &&
           std::chrono::steady_clock::now() - found->second.since < longestHeld;
}

QCoro::Task<void> EpisodeLead::keep(QJsonObject episode)
{
    const QPointer<EpisodeLead> self(this);
    const std::string id = episode.value("id").toString().toStdString();
    const bool ofCheck = episode.value("source").toString() == QLatin1String("check");
    std::shared_ptr<const Query> measured;
    if (!ofCheck) {
        const auto stored = m_service.rule(episode.value("rule_id").toString().toStdString());
        const auto rule = stored ? Rule::fromJson(*stored) : Result<Rule>(stored.error());
        if (!rule)
            co_return;
        measured = rule->condition.measured;
    }
    const Waiting begun{std::chrono::steady_clock::now(), std::nullopt};
    if (m_service.records().get(collection, id) || !m_waiting.emplace(id, begun).second)
        co_return;
    const auto looking = look(measured, episode);
    const auto measuring = measure(measured, episode);
    const QJsonObject around = co_await looking;
    if (!self || m_stopped)
        co_return;
    m_waiting.at(id).around = around;
    m_service.tellNow();
    const QJsonArray points = co_await measuring;
    if (!self || m_stopped)
        co_return;
    store(episode, points, around);
    m_waiting.erase(id);
}

void EpisodeLead::store(const QJsonObject &episode, const QJsonArray &points, const QJsonObject &around)
{
    if (points.isEmpty() && around.isEmpty())
        return;
    QJsonObject record{{"id", episode.value("id")}, {"points", points}};
    for (auto it = around.begin(); it != around.end(); ++it)
        record.insert(it.key(), it.value());
    m_service.records().put(collection, episode.value("id").toString().toStdString(), record,
                            episode.value("started_ms").toInteger());
}

QJsonArray EpisodeLead::points(const std::string &episodeId) const
{
    return m_service.records().get(collection, episodeId).value_or(QJsonObject()).value("points").toArray();
}

QJsonObject EpisodeLead::around(const std::string &episodeId) const
{
    const auto waiting = m_waiting.find(episodeId);
    if (waiting != m_waiting.end() && waiting->second.around)
        return *waiting->second.around;
    QJsonObject record = m_service.records().get(collection, episodeId).value_or(QJsonObject());
    record.remove("id");
    record.remove("points");
    return record;
}

} // namespace plimsoll::alerts
