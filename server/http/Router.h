#pragma once

#include "server/http/Request.h"
#include "server/http/Response.h"

#include <functional>
#include <string>
#include <vector>

namespace plimsoll::http {

/// Handles a request on the thread of its connection. It must not block; work goes to another thread and
/// answers through the Reply from there. A QCoro coroutine may be started with spawn() (see Coroutine.h).
using Handler = std::function<void(RequestPtr, Reply)>;

/// What a route asks of its caller, checked before the handler runs. Admin and Edit include Read; Edit and
/// Admin include Ingest; a Read key may not write, an Ingest key may not read.
enum class Access { Public, Ingest, Read, Edit, Admin };

/// One row of the route table.
struct Route
{
    Method method = Method::Get;
    /// Segments in braces are parameters: "/api/app/rules/{id}", "/status/{code:int}". "{rest:path}" takes
    /// the remaining segments, only as the last one.
    std::string pattern;
    Access access = Access::Read;
    Handler handler;
    bool onIngestThread =
        false; ///< connections whose first request is for this route are given to the ingest thread
    bool rawBody = false;          ///< the handler wants the body as it came, still compressed
    qint64 maxBodyBytes = 1 << 20; ///< before and after decompression
};

/// The table of all routes. Filled at start, then read-only and safe from any thread. GET routes answer HEAD
/// too; a known path with a wrong method is 405 with Allow, an unknown one 404.
class Router
{
public:
    struct Match
    {
        const Route *route = nullptr;
        std::vector<std::pair<std::string, std::string>> parameters;
        std::string allow; ///< comma-separated methods, where the path is known but the method is not
    };

    /// Two routes that could match the same path with the same method are a bug and assert.
    void add(Route route);
    void get(std::string pattern, Access access, Handler handler);
    void post(std::string pattern, Access access, Handler handler);

    Match match(Method method, std::string_view path) const;
    const std::vector<Route> &routes() const { return m_routes; }

private:
    std::vector<Route> m_routes;
};

} // namespace plimsoll::http
