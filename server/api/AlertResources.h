#pragma once

#include "server/http/Router.h"

#include <span>
#include <string>
#include <vector>

namespace plimsoll::api {

/// An action of a resource: `/api/app/{resource}[/{id}]/{name}`, without the last part where the name is
/// empty.
struct AlertAction
{
    std::string name;
    bool ofOne = true; ///< of one resource; else of the collection
    http::Method method = http::Method::Post;
    http::Access access = http::Access::Edit;
    std::string summary;
    std::string example = {}; ///< of the body, as JSON; empty where none is needed
    std::vector<http::RouteArgument> arguments = {};
    std::string bodyType = {};   ///< of another body than JSON that is taken too: "text/yaml"
    std::string answerType = {}; ///< of an answer that is not JSON: "image/svg+xml"
    qint64 maxBodyBytes = 256 * 1024;
};

/// A resource of the alerts room under `/api/app`.
struct AlertResource
{
    std::string name;          ///< in the path
    std::string one;           ///< "an alarm", for summaries
    bool writable = true;      ///< POST, PUT, PATCH and DELETE
    bool readable = true;      ///< GET of one
    bool stampsAuthor = false; ///< a new one that names nobody gets `created_by`, as far as that is known
    std::string example = {};  ///< of a definition, as JSON
    std::vector<http::RouteArgument> filters = {}; ///< of the list, beside cursor and limit
    std::vector<AlertAction> actions = {};
};

/// All of them. A new resource of the alerts room is one row here, one ResourceBook there, and its routes in
/// tests/integration/RouteAccess.h.
std::span<const AlertResource> alertResources();

} // namespace plimsoll::api
