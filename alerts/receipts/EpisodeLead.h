#pragma once

#include "alerts/AlertService.h"
#include "alerts/receipts/EpisodeAround.h"

#include <QThreadPool>

#include <chrono>
#include <map>

namespace plimsoll::alerts {

/// Keeps what was measured before an episode began, since samples age out and receipts do not: the half hour
/// before its condition held up to its beginning, as one record of `episode_leads` for each, with what is
/// normal then and the deploy before it, for which the first notice waits a little. Lives on the thread of
/// the service, which outlives it; queries run on a thread of its own.
class EpisodeLead : public QObject
{
    Q_OBJECT

public:
    static constexpr const char *collection = "episode_leads";
    static constexpr int64_t spanMs = 30 * 60'000;
    static constexpr int maxPoints = 120;
    static constexpr size_t maxWaiting = 64; ///< those of a storm beyond that go without
    /// A notice waits no longer than that for what is told of an episode beside its value.
    static constexpr auto longestHeld = std::chrono::milliseconds(3000);

    EpisodeLead(AlertService &service, const ReaderSource &source, ProjectId project);
    ~EpisodeLead() override;

    /// Ends what runs; nothing is kept afterwards.
    void stop();

    /// `[[ms, value], …]`, empty where nothing is kept.
    QJsonArray points(const std::string &episodeId) const;
    /// `{"normal":{"low","high"},"deploy":{"title","at_ms"}}`; what is not known is left out.
    QJsonObject around(const std::string &episodeId) const;
    size_t waiting() const { return m_waiting.size(); }

private:
    /// Of an episode that is being looked at.
    struct Waiting
    {
        std::chrono::steady_clock::time_point since;
        std::optional<QJsonObject> around;
    };

    bool holds(const std::string &episodeId) const;
    QCoro::Task<void> keep(QJsonObject episode);
    QFuture<QJsonObject> look(const std::shared_ptr<const Query> &measured, const QJsonObject &episode);
    QFuture<QJsonArray> measure(const std::shared_ptr<const Query> &measured, const QJsonObject &episode);
    void store(const QJsonObject &episode, const QJsonArray &points, const QJsonObject &around);

    AlertService &m_service;
    const ReaderSource &m_source;
    const ProjectId m_project;
    QThreadPool m_pool;
    std::map<std::string, Waiting> m_waiting;
    std::atomic<bool> m_stopped = false;
};

} // namespace plimsoll::alerts
