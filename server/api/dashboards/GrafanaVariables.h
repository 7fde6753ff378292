#pragma once

#include "server/api/dashboards/GrafanaSources.h"

#include <QJsonArray>
#include <QJsonObject>

namespace plimsoll::api {

/// The variables of a dashboard of Grafana as our own, with a report on each.
struct GrafanaVariables
{
    QJsonArray variables;
    QJsonArray report; ///< `{"name","result","notes"}`
};

GrafanaVariables variablesOfGrafana(const QJsonObject &dashboard, const GrafanaSources &sources);

} // namespace plimsoll::api
