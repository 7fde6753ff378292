#pragma once

#include <QJsonObject>

#include <string>
#include <vector>

namespace plimsoll::alerts::prometheus {

/// Rules, as the resource `rules` shows them, as a Prometheus rule file that `promtool check rules` accepts.
///
/// A threshold goes into the expression; each of several levels becomes an alert of its own of the same name
/// with the label `severity`. Groups keep their names and order; rules without one are in the group
/// "plimsoll". What the format cannot say (channels, no_data, depends_on, the rhythm of notices) stands in
/// comments; alerts that are switched off are comments as a whole. readRuleFile() reads it back.
std::string writeRuleFile(const std::vector<QJsonObject> &rules);

} // namespace plimsoll::alerts::prometheus
