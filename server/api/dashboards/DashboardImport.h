#pragma once

#include "storage/model/Result.h"

#include <QByteArray>
#include <QJsonObject>

namespace plimsoll::api {

/// What an import makes.
struct ImportedDashboard
{
    QJsonObject dashboard; ///< checked; without id, version, times and people
    QJsonObject report;    ///< DASHBOARDS.md, "Import"
};

/// Reads an export or resource of ours, or a dashboard of Grafana. Fails with Invalid where it is no JSON,
/// and with Unprocessable where it is neither or beyond a bound.
Result<ImportedDashboard> importedDashboard(const QByteArray &json);

} // namespace plimsoll::api
