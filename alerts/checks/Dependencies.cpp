#include "alerts/checks/Dependencies.h"

#include <set>

namespace plimsoll::alerts {

namespace {

bool leadsTo(const Dependencies &all, const std::string &from, const std::string &to,
             std::set<std::string> &seen)
{
    if (from == to)
        return true;
    if (!seen.insert(from).second)
        return false;
    const auto found = all.find(from);
    if (found == all.end())
        return false;
    for (const std::string &parent : found->second) {
        if (leadsTo(all, parent, to, seen))
            return true;
    }
    return false;
}

} // namespace

Status acceptDependencies(const Dependencies &all, const std::string &id,
                          const std::vector<std::string> &parents)
{
    for (const std::string &parent : parents) {
        if (parent != id && !all.contains(parent))
            return Error{
                ErrorCode::Unprocessable, "`depends_on` names \"" + parent + "\", which does not exist.", {}};
        std::set<std::string> seen;
        if (leadsTo(all, parent, id, seen))
            return Error{ErrorCode::Unprocessable,
                         "`depends_on` makes a circle: \"" + parent + "\" depends on this check in turn.",
                         {}};
    }
    return {};
}

} // namespace plimsoll::alerts
