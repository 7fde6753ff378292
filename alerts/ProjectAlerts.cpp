#include "alerts/ProjectAlerts.h"

namespace plimsoll::alerts {

namespace {

CheckBook::Options checkOptions(const AlertOptions &options)
{
    CheckBook::Options checks;
    checks.leads = options.leads;
    checks.probes.project = options.project;
    if (!options.version.empty())
        checks.probes.userAgent = "Plimsoll/" + options.version;
    return checks;
}

} // namespace

ProjectAlerts::ProjectAlerts(const AlertOptions &options, const AlertParts &parts)
    : m_leads(options.leads)
    , m_service(options, parts.source, parts.store, parts.clock, parts.series)
    , m_folder(m_service,
               options.project == defaultProject ? QString::fromStdString(options.rulesFolder) : QString())
    , m_lead(m_service, parts.source, options.project)
    , m_episodes(m_service.episodes(), m_lead, parts.clock)
    , m_checks(checkOptions(options),
               {m_service.records(), parts.source, parts.clock, parts.series, m_checkNotices,
                [this](const std::string &id) { return m_service.channels().find(id) != nullptr; },
                options.secrets})
    , m_starters({m_rules, m_service.channels(), parts.source, parts.clock, options.project})
    , m_ownShared(parts.status ? nullptr : std::make_unique<StatusShared>(parts.store, parts.clock))
    , m_status(
          {m_service.records(), parts.source, parts.clock, m_checks,
           parts.status ? *parts.status : *m_ownShared, options.project, options.leads},
          [this](const Check &check, int64_t atMs) {
              const Labels labels{{"check", check.name}, {"kind", check.kind}, {"check_id", check.id}};
              return m_service.muting().maintenanceOf(check.id, labels, atMs) != nullptr;
          },
          this)
{
    m_service.setParent(this);
    if (m_ownShared)
        m_ownShared->runs.setParent(this);
    m_service.channels().addUsers([this](const std::string &id) { return m_checks.usersOf(id); });
    enter("rules", m_rules);
    enter("channels", m_service.channels());
    enter("episodes", m_episodes);
    enter("deliveries", m_deliveries);
    enter("starters", m_starters);
    enter("silences", m_service.muting().silences());
    enter("maintenance", m_service.muting().maintenance());
    enter("checks", m_status.checkResources());
    enter("status-pages", m_status.room().pages());
    enter("incidents", m_status.room().incidents());
}

ProjectAlerts::~ProjectAlerts()
{
    stop();
    m_status.setParent(nullptr);
    m_service.setParent(nullptr);
}

Status ProjectAlerts::open()
{
    if (Status opened = m_service.open(); !opened)
        return opened;
    if (Status opened = m_checks.open(); !opened)
        return opened;
    if (m_ownShared)
        m_ownShared->runs.start(true);
    return m_status.open();
}

void ProjectAlerts::start()
{
    m_service.start();
    m_checks.start();
    if (m_leads)
        m_folder.start();
    m_status.start();
}

void ProjectAlerts::stop()
{
    m_status.stop();
    m_checks.stop();
    m_folder.stop();
    m_lead.stop();
    m_service.stop();
}

ResourceBook *ProjectAlerts::book(std::string_view resource)
{
    const auto found = m_books.find(resource);
    return found == m_books.end() ? nullptr : found->second;
}

} // namespace plimsoll::alerts
