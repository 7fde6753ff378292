#pragma once

#include "server/http/Request.h"
#include "server/http/Response.h"
#include "server/http/RouteDescription.h"

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plimsoll::http {

/// Handles a request on the thread of its connection. It must not block; work goes to another thread and
/// answers through the Reply from there. A QCoro coroutine may be started with spawn() (see Coroutine.h).
using Handler = std::function<void(RequestPtr, Reply)>;

/// What a route asks of its caller, checked before the handler runs. Admin and Edit include Read; Edit and
/// Admin include Ingest; a Read key may not write, an Ingest key may not read. Appliance is what concerns all
/// projects: an Admin of the project `default`, a session, or open loopback.
enum class Access { Public, Ingest, Read, Edit, Admin, Appliance };

/// "public", "ingest", "read", "edit", "admin", "appliance".
std::string_view accessName(Access access);

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
    bool forOtherOrigins = false;  ///< a public route that cors.origins may open to pages of other sites
    RouteDescription about = {};   ///< for the OpenAPI document; every route of the appliance has one
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

    /// Where a literal segment and a parameter both match, the literal wins. Two routes of one method that
    /// differ in no literal segment, and a malformed pattern, are bugs and end the program.
    void add(Route route);
    void get(std::string pattern, Access access, Handler handler, RouteDescription about = {});
    void post(std::string pattern, Access access, Handler handler, RouteDescription about = {});

    Match match(Method method, std::string_view path) const;
    /// All routes, in the order in which they were added; their addresses do not change.
    const std::deque<Route> &routes() const { return m_routes; }

private:
    enum class SegmentKind { Literal, Integer, Text, Rest };
    struct Segment
    {
        SegmentKind kind = SegmentKind::Literal;
        std::string text; ///< the literal, or the parameter's name
    };
    using Pattern = std::vector<Segment>;

    static Pattern parsed(const std::string &pattern);
    static bool accepts(const Segment &segment, std::string_view text);
    static bool matches(const Pattern &pattern, const std::vector<std::string_view> &segments);
    static int compareSpecificity(const Pattern &left, const Pattern &right);
    const Route *best(Method method, const std::vector<std::string_view> &segments,
                      const Pattern **pattern) const;
    std::string allowed(const std::vector<std::string_view> &segments) const;

    std::deque<Route> m_routes;
    std::vector<Pattern> m_patterns; ///< of the route at the same position
};

} // namespace plimsoll::http
