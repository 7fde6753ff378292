#include "server/http/Projects.h"

#include "server/http/Secret.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <charconv>

namespace plimsoll::http {

namespace {

constexpr ProjectId applianceProject = 0;
constexpr std::string_view collection = "projects";
constexpr std::string_view limitsCollection = "limits";
constexpr std::string_view limitsId = "appliance";

bool isName(std::string_view name)
{
    const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
    return !name.empty() && name.size() <= Projects::maxNameBytes && letter(name.front()) &&
           std::all_of(name.begin(), name.end(),
                       [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

std::string compact(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
}

QJsonObject objectOf(const Document &document)
{
    return QJsonDocument::fromJson(QByteArray::fromStdString(document.body)).object();
}

QJsonObject jsonOf(const Project &project)
{
    return {{"name", QString::fromStdString(project.name)},
            {"created_ms", double(project.createdMs)},
            {"limits", project.limits.toJson()}};
}

/// Random, so that two appliances on one database do not give one id to two projects.
ProjectId randomProjectId()
{
    return ProjectId(std::stoul(randomId().substr(0, 8), nullptr, 16) & 0x7fffffff);
}

} // namespace

Error unknownProject(std::string_view name)
{
    if (name.empty())
        return {ErrorCode::NotFound, "There is no such project.", {}};
    return {ErrorCode::NotFound, "There is no project \"" + std::string(name.substr(0, 64)) + "\".",
            "GET /api/app/projects and \"plimsoll project list\" tell which there are."};
}

Projects::Projects(DocumentStore &documents, const Clock &clock)
    : m_documents(documents)
    , m_clock(clock)
    , m_applianceQuota(noQuota())
{
    const std::unique_lock lock(m_mutex);
    keep(Project());
}

Status Projects::load()
{
    const auto documents = m_documents.list(applianceProject, collection);
    if (!documents)
        return documents.error();
    if (Status loaded = loadLimits(); !loaded)
        return loaded;
    {
        const std::unique_lock lock(m_mutex);
        m_byId.clear();
        m_byName.clear();
        m_usedIds.clear();
        m_removedIds.clear();
        keep(Project());
        for (const Document &document : *documents) {
            const QJsonObject object = objectOf(document);
            Project project;
            project.id = ProjectId(QString::fromStdString(document.id).toUInt());
            project.name = object["name"].toString().toStdString();
            project.createdMs = int64_t(object["created_ms"].toDouble());
            project.limits = QuotaSettings::fromStored(object["limits"].toObject());
            m_usedIds.insert(project.id);
            if (object.contains("removed_ms"))
                m_removedIds.insert(project.id);
            else if (project.id != applianceProject && isName(project.name))
                keep(project);
        }
    }
    m_changed();
    return {};
}

Status Projects::loadLimits()
{
    const auto document = m_documents.get(applianceProject, limitsCollection, limitsId);
    if (!document && document.error().code != ErrorCode::NotFound)
        return document.error();
    const std::unique_lock lock(m_mutex);
    m_applianceLimits = document ? QuotaSettings::fromStored(objectOf(*document)) : QuotaSettings();
    m_applianceQuota = std::make_shared<const Quota>(m_applianceLimits.over(Quota()));
    return {};
}

/// Under the lock. Of two projects that two appliances gave one name at the same moment, the first by id has
/// it.
void Projects::keep(const Project &project)
{
    m_usedIds.insert(project.id);
    m_byId.insert_or_assign(project.id, Entry{project, put(project.limits)});
    const auto named = m_byName.try_emplace(project.name, project.id).first;
    named->second = std::min(named->second, project.id);
}

QuotaPtr Projects::put(const QuotaSettings &limits) const
{
    return limits.empty() ? m_applianceQuota : std::make_shared<const Quota>(limits.over(*m_applianceQuota));
}

std::optional<Project> Projects::find(ProjectId id) const
{
    const std::shared_lock lock(m_mutex);
    const auto it = m_byId.find(id);
    return it == m_byId.end() ? std::nullopt : std::optional(it->second.project);
}

std::optional<Project> Projects::find(std::string_view name) const
{
    const std::shared_lock lock(m_mutex);
    const auto named = m_byName.find(name);
    const auto it = named == m_byName.end() ? m_byId.end() : m_byId.find(named->second);
    return it == m_byId.end() ? std::nullopt : std::optional(it->second.project);
}

std::optional<Project> Projects::named(std::string_view nameOrId) const
{
    ProjectId id = 0;
    const char *end = nameOrId.data() + nameOrId.size();
    const auto [read, failure] = std::from_chars(nameOrId.data(), end, id);
    return failure == std::errc() && read == end ? find(id) : find(nameOrId);
}

std::set<ProjectId> Projects::ids() const
{
    const std::shared_lock lock(m_mutex);
    std::set<ProjectId> ids;
    for (const auto &[id, entry] : m_byId)
        ids.insert(id);
    return ids;
}

std::set<ProjectId> Projects::removedIds() const
{
    const std::shared_lock lock(m_mutex);
    return m_removedIds;
}

bool Projects::contains(ProjectId id) const
{
    const std::shared_lock lock(m_mutex);
    return m_byId.contains(id);
}

std::vector<Project> Projects::list() const
{
    std::vector<Project> projects;
    {
        const std::shared_lock lock(m_mutex);
        for (const auto &[id, entry] : m_byId)
            projects.push_back(entry.project);
    }
    std::sort(projects.begin(), projects.end(), [](const Project &left, const Project &right) {
        return std::tuple(left.id != defaultProject, left.name, left.id) <
               std::tuple(right.id != defaultProject, right.name, right.id);
    });
    return projects;
}

/// Takes a name and an id for a project that is about to be written, so that nobody else does.
Result<ProjectId> Projects::reserve(const std::string &name)
{
    if (!isName(name))
        return Error{ErrorCode::Unprocessable,
                     "A project's name is 1 to 40 lower-case letters, digits and hyphens.",
                     "Begin with a letter: my-shop."};
    const std::unique_lock lock(m_mutex);
    if (m_byName.contains(name))
        return Error{ErrorCode::Conflict, "There is a project \"" + name + "\" already.", {}};
    if (m_byId.size() >= maxProjects)
        return Error{ErrorCode::Unprocessable, "There are 1,000 projects already.",
                     "Remove one that is not used."};
    ProjectId id = randomProjectId();
    while (id <= defaultProject || m_usedIds.contains(id))
        id = randomProjectId();
    m_usedIds.insert(id);
    m_byName.emplace(name, id);
    return id;
}

void Projects::write(const Project &project, DocumentStore::Done done)
{
    m_documents.put(applianceProject, collection,
                    {std::to_string(project.id), compact(jsonOf(project)), m_clock.nowMs()}, std::move(done));
}

void Projects::create(std::string name, const QuotaSettings &limits, Done done)
{
    const auto id = reserve(name);
    if (!id)
        return done(id.error());
    const Project project{*id, std::move(name), m_clock.nowMs(), limits};
    write(project, [this, project, done = std::move(done)](const Status &written) {
        {
            const std::unique_lock lock(m_mutex);
            if (written)
                keep(project);
            else
                m_byName.erase(project.name);
        }
        if (!written)
            return done(written.error());
        m_changed();
        done(project);
    });
}

void Projects::setLimits(ProjectId id, const QuotaSettings &limits, Done done)
{
    const std::lock_guard order(m_writing);
    auto project = find(id);
    if (!project)
        return done(unknownProject());
    project->limits = limits;
    write(*project, [this, project = *project, done = std::move(done)](const Status &written) {
        if (!written)
            return done(written.error());
        {
            const std::unique_lock lock(m_mutex);
            if (!m_byId.contains(project.id))
                return done(unknownProject());
            keep(project);
        }
        done(project);
    });
}

void Projects::remove(ProjectId id, DocumentStore::Done done)
{
    if (id == defaultProject)
        return done(Error{ErrorCode::Conflict, "The project \"default\" cannot be removed.", {}});
    const std::lock_guard order(m_writing);
    std::optional<Project> project;
    {
        const std::unique_lock lock(m_mutex);
        const auto it = m_byId.find(id);
        if (it == m_byId.end())
            return done(unknownProject());
        project = it->second.project;
        m_byId.erase(it);
    }
    m_changed();
    QJsonObject tombstone = jsonOf(*project);
    tombstone["removed_ms"] = double(m_clock.nowMs());
    m_documents.put(applianceProject, collection, {std::to_string(id), compact(tombstone), m_clock.nowMs()},
                    [this, project = *project, done = std::move(done)](const Status &written) {
                        {
                            const std::unique_lock lock(m_mutex);
                            if (written) {
                                m_byName.erase(project.name);
                                m_removedIds.insert(project.id);
                            } else {
                                keep(project);
                            }
                        }
                        m_changed();
                        done(written);
                    });
}

QuotaSettings Projects::applianceLimits() const
{
    const std::shared_lock lock(m_mutex);
    return m_applianceLimits;
}

void Projects::setApplianceLimits(const QuotaSettings &limits, DocumentStore::Done done)
{
    m_documents.put(applianceProject, limitsCollection,
                    {std::string(limitsId), compact(limits.toJson()), m_clock.nowMs()},
                    [this, limits, done = std::move(done)](const Status &written) {
                        if (written) {
                            const std::unique_lock lock(m_mutex);
                            m_applianceLimits = limits;
                            m_applianceQuota = std::make_shared<const Quota>(limits.over(Quota()));
                            for (auto &[id, entry] : m_byId)
                                entry.quota = put(entry.project.limits);
                        }
                        done(written);
                    });
}

QuotaPtr Projects::quotaOf(ProjectId id) const
{
    const std::shared_lock lock(m_mutex);
    const auto it = m_byId.find(id);
    return it == m_byId.end() ? m_applianceQuota : it->second.quota;
}

} // namespace plimsoll::http
