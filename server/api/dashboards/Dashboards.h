#pragma once

#include "server/api/QueryPool.h"
#include "server/api/dashboards/RecordBook.h"
#include "server/http/Router.h"
#include "storage/model/Clock.h"

#include <QJsonObject>

#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace plimsoll::api {

/// Dashboards and their routes (DASHBOARDS.md): records of a project. Safe from any thread; what is large is
/// done on the pool.
class Dashboards
{
public:
    static constexpr size_t maxKept = 500; ///< of a project

    using Removed = std::function<void(ProjectId, const std::string &id)>;

    /// All must outlive it and, with the router, its use.
    Dashboards(DocumentStore &documents, const Clock &clock, QueryPool &pool);

    void addRoutes(http::Router &router);
    /// Called when a dashboard is gone, on any thread. Set before the first request.
    void onRemoved(Removed removed) { m_removed = std::move(removed); }

    /// The resource, or NotFound.
    Result<QJsonObject> get(ProjectId project, const std::string &id) const;

private:
    struct Told
    {
        size_t size = 0;
        size_t hash = 0; ///< of the record that it tells of
        QJsonObject item;
    };
    using Change = std::function<Result<QJsonObject>(const QJsonObject &stored)>;

    void list(const http::Request &request, http::Reply reply) const;
    void read(const http::Request &request, http::Reply reply) const;
    void create(const http::Request &request, http::Reply reply);
    void replace(const http::Request &request, http::Reply reply);
    void patch(const http::Request &request, http::Reply reply);
    void remove(const http::Request &request, http::Reply reply);
    void exportFile(const http::Request &request, http::Reply reply) const;
    void import(const http::RequestPtr &request, http::Reply reply);

    using Made = std::function<void(Result<QJsonObject>)>;
    void add(const http::Principal &who, QJsonObject dashboard, Made made);
    void change(const http::Request &request, const QJsonObject &body, http::Reply reply,
                const Change &change);
    void keep(ProjectId project, const QJsonObject &dashboard, DocumentStore::Done done);
    Result<std::vector<QJsonObject>> items(ProjectId project) const;
    QJsonObject itemOf(ProjectId project, const Document &document) const;
    http::Response conflict(const QJsonObject &stored) const;

    RecordBook m_book;
    const Clock &m_clock;
    QueryPool &m_pool;
    Removed m_removed = [](ProjectId, const std::string &) {};
    mutable std::mutex m_mutex; ///< guards the rest
    /// What lists tell, so that they need not parse whole dashboards each time.
    mutable std::map<std::pair<ProjectId, std::string>, Told> m_told;
};

/// "a few seconds ago", "2 min ago", "3 h ago", "5 d ago".
std::string agoText(int64_t thenMs, int64_t nowMs);

} // namespace plimsoll::api
