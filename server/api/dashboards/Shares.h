#pragma once

#include "server/api/QueryPool.h"
#include "server/api/dashboards/Dashboards.h"
#include "server/http/GuessLimiter.h"
#include "storage/model/SeriesReader.h"
#include "storage/query/Query.h"

#include <QJsonObject>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace plimsoll::api {

struct SharedQuery;

/// Links that show one dashboard to whoever has them (DASHBOARDS.md, "Shares"). Records of a project; the id
/// of one is the hash of its token, which is kept nowhere. Safe from any thread.
class Shares
{
public:
    static constexpr size_t maxKept = 200;   ///< of a project
    static constexpr size_t maxAtATime = 40; ///< queries of one link

    /// All that it needs; outlives it and, with the router, its use.
    struct Parts
    {
        DocumentStore &documents;
        const Clock &clock;
        QueryPool &pool;
        Dashboards &dashboards;
        const ReaderSource &readers;
        QueryLimits limits;
        std::function<std::set<ProjectId>()> projects;
    };

    explicit Shares(Parts parts);
    ~Shares();

    void addRoutes(http::Router &router);
    /// Ends the shares of a dashboard that is gone.
    void removeOf(ProjectId project, const std::string &dashboardId);

private:
    /// A link that works.
    struct Open
    {
        ProjectId project = 0;
        std::string id;
        QJsonObject share;
        QJsonObject dashboard;
    };
    class Seats;

    void list(const http::Request &request, http::Reply reply) const;
    void read(const http::Request &request, http::Reply reply) const;
    void create(const http::Request &request, http::Reply reply);
    void remove(const http::Request &request, http::Reply reply);
    void show(const http::Request &request, http::Reply reply);
    void query(const http::RequestPtr &request, http::Reply reply);

    void keep(ProjectId project, QJsonObject share, http::Reply reply);
    QJsonObject itemOf(ProjectId project, const Document &document) const;
    std::optional<Open> opened(const std::string &token) const;
    /// The link, or what to answer instead.
    std::optional<Open> admitted(const http::Request &request, http::Response &refusal);
    void noteUse(const Open &open);
    void evaluate(ProjectId project, const SharedQuery &asked, http::Reply &reply,
                  const QueryPool::Cancelled &cancelled) const;

    const Parts m_parts;
    RecordBook m_book;
    RecordBook m_uses; ///< when a link was last used, apart: writing it must not bring back one that ended
    http::GuessLimiter m_guesses;
    const std::shared_ptr<Seats> m_seats;
};

} // namespace plimsoll::api
