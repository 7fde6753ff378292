#pragma once

#include "server/http/Request.h"
#include "storage/model/Result.h"

namespace plimsoll::api {

/// The argument `project` may only name the caller's own: by its number or, of the first, as `default`. Else
/// it is Forbidden.
Status checkProject(const http::Request &request);

} // namespace plimsoll::api
