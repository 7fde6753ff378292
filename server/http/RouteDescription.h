#pragma once

#include <string>
#include <vector>

namespace plimsoll::http {

/// An argument of a route: of its query or, where its pattern has a parameter of that name, of its path.
struct RouteArgument
{
    std::string name = {};
    std::string text = {};               ///< what it is, with its default
    bool required = false;               ///< those of the path always are
    bool repeated = false;               ///< may be given several times
    std::vector<std::string> oneOf = {}; ///< the only values, where they are few
    std::string example = {};
    std::string type = "string"; ///< of JSON Schema
};

/// One form in which a route takes its body.
struct RouteBody
{
    std::string contentType = "application/json";
    std::string example = {}; ///< JSON is told as such, with a schema made of it; empty for none
};

/// One answer of a route.
struct RouteAnswer
{
    int status = 200;
    std::string text = {};
    std::string contentType = "application/json"; ///< empty where there is no body
    std::string example = {};
};

/// What a route says of itself. The OpenAPI document is made of these, so that it cannot lack a route, and
/// errors that every route may give (401, 403, 429 and so on) need not be named.
struct RouteDescription
{
    std::string group = {}; ///< the chapter of the document: "Reading"
    std::string summary = {};
    std::string text = {}; ///< more of it, where the summary does not do
    std::vector<RouteArgument> arguments = {};
    std::vector<RouteBody> bodies = {};
    std::vector<RouteAnswer> answers = {}; ///< none: 200 with JSON
};

} // namespace plimsoll::http
