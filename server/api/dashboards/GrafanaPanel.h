#pragma once

#include "server/api/dashboards/GrafanaSources.h"

#include <QJsonObject>

#include <optional>

namespace plimsoll::api {

/// One panel of a dashboard of Grafana as ours.
struct GrafanaPanel
{
    std::optional<QJsonObject> panel; ///< without id and place; nothing where it is left out
    QJsonObject report;               ///< `{"title","kind","from","result","notes"}`
};

GrafanaPanel panelOfGrafana(const QJsonObject &panel, const GrafanaSources &sources);

} // namespace plimsoll::api
