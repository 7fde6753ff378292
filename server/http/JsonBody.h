#pragma once

#include "server/http/Request.h"
#include "storage/model/Result.h"

#include <QJsonObject>

namespace plimsoll::http {

/// The JSON object that is the body of a request, or Invalid; an empty body is an empty object where
/// `mayLack`.
Result<QJsonObject> objectIn(const Request &request, bool mayLack = false);

} // namespace plimsoll::http
