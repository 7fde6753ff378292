#pragma once

#include "storage/model/Batch.h"
#include "storage/model/Result.h"

#include <QJsonObject>

#include <functional>
#include <string>

namespace plimsoll::api {

/// The role by which the API reaches the alerts of a project. Safe to call from any thread; never blocks.
/// `done` is called exactly once, on any thread, with the resource of README.md ("Alerts") or with what is
/// wrong; removing gives an empty object. Lists give `{"items","next_cursor"}`.
class AlertControl
{
public:
    using Done = std::function<void(Result<QJsonObject>)>;
    enum class Resource { Rules, Channels, Episodes, Deliveries };

    /// A page of a list. Filters that are empty do not filter; those that a resource does not have are
    /// ignored.
    struct Listing
    {
        Resource resource = Resource::Rules;
        size_t limit = 100;
        std::string cursor;
        std::string state;     ///< of episodes: "firing" or "resolved"
        std::string ruleId;    ///< of episodes
        std::string episodeId; ///< of deliveries
    };

    virtual ~AlertControl() = default;

    virtual void list(ProjectId project, Listing listing, Done done) = 0;
    /// One rule, channel or episode.
    virtual void read(ProjectId project, Resource resource, std::string id, Done done) = 0;
    /// Creates, replaces, patches (RFC 7386) and removes rules and channels.
    virtual void create(ProjectId project, Resource resource, QJsonObject body, Done done) = 0;
    virtual void replace(ProjectId project, Resource resource, std::string id, QJsonObject body,
                         Done done) = 0;
    virtual void patch(ProjectId project, Resource resource, std::string id, QJsonObject body, Done done) = 0;
    virtual void remove(ProjectId project, Resource resource, std::string id, Done done) = 0;

    /// Sends a test notification at once; takes up to the channel's time limit.
    virtual void testChannel(ProjectId project, std::string id, Done done) = 0;
    virtual void acknowledge(ProjectId project, std::string episodeId, std::string by, Done done) = 0;
};

} // namespace plimsoll::api
