#pragma once

#include "alerts/Page.h"

#include <QCoroTask>
#include <QJsonObject>

#include <map>
#include <string>

namespace plimsoll::alerts {

/// One kind of resource of a project as the API shows it: rules, channels, silences, checks. What it does not
/// override answers that it cannot be done.
///
/// Lives on the alert thread with the ProjectAlerts that owns it. Arguments are taken by value since the
/// tasks outlive their callers; a task ends with Cancelled where the appliance stops meanwhile.
class ResourceBook
{
public:
    using Answer = Result<QJsonObject>;

    struct Listing
    {
        PageRequest page;
        std::map<std::string, std::string> filters; ///< the arguments of the request that the route allows

        std::string filter(const std::string &name) const
        {
            const auto found = filters.find(name);
            return found == filters.end() ? std::string() : found->second;
        }
    };

    /// Something that is done with a resource, or with the whole collection, beyond changing its fields.
    struct Action
    {
        Action() = default;

        std::string name; ///< "test", "acknowledge", "backtest"
        QJsonObject body; ///< what was sent; a text body is its member "text"
        std::map<std::string, std::string> arguments;
        std::string by; ///< the name of whoever asks, as the access control knows them; may be empty
    };

    virtual ~ResourceBook() = default;

    /// `{"items":[…],"next_cursor"}`.
    virtual Answer list(Listing listing) const;
    virtual Answer read(std::string id) const;
    /// The resource with its new `id`.
    virtual QCoro::Task<Answer> create(QJsonObject definition);
    virtual QCoro::Task<Answer> replace(std::string id, QJsonObject definition);
    /// RFC 7386.
    virtual QCoro::Task<Answer> patch(std::string id, QJsonObject patch);
    virtual QCoro::Task<Status> remove(std::string id);
    /// `id` is empty for an action of the collection. Where the route answers in another form than JSON, the
    /// answer is `{"text"}`.
    virtual QCoro::Task<Answer> act(std::string id, Action action);
};

} // namespace plimsoll::alerts
