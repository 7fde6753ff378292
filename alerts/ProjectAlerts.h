#pragma once

#include "alerts/AlertService.h"
#include "alerts/DeliveryResources.h"
#include "alerts/ResourceBook.h"
#include "alerts/RuleResources.h"
#include "alerts/SeriesSink.h"
#include "alerts/checks/CheckBook.h"
#include "alerts/checks/EpisodeNotices.h"
#include "alerts/receipts/EpisodeResources.h"
#include "alerts/starters/StarterBook.h"
#include "alerts/status/ProjectStatus.h"

#include <string_view>

namespace plimsoll::alerts {

/// What the room needs of the others; all of it outlives the room.
struct AlertParts
{
    const ReaderSource &source;
    DocumentStore &store;
    const Clock &clock;
    SeriesSink &series;
    StatusShared *status = nullptr; ///< null: the project has one of its own
};

/// Everything of the alerts room for one project: the services and, by their names in the API, the books of
/// its resources. A further service is a member here, and its books are entered in the constructor.
///
/// Lives on one thread with an event loop; open(), then start(); stop() before it is destroyed.
class ProjectAlerts : public QObject
{
    Q_OBJECT

public:
    ProjectAlerts(const AlertOptions &options, const AlertParts &parts);
    ~ProjectAlerts() override;

    /// Reads everything back from the store, blocking.
    Status open();
    /// Starts the clockwork of what is there.
    void start();
    /// Ends all that is under way; safe to call again.
    void stop();

    AlertService &service() { return m_service; }
    CheckBook &checks() { return m_checks; }
    /// Reads the rule files again.
    void reload() { m_folder.reload(); }
    ProjectStatus &status() { return m_status; }
    /// Null where there is no such resource.
    ResourceBook *book(std::string_view resource);

private:
    void enter(std::string name, ResourceBook &book) { m_books.emplace(std::move(name), &book); }

    bool m_leads;
    AlertService m_service;
    prometheus::RuleFolder m_folder;
    RuleResources m_rules{m_service, m_folder};
    EpisodeLead m_lead;
    EpisodeResources m_episodes;
    DeliveryResources m_deliveries{m_service.deliveries()};
    EpisodeNotices m_checkNotices{m_service.episodes()};
    CheckBook m_checks;
    StarterBook m_starters;
    std::unique_ptr<StatusShared> m_ownShared;
    ProjectStatus m_status;
    std::map<std::string, ResourceBook *, std::less<>> m_books;
};

} // namespace plimsoll::alerts
