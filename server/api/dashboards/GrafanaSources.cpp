#include "server/api/dashboards/GrafanaSources.h"

#include "server/api/dashboards/Variables.h"

#include <QJsonArray>

namespace plimsoll::api {

namespace {

std::string textIn(const QJsonValue &object, const char *field)
{
    return object[QLatin1String(field)].toString().toStdString();
}

/// Whether something speaks PromQL: VictoriaMetrics, Mimir and Amazon's service do.
bool speaksPromql(const std::string &kind)
{
    for (const char *part : {"prometheus", "victoriametrics", "mimir", "thanos", "cortex"}) {
        if (kind.find(part) != std::string::npos)
            return true;
    }
    return false;
}

/// A source named by hand tells its kind by its name, where it does.
std::string kindInName(const std::string &name)
{
    const std::string lower = QString::fromStdString(name).toLower().toStdString();
    for (const char *kind :
         {"loki", "influx", "graphite", "elastic", "opensearch", "cloudwatch", "tempo", "jaeger", "zipkin",
          "mysql", "postgres", "mssql", "clickhouse", "stackdriver", "opentsdb", "testdata", "zabbix"}) {
        if (lower.find(kind) != std::string::npos)
            return kind;
    }
    return {};
}

} // namespace

GrafanaSources::GrafanaSources(const QJsonObject &dashboard)
{
    const QJsonArray inputs = dashboard["__inputs"].toArray();
    for (const QJsonValue &input : inputs) {
        if (textIn(input, "type") == "datasource")
            m_kinds[textIn(input, "name")] = textIn(input, "pluginId");
        else
            m_constants[textIn(input, "name")] = textIn(input, "value");
    }
    const QJsonArray variables = dashboard["templating"]["list"].toArray();
    for (const QJsonValue &variable : variables) {
        if (textIn(variable, "type") == "datasource")
            m_kinds[textIn(variable, "name")] = textIn(variable, "query");
    }
}

std::string GrafanaSources::kindOf(const std::string &name) const
{
    for (const std::string &variable : variablesIn(name)) {
        if (const auto known = m_kinds.find(variable); known != m_kinds.end())
            return known->second;
    }
    return kindInName(name);
}

std::string GrafanaSources::foreignKind(const QJsonValue &source) const
{
    std::string kind = source.isString() ? kindOf(source.toString().toStdString()) : textIn(source, "type");
    if (source.isObject() && (kind.empty() || kind == "datasource"))
        kind = kindOf(textIn(source, "uid"));
    return speaksPromql(kind) ? std::string() : kind;
}

QString GrafanaSources::constant(const QString &text) const
{
    for (const std::string &variable : variablesIn(text.toStdString())) {
        if (const auto known = m_constants.find(variable); known != m_constants.end())
            return QString::fromStdString(known->second);
    }
    return text;
}

} // namespace plimsoll::api
