#pragma once

#include "storage/model/Result.h"

#include <QJsonObject>

namespace plimsoll::api {

/// A dashboard of Grafana as fields of ours, not checked yet.
struct GrafanaDashboard
{
    QJsonObject dashboard;
    QJsonObject report;
};

/// Whether a JSON object is a classic dashboard of Grafana, as far as one can tell.
bool looksLikeGrafana(const QJsonObject &json);

/// Fails with Unprocessable where it has more panels than anybody looks at.
Result<GrafanaDashboard> dashboardOfGrafana(const QJsonObject &json);

} // namespace plimsoll::api
