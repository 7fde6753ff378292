#pragma once

#include "storage/model/Result.h"

#include <QJsonArray>
#include <QJsonObject>

#include <set>
#include <string>

namespace plimsoll::api {

/// Bounds of a dashboard; those of single fields are in DASHBOARDS.md.
inline constexpr int maxPanels = 100;
inline constexpr int maxQueriesOfPanel = 26;
inline constexpr int maxExpressionBytes = 10'240;
inline constexpr int maxVariables = 20;
inline constexpr qint64 maxDashboardBytes = 1'000'000;

/// What becomes of an expression that does not parse.
enum class WrongExpression { Refuse, Mark };

/// The fields that a caller may set, checked, with defaults for the rest. Fails with Unprocessable and names
/// the panel or variable, the field, and the position in an expression.
Result<QJsonObject> checkedDashboard(const QJsonObject &asked,
                                     WrongExpression wrong = WrongExpression::Refuse);

/// The kind and place of each panel, for pictures of a dashboard.
QJsonArray shapeOf(const QJsonObject &dashboard);

/// The metrics that the expressions select, sorted; at most 200.
QJsonArray metricsOf(const QJsonObject &dashboard);

/// The names of the variables of a dashboard.
std::set<std::string> variableNames(const QJsonObject &dashboard);

/// Lets panels flow down until none covers another, in the order of their places.
QJsonArray withoutOverlaps(const QJsonArray &panels);

} // namespace plimsoll::api
