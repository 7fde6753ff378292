#pragma once

#include "alerts/checks/Heartbeats.h"
#include "alerts/status/ReadyBoard.h"
#include "alerts/status/StatusRoom.h"

#include <functional>

namespace plimsoll::alerts {

/// What the parts of this room for all projects share. Lives on the alert thread, but for the board.
struct StatusShared
{
    explicit StatusShared(DocumentStore &store, const Clock &clock)
        : runs(store, clock)
    {
    }

    RunKeeper runs;
    SlugRegister slugs;
    ReadyBoard ready;
};

/// Heartbeats, status pages, incidents and uptime of one project, over its checks.
///
/// Lives on the alert thread. open() after the checks are open, then start(); stop() before they are stopped.
class ProjectStatus : public QObject, private CheckDirectory
{
    Q_OBJECT

public:
    struct Parts
    {
        Records &records;
        const ReaderSource &source;
        const Clock &clock;
        CheckBook &checks;
        StatusShared &shared;
        ProjectId project = defaultProject;
        bool leads = true; ///< false where another node judges heartbeats
    };
    using InMaintenance = std::function<bool(const Check &check, int64_t atMs)>;

    ProjectStatus(Parts parts, InMaintenance inMaintenance, QObject *parent);
    ~ProjectStatus() override;

    Status open();
    void start();
    void stop();

    Heartbeats &heartbeats() { return m_heartbeats; }
    StatusRoom &room() { return m_room; }
    /// The resource `checks`, with what this room adds to it.
    ResourceBook &checkResources() { return m_checkResources; }

private:
    /// The checks, and of each what heartbeats and uptime have to say; the actions "uptime" and "pings".
    class CheckResources final : public ResourceBook
    {
    public:
        explicit CheckResources(ProjectStatus &status)
            : m_status(status)
        {
        }

        Answer list(Listing listing) const override;
        Answer read(std::string id) const override;
        QCoro::Task<Answer> create(QJsonObject definition) override;
        QCoro::Task<Answer> replace(std::string id, QJsonObject definition) override;
        QCoro::Task<Answer> patch(std::string id, QJsonObject patch) override;
        QCoro::Task<Status> remove(std::string id) override;
        QCoro::Task<Answer> act(std::string id, Action action) override;

    private:
        QCoro::Task<Answer> described(QCoro::Task<Answer> changing);

        ProjectStatus &m_status;
    };

    std::vector<CheckFacts> checks() const override;
    std::optional<CheckFacts> check(const std::string &id) const override;
    bool inMaintenance(const CheckFacts &check, int64_t atMs) const override;
    QJsonObject described(QJsonObject resource) const;
    void tellReady();

    Parts m_parts;
    InMaintenance m_inMaintenance;
    Heartbeats m_heartbeats;
    StatusRoom m_room;
    CheckResources m_checkResources{*this};
};

} // namespace plimsoll::alerts
