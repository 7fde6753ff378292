#pragma once

#include "alerts/status/Incidents.h"
#include "alerts/status/MaintenanceRecord.h"
#include "alerts/status/RunKeeper.h"
#include "alerts/status/StatusPages.h"
#include "alerts/status/UptimeReports.h"

#include <QThreadPool>

namespace plimsoll::alerts {

/// A public page as bytes.
struct PublicDocument
{
    std::string contentType;
    std::string body;
    std::string styleHash; ///< of its style sheet, for the Content-Security-Policy; empty where it has none
    bool isPublic = true;  ///< else only for who may read the project
};

/// Status pages, incidents and uptime of a project.
///
/// Lives on the alert thread; uptime is read on a thread of its own. What is referred to outlives it.
class StatusRoom : public QObject
{
    Q_OBJECT

public:
    struct Parts
    {
        Records &records;
        const ReaderSource &source;
        const Clock &clock;
        const CheckDirectory &checks;
        const WatchedTime &watched;
        SlugRegister &slugs;
        ProjectId project = defaultProject;
    };
    static constexpr int64_t reportMaxAgeMs = 60'000;
    static constexpr int tickMs = 5'000;

    explicit StatusRoom(Parts parts);
    ~StatusRoom() override;

    Status open();
    void start();
    /// Waits for what is being read; safe to call again.
    void stop();

    StatusPages &pages() { return m_pages; }
    Incidents &incidents() { return m_incidents; }

    enum class Form { Html, Feed, Badge, UptimeBadge, Json };
    /// The page with that slug, at most a minute old in its figures and as new as can be in its states.
    QCoro::Task<Result<PublicDocument>> document(std::string slug, Form form);
    /// `{"windows":{"24h":{"uptime","watched_ms","down_ms"},…},"days":[{"from_ms","to_ms","uptime",…}]}`.
    QCoro::Task<Result<QJsonObject>> uptime(std::string checkId);

    /// Notes who is under maintenance.
    void tick();

private:
    struct KeptReport
    {
        UptimeReport report;
        int64_t atMs = 0;
        Spans maintenance;
    };

    QCoro::Task<Result<UptimeReport>> report(CheckFacts check, QTimeZone zone);
    UptimeQuestion question(const CheckFacts &check, const QTimeZone &zone) const;
    QCoro::Task<Result<StatusView>> view(QJsonObject page);
    StatusView::Component component(const CheckFacts &check, const std::string &name) const;

    Parts m_parts;
    StatusPages m_pages;
    Incidents m_incidents;
    MaintenanceRecord m_maintenance;
    std::map<std::pair<std::string, std::string>, KeptReport> m_reports; ///< by check and zone
    QThreadPool m_pool;
    QTimer m_timer;
    bool m_stopped = false;
};

} // namespace plimsoll::alerts
