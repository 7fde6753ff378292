#pragma once

#include <QJsonObject>
#include <QJsonValue>

#include <map>
#include <string>

namespace plimsoll::api {

/// The data sources that a dashboard of Grafana speaks of.
class GrafanaSources
{
public:
    explicit GrafanaSources(const QJsonObject &dashboard);

    /// What answers: empty for Prometheus and for what nobody can tell, else its kind ("loki").
    std::string foreignKind(const QJsonValue &source) const;
    /// The value of a constant input: "${VAR_JOB}" -> "node".
    QString constant(const QString &text) const;

private:
    std::string kindOf(const std::string &name) const;

    std::map<std::string, std::string> m_kinds; ///< of inputs and of variables of the type datasource
    std::map<std::string, std::string> m_constants;
};

} // namespace plimsoll::api
