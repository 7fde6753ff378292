#pragma once

#include "server/api/ReadScope.h"

#include <string>

namespace plimsoll::api {

/// The JSON answer of `GET /metrics/system`: the newest host and process figures, null where they are not
/// known.
Result<std::string> answerSystem(const ReadScope &scope, const std::string &host);

} // namespace plimsoll::api
