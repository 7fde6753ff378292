#include "server/api/ProjectArgument.h"

#include "server/api/InQuotes.h"

namespace plimsoll::api {

Status checkProject(const http::Request &request)
{
    const auto asked = request.argument("project");
    const ProjectId own = request.principal.project;
    if (!asked || asked->empty() || *asked == std::to_string(own) ||
        (own == defaultProject && *asked == "default"))
        return {};
    return Error{ErrorCode::Forbidden, inQuotes(*asked) + " is not the project of this key or session.",
                 "Leave project out, or use a key of that project."};
}

} // namespace plimsoll::api
