#pragma once

#include "server/api/TimeArgument.h"
#include "server/http/Request.h"
#include "storage/model/Result.h"

#include <QJsonObject>

#include <string>

namespace plimsoll::api {

/// What whoever has a link gets to see of its dashboard: titles, legends, units and values, and no
/// expression. `share` is the record of the link.
QJsonObject sharedView(const QJsonObject &dashboard, const QJsonObject &share);

/// One query over a link, ready to run.
struct SharedQuery
{
    static constexpr int64_t maxPoints = 2'000;
    static constexpr int64_t slackMs = 5 * 60'000; ///< beyond the time that the link shows

    std::string expr;
    TimeRange range;
    int64_t stepMs = 0;
};

/// The stored query that a request means, with what was frozen put in. A variable that the dashboard lost
/// since does not matter. Fails with Forbidden outside the time that the link shows.
Result<SharedQuery> sharedQuery(const http::Request &request, const QJsonObject &dashboard,
                                const QJsonObject &share, int64_t nowMs);

} // namespace plimsoll::api
