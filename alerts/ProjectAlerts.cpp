#include "alerts/ProjectAlerts.h"

namespace plimsoll::alerts {

ProjectAlerts::ProjectAlerts(const AlertOptions &options, const AlertParts &parts)
    : m_service(options, parts.source, parts.store, parts.clock)
{
    m_service.setParent(this);
    enter("rules", m_rules);
    enter("channels", m_channels);
    enter("episodes", m_episodes);
    enter("deliveries", m_deliveries);
}

ProjectAlerts::~ProjectAlerts()
{
    stop();
    m_service.setParent(nullptr);
}

Status ProjectAlerts::open() { return m_service.open(); }

void ProjectAlerts::start() { m_service.start(); }

void ProjectAlerts::stop() { m_service.stop(); }

ResourceBook *ProjectAlerts::book(std::string_view resource)
{
    const auto found = m_books.find(resource);
    return found == m_books.end() ? nullptr : found->second;
}

} // namespace plimsoll::alerts
