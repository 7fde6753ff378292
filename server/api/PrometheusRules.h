#pragma once

#include "server/api/PrometheusCall.h"

namespace plimsoll::api::prometheus {

/// The rules of a project and their alerts, pending and firing, as Prometheus shows them: by group, those
/// without one in the group "plimsoll"; a rule with several levels is one alerting rule for each. A rule that
/// is disabled is not there. They come from the alerts room and answer from its thread. Filters: `type`,
/// `rule_name[]`, `rule_group[]`, `file[]`, `exclude_alerts`.
void answerRules(const PrometheusParts &parts, const http::Request &request, http::Reply reply);
void answerAlerts(const PrometheusParts &parts, const http::Request &request, http::Reply reply);

/// The expression of a rule resource, with its comparison where that stands apart.
std::string ruleExpression(const QJsonObject &rule);

} // namespace plimsoll::api::prometheus
