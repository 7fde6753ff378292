#pragma once

#include "server/api/dashboards/Variables.h"
#include "storage/model/Result.h"

#include <QJsonObject>

namespace plimsoll::api {

/// The record of a link that somebody asks for with `body` (DASHBOARDS.md, "Shares"): what it shows of the
/// dashboard, when and until when, with the values of the variables as they are now. It has no id, token or
/// maker yet.
Result<QJsonObject> shareOf(const QJsonObject &dashboard, const QJsonObject &body, int64_t nowMs);

/// What each variable of a dashboard stands for; `chosen` has values by name, null for all, and comes before
/// what the dashboard has. Fails with Unprocessable where a value is neither a text nor a list of texts, or
/// names no variable.
Result<VariableChoices> choicesOf(const QJsonObject &dashboard, const QJsonObject &chosen);

} // namespace plimsoll::api
