#pragma once

#include "alerts/AlertService.h"

#include <QThreadPool>

#include <set>

namespace plimsoll::alerts {

/// Keeps what was measured before an episode began, since samples age out and receipts do not: the half hour
/// before its condition held up to its beginning, as one record of `episode_leads` for each. Lives on the
/// thread of the service, which outlives it; queries run on a thread of its own.
class EpisodeLead : public QObject
{
    Q_OBJECT

public:
    static constexpr const char *collection = "episode_leads";
    static constexpr int64_t spanMs = 30 * 60'000;
    static constexpr int maxPoints = 120;
    static constexpr size_t maxWaiting = 64; ///< those of a storm beyond that go without

    EpisodeLead(AlertService &service, const ReaderSource &source, ProjectId project);
    ~EpisodeLead() override;

    /// Ends what runs; nothing is kept afterwards.
    void stop();

    /// `[[ms, value], …]`, empty where nothing is kept.
    QJsonArray points(const std::string &episodeId) const;
    size_t waiting() const { return m_waiting.size(); }

private:
    QCoro::Task<void> keep(QJsonObject episode);
    QFuture<QJsonArray> measure(const Rule &rule, const QJsonObject &episode);

    AlertService &m_service;
    const ReaderSource &m_source;
    const ProjectId m_project;
    QThreadPool m_pool;
    std::set<std::string> m_waiting;
    std::atomic<bool> m_stopped = false;
};

} // namespace plimsoll::alerts
