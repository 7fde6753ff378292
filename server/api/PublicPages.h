#pragma once

#include "server/http/Router.h"
#include "storage/model/Batch.h"
#include "storage/model/Result.h"

#include <functional>
#include <optional>
#include <string>

namespace plimsoll::api {

/// The role by which routes that need no key reach the alerts room: status pages and the pings of jobs. What
/// they may show or do is decided by a slug or by the 128 bits of an address, not by who asks. Safe to call
/// from any thread; never blocks; `done` is called once, on any thread.
class PublicPages
{
public:
    enum class Form { Html, Feed, Badge, UptimeBadge, Json };
    struct Page
    {
        std::string contentType;
        std::string body;
        std::string styleHash; ///< of its style element; empty where it has none
        bool isPublic = true;  ///< else for readers of the project only
        ProjectId project = defaultProject;
    };
    struct Ping
    {
        enum class Kind { Start, Success, Failure };
        Kind kind = Kind::Success;
        std::optional<int> exitCode;
        std::string output;
        std::string run;
    };

    virtual ~PublicPages() = default;
    virtual void page(std::string slug, Form form, std::function<void(Result<Page>)> done) = 0;
    /// Done once it is durable.
    virtual void ping(std::string id, Ping ping, std::function<void(Status)> done) = 0;
};

/// Adds /status/{slug} with its feed, badge and JSON, and /ping/{id} (README.md, "Status pages" and
/// "Heartbeats"). `pages` outlives the router.
void addPublicRoutes(http::Router &router, PublicPages &pages);

} // namespace plimsoll::api
