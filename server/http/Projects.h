#pragma once

#include "server/http/QuotaSettings.h"
#include "storage/backend/DocumentStore.h"
#include "storage/model/Clock.h"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::http {

inline constexpr std::string_view defaultProjectName = "default";

/// A tenant: whatever is stored, read, watched or limited belongs to one.
struct Project
{
    ProjectId id = defaultProject;
    std::string name = std::string(defaultProjectName);
    int64_t createdMs = 0;
    QuotaSettings limits;
};

/// What is said where nothing, or nothing of that name, is found.
Error unknownProject(std::string_view name = {});

/// The projects, and the bounds that hold for all of them: collections "projects" and "limits" of project 0
/// (server/api/README.md, "Projects"). Thread-safe; lookups take a shared lock only.
///
/// The project `default` is always there. The id of a project that was removed is never given again, because
/// its samples stay in the storage until retention drops them.
class Projects
{
public:
    using Done = std::function<void(Result<Project>)>;
    static constexpr size_t maxProjects = 1000;
    static constexpr size_t maxNameBytes = 40;

    Projects(DocumentStore &documents, const Clock &clock);

    Status load();

    std::optional<Project> find(ProjectId id) const;
    std::optional<Project> find(std::string_view name) const;
    bool contains(ProjectId id) const;
    /// The one of that name or, in digits, of that id.
    std::optional<Project> named(std::string_view nameOrId) const;
    std::set<ProjectId> ids() const;
    /// Of those that were removed, ever.
    std::set<ProjectId> removedIds() const;
    /// The default one first, the others by name.
    std::vector<Project> list() const;

    /// `done` is called when the project is durable, on the store's thread. A name is 1 to 40 lower-case
    /// letters, digits and hyphens, beginning with a letter: it is part of the project's keys. Conflict where
    /// it is taken.
    void create(std::string name, const QuotaSettings &limits, Done done);
    void setLimits(ProjectId id, const QuotaSettings &limits, Done done);
    /// Its keys are the business of whoever keeps them. At once nobody finds it any more. Conflict for the
    /// default one.
    void remove(ProjectId id, DocumentStore::Done done);

    /// The bounds of a project where neither it nor the key has one.
    QuotaSettings applianceLimits() const;
    void setApplianceLimits(const QuotaSettings &limits, DocumentStore::Done done);

    /// What a project may send, with the appliance's bounds put together; never null.
    QuotaPtr quotaOf(ProjectId id) const;

    /// `changed` is called after projects came or went, on whatever thread that was noticed. Set it before
    /// other threads use this.
    void onChanged(std::function<void()> changed) { m_changed = std::move(changed); }

private:
    struct Entry
    {
        Project project;
        QuotaPtr quota;
    };

    Status loadLimits();
    Result<ProjectId> reserve(const std::string &name);
    void keep(const Project &project);
    void write(const Project &project, DocumentStore::Done done);
    QuotaPtr put(const QuotaSettings &limits) const;

    DocumentStore &m_documents;
    const Clock &m_clock;
    std::function<void()> m_changed = [] {};
    std::recursive_mutex m_writing;    ///< keeps writes of one project in the order of their checks
    mutable std::shared_mutex m_mutex; ///< of all below
    std::map<ProjectId, Entry> m_byId;
    std::map<std::string, ProjectId, std::less<>> m_byName;
    std::set<ProjectId> m_usedIds; ///< of those that were removed too
    std::set<ProjectId> m_removedIds;
    QuotaSettings m_applianceLimits;
    QuotaPtr m_applianceQuota;
};

} // namespace plimsoll::http
