#include "alerts/status/ProjectStatus.h"

#include <QPointer>

namespace plimsoll::alerts {

namespace {

PublicState publicStateOf(CheckState state)
{
    switch (state) {
    case CheckState::Ok:
        return PublicState::Up;
    case CheckState::Degraded:
        return PublicState::Slow;
    case CheckState::Down:
        return PublicState::Down;
    case CheckState::Unknown:
        break;
    }
    return PublicState::Unknown;
}

CheckFacts factsOf(const CheckRuntime &runtime)
{
    const Check &check = runtime.check();
    CheckFacts facts;
    facts.id = check.id;
    facts.name = check.name;
    facts.kind = check.kind;
    facts.createdMs = check.createdMs;
    facts.intervalMs = check.kind == "heartbeat" ? Heartbeats::reportMs : check.intervalMs;
    facts.state = publicStateOf(runtime.machine().state());
    facts.sinceMs = runtime.machine().sinceMs();
    facts.message = runtime.last() ? runtime.last()->message : std::string();
    facts.ready = check.ready;
    facts.enabled = check.enabled;
    return facts;
}

} // namespace

ProjectStatus::ProjectStatus(Parts parts, InMaintenance inMaintenance, QObject *parent)
    : QObject(parent)
    , m_parts(parts)
    , m_inMaintenance(std::move(inMaintenance))
    , m_heartbeats(parts.records, parts.clock, parts.checks, parts.shared.runs)
    , m_room({parts.records, parts.source, parts.clock, *this, parts.shared.runs, parts.shared.slugs,
              parts.project})
{
    m_heartbeats.setParent(this);
    m_room.setParent(this);
    connect(&m_parts.checks, &CheckBook::checkChanged, this, &ProjectStatus::tellReady);
    connect(&m_parts.checks, &CheckBook::definitionsChanged, this, &ProjectStatus::tellReady);
}

ProjectStatus::~ProjectStatus()
{
    stop();
    m_parts.shared.ready.remove(m_parts.project);
    m_heartbeats.setParent(nullptr);
    m_room.setParent(nullptr);
}

Status ProjectStatus::open()
{
    if (Status opened = m_heartbeats.open(); !opened)
        return opened;
    if (Status opened = m_room.open(); !opened)
        return opened;
    tellReady();
    return {};
}

void ProjectStatus::start()
{
    if (!m_parts.leads)
        return;
    m_heartbeats.start();
    m_room.start();
}

void ProjectStatus::stop()
{
    m_heartbeats.stop();
    m_room.stop();
}

std::vector<CheckFacts> ProjectStatus::checks() const
{
    std::vector<CheckFacts> all;
    for (const auto &[id, runtime] : m_parts.checks.all())
        all.push_back(factsOf(runtime));
    return all;
}

std::optional<CheckFacts> ProjectStatus::check(const std::string &id) const
{
    const CheckRuntime *runtime = m_parts.checks.find(id);
    return runtime ? std::optional(factsOf(*runtime)) : std::nullopt;
}

bool ProjectStatus::inMaintenance(const CheckFacts &check, int64_t atMs) const
{
    const CheckRuntime *runtime = m_parts.checks.find(check.id);
    return runtime && m_inMaintenance && m_inMaintenance(runtime->check(), atMs);
}

void ProjectStatus::tellReady()
{
    std::vector<CheckFacts> ready;
    for (const auto &[id, runtime] : m_parts.checks.all()) {
        if (runtime.check().ready && runtime.check().enabled)
            ready.push_back(factsOf(runtime));
    }
    m_parts.shared.ready.set(m_parts.project, std::move(ready));
}

QJsonObject ProjectStatus::described(QJsonObject resource) const
{
    if (const CheckRuntime *runtime = m_parts.checks.find(resource.value("id").toString().toStdString()))
        m_heartbeats.describe(runtime->check(), resource);
    return resource;
}

ResourceBook::Answer ProjectStatus::CheckResources::list(Listing listing) const
{
    Answer answer = m_status.m_parts.checks.list(listing);
    if (!answer)
        return answer;
    QJsonArray items;
    for (const auto &item : answer->value("items").toArray())
        items.append(m_status.described(item.toObject()));
    answer->insert("items", items);
    return answer;
}

ResourceBook::Answer ProjectStatus::CheckResources::read(std::string id) const
{
    const Answer answer = m_status.m_parts.checks.read(id);
    return answer ? Answer(m_status.described(*answer)) : answer;
}

QCoro::Task<ResourceBook::Answer> ProjectStatus::CheckResources::described(QCoro::Task<Answer> changing)
{
    const QPointer<ProjectStatus> status(&m_status);
    const Answer answer = co_await changing;
    if (!answer || !status)
        co_return answer;
    co_return status->described(*answer);
}

QCoro::Task<ResourceBook::Answer> ProjectStatus::CheckResources::create(QJsonObject definition)
{
    return described(m_status.m_parts.checks.create(definition));
}

QCoro::Task<ResourceBook::Answer> ProjectStatus::CheckResources::replace(std::string id,
                                                                         QJsonObject definition)
{
    return described(m_status.m_parts.checks.replace(id, definition));
}

QCoro::Task<ResourceBook::Answer> ProjectStatus::CheckResources::patch(std::string id, QJsonObject patch)
{
    return described(m_status.m_parts.checks.patch(id, patch));
}

QCoro::Task<Status> ProjectStatus::CheckResources::remove(std::string id)
{
    return m_status.m_parts.checks.remove(id);
}

QCoro::Task<ResourceBook::Answer> ProjectStatus::CheckResources::act(std::string id, Action action)
{
    if (action.name == "uptime")
        return m_status.m_room.uptime(id);
    if (action.name == "test")
        return m_status.m_parts.checks.act(id, action);
    if (action.name != "pings")
        return described(m_status.m_parts.checks.act(id, action));
    const auto answered = [](Answer answer) -> QCoro::Task<Answer> { co_return answer; };
    return answered(m_status.m_heartbeats.log(id));
}

} // namespace plimsoll::alerts
