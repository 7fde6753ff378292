#pragma once

#include "server/ingest/scrape/Scraper.h"
#include "server/ingest/scrape/TargetRecord.h"
#include "storage/backend/DocumentStore.h"
#include "storage/model/Clock.h"

#include <functional>
#include <mutex>
#include <set>

namespace plimsoll::ingest {

/// The targets of the API: the collection "targets" of each project, and the scraper that is told of every
/// change. Thread-safe. Answers are the resources of SCRAPE.md.
class TargetBook
{
public:
    using Answer = std::function<void(Result<QJsonObject>)>;
    using Projects = std::function<std::set<ProjectId>()>;
    static constexpr size_t maxTargets = 500; ///< of a project

    /// All of them must outlive it.
    TargetBook(DocumentStore &documents, Scraper &scraper, const Clock &clock, Projects projects);

    /// Reads the records of all projects and tells the scraper. For the start, and when records or projects
    /// were changed by others.
    void reload();
    /// Whether this node scrapes them. It does not until told so.
    void setLeads(bool leads);

    Result<QJsonObject> list(ProjectId project, size_t limit, const std::string &cursor) const;
    Result<QJsonObject> read(ProjectId project, const std::string &id) const;
    /// `done` is called once the change is durable, on the store's thread, or at once with what is wrong.
    void create(ProjectId project, const QJsonObject &given, const Answer &done);
    void replace(ProjectId project, const std::string &id, const QJsonObject &given, const Answer &done);
    /// RFC 7386.
    void patch(ProjectId project, const std::string &id, const QJsonObject &patch, const Answer &done);
    void remove(ProjectId project, const std::string &id, const Answer &done);

private:
    Result<TargetRecord> recordOf(ProjectId project, const std::string &id) const;
    QJsonObject shown(ProjectId project, const TargetRecord &record) const;
    void write(ProjectId project, Result<TargetRecord> record, const Answer &done);

    DocumentStore &m_documents;
    Scraper &m_scraper;
    const Clock &m_clock;
    const Projects m_projects;
    std::mutex m_reloading;
    std::atomic<bool> m_leads{false};
};

} // namespace plimsoll::ingest
