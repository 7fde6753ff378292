#pragma once

#include "storage/model/Batch.h"
#include "storage/model/Result.h"

#include <QJsonObject>

#include <functional>
#include <map>
#include <string>

namespace plimsoll::api {

/// The role by which the API reaches the alerts room of a project. Resources go by the name that they have in
/// the path ("rules", "silences"; AlertResources.h has them all). Safe to call from any thread; never blocks.
/// `done` is called exactly once, on any thread, with the resource of README.md ("Alerts") or with what is
/// wrong; removing gives an empty object. Lists give `{"items","next_cursor"}`.
class AlertControl
{
public:
    using Done = std::function<void(Result<QJsonObject>)>;
    using Arguments = std::map<std::string, std::string>;

    /// A page of a list. Filters that are empty do not filter.
    struct Listing
    {
        size_t limit = 100;
        std::string cursor;
        Arguments filters;
    };

    /// Something that is done with a resource beyond changing its fields: "test", "acknowledge", "backtest".
    struct Action
    {
        std::string name;
        QJsonObject body; ///< a text body is its member "text"
        Arguments arguments;
        std::string by; ///< who asks, as far as that is known
    };

    virtual ~AlertControl() = default;

    virtual void list(ProjectId project, std::string resource, Listing listing, Done done) = 0;
    virtual void read(ProjectId project, std::string resource, std::string id, Done done) = 0;
    virtual void create(ProjectId project, std::string resource, QJsonObject body, Done done) = 0;
    virtual void replace(ProjectId project, std::string resource, std::string id, QJsonObject body,
                         Done done) = 0;
    /// RFC 7386.
    virtual void patch(ProjectId project, std::string resource, std::string id, QJsonObject body,
                       Done done) = 0;
    virtual void remove(ProjectId project, std::string resource, std::string id, Done done) = 0;
    /// `id` is empty for an action of the collection. Answers that are not JSON are `{"text"}`.
    virtual void act(ProjectId project, std::string resource, std::string id, Action action, Done done) = 0;
};

} // namespace plimsoll::api
