#pragma once

#include "server/http/Router.h"
#include "server/ingest/StatsdNotice.h"
#include "storage/backend/DocumentStore.h"
#include "storage/model/Clock.h"

#include <QJsonObject>

#include <map>
#include <mutex>
#include <string>

namespace plimsoll::api {

/// Marks on charts: what happened when (README.md, "Annotations"). Records of a project, at most 10,000 of
/// each; beyond that the oldest go. Safe from any thread.
class Annotations
{
public:
    static constexpr size_t maxKept = 10'000;
    static constexpr size_t maxTitleBytes = 500;
    static constexpr size_t maxTextBytes = 8'000;
    static constexpr size_t maxTags = 64;
    static constexpr size_t maxTagBytes = 200;
    static constexpr double eventsPerSecond = 10; ///< of a project, over sockets, with bursts of a hundred
    static constexpr double eventsAtOnce = 100;

    /// Both must outlive it and, with the router, its use.
    Annotations(DocumentStore &documents, const Clock &clock);

    void addRoutes(http::Router &router);

    /// An event that came over StatsD; written soon. TooMany where they come too quickly, Invalid for what
    /// is too long.
    Status note(ProjectId project, const ingest::StatsdEvent &event);

private:
    struct Kept
    {
        size_t count = 0;
        double allowance = eventsAtOnce;
        int64_t allowedMs = 0; ///< when the allowance was reckoned
    };

    void list(const http::Request &request, http::Reply reply) const;
    void create(const http::Request &request, http::Reply reply);
    void get(const http::Request &request, http::Reply reply) const;
    void remove(const http::Request &request, http::Reply reply);
    void keep(ProjectId project, const std::string &id, const QJsonObject &annotation,
              DocumentStore::Done done);
    void makeRoom(ProjectId project);
    Kept &keptOf(ProjectId project);

    DocumentStore &m_documents;
    const Clock &m_clock;
    std::mutex m_mutex; ///< guards the rest
    std::map<ProjectId, Kept> m_kept;
};

} // namespace plimsoll::api
