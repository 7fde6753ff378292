#pragma once

#include "server/http/Response.h"

#include <string>
#include <vector>

namespace plimsoll::api::prometheus {

/// What goes along with an answer.
struct Notes
{
    std::vector<std::string> warnings;
    std::vector<std::string> infos;
};

/// An answer of success whose `data` is JSON.
http::Response success(std::string data, const Notes &notes = {});
/// An answer of failure: Prometheus' error type and status for the code of an error, its message and hint.
http::Response failure(const Error &error);

/// `,"warnings":[…],"infos":[…]`, each where there are some.
std::string notesToJson(const Notes &notes);

} // namespace plimsoll::api::prometheus
