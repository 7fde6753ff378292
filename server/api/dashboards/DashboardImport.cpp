#include "server/api/dashboards/DashboardImport.h"

#include "server/api/dashboards/Dashboard.h"
#include "server/api/dashboards/GrafanaDashboard.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

namespace plimsoll::api {

namespace {

constexpr int maxDepth = 64;

/// How deep brackets nest outside strings.
int depthOf(const QByteArray &json)
{
    int depth = 0;
    int deepest = 0;
    bool inString = false;
    for (qsizetype i = 0; i < json.size(); i++) {
        const char c = json[i];
        if (inString) {
            i += c == '\\';
            inString = c != '"';
        } else if (c == '"') {
            inString = true;
        } else if (c == '{' || c == '[') {
            deepest = std::max(deepest, ++depth);
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return deepest;
}

Result<QJsonObject> parsed(const QByteArray &json)
{
    if (depthOf(json) > maxDepth)
        return Error{ErrorCode::Unprocessable, "The JSON nests deeper than 64 levels; no dashboard does.",
                     "Export it again."};
    QJsonParseError failure;
    const QJsonDocument document = QJsonDocument::fromJson(json, &failure);
    if (failure.error != QJsonParseError::NoError)
        return Error{ErrorCode::Invalid,
                     "This is not JSON: " + failure.errorString().toStdString() + " at byte " +
                         std::to_string(failure.offset) + ".",
                     "Export the dashboard as a JSON file, and send that."};
    if (!document.isObject())
        return Error{ErrorCode::Invalid, "A dashboard is a JSON object; this is something else.", {}};
    return document.object();
}

/// What lies within the envelopes of Grafana's API.
QJsonObject unwrapped(const QJsonObject &json)
{
    if (json["dashboard"].isObject())
        return json["dashboard"].toObject();
    const bool resource = json["apiVersion"].isString() && json["spec"].isObject();
    return resource ? json["spec"].toObject() : json;
}

bool looksLikeOurs(const QJsonObject &json)
{
    const QJsonArray panels = json["panels"].toArray();
    return json.contains("plimsoll_dashboard") ||
           std::any_of(panels.begin(), panels.end(), [](const QJsonValue &panel) {
               return panel["queries"].isArray() && panel["kind"].isString();
           });
}

QJsonObject ownReport(const QJsonObject &dashboard)
{
    QJsonArray panels;
    const QJsonArray given = dashboard["panels"].toArray();
    for (const QJsonValue &panel : given)
        panels.append(QJsonObject{{"title", panel["title"]},
                                  {"kind", panel["kind"]},
                                  {"from", panel["kind"]},
                                  {"result", "whole"},
                                  {"panel_id", panel["id"]},
                                  {"notes", QJsonArray()}});
    QJsonArray variables;
    const QJsonArray all = dashboard["variables"].toArray();
    for (const QJsonValue &variable : all)
        variables.append(
            QJsonObject{{"name", variable["name"]}, {"result", "whole"}, {"notes", QJsonArray()}});
    return {{"source", "plimsoll"}, {"panels", panels}, {"variables", variables}, {"notes", QJsonArray()}};
}

/// What is wrong with the expressions of a panel, for people.
QJsonArray brokenIn(const QJsonValue &panel)
{
    QJsonArray notes;
    const QJsonArray queries = panel["queries"].toArray();
    for (qsizetype i = 0; i < queries.size(); i++) {
        if (const QString broken = queries[i]["broken"].toString(); !broken.isEmpty())
            notes.append(QStringLiteral("Query %1 is kept, but does not parse: %2").arg(i + 1).arg(broken));
    }
    return notes;
}

/// Adds to the report what the check found of the expressions.
void noteBroken(const QJsonObject &dashboard, QJsonObject &report)
{
    QJsonObject notesById;
    const QJsonArray panels = dashboard["panels"].toArray();
    for (const QJsonValue &panel : panels)
        notesById[panel["id"].toString()] = brokenIn(panel);
    QJsonArray rows;
    const QJsonArray given = report["panels"].toArray();
    for (const QJsonValue &value : given) {
        QJsonObject row = value.toObject();
        QJsonArray notes = row["notes"].toArray();
        const QJsonArray more = notesById[row["panel_id"].toString()].toArray();
        for (const QJsonValue &note : more)
            notes.append(note);
        if (!more.isEmpty())
            row["result"] = "partly";
        row["notes"] = notes;
        rows.append(row);
    }
    report["panels"] = rows;
}

Error neither()
{
    return {ErrorCode::Unprocessable, "This is neither a dashboard of Plimsoll nor a classic one of Grafana.",
            "In Grafana use Share, Export, \"Save to file\"."};
}

Result<ImportedDashboard> completed(const QJsonObject &fields, QJsonObject report)
{
    const auto checked = checkedDashboard(fields, WrongExpression::Mark);
    if (!checked)
        return checked.error();
    noteBroken(*checked, report);
    return ImportedDashboard{*checked, report};
}

} // namespace

Result<ImportedDashboard> importedDashboard(const QByteArray &json)
{
    const auto document = parsed(json);
    if (!document)
        return document.error();
    const QJsonObject fields = unwrapped(*document);
    if (fields["elements"].isObject() && fields["layout"].isObject())
        return Error{ErrorCode::Unprocessable, "This is Grafana's newer format, which is not read.",
                     "Export it as classic JSON: Share, Export, model \"Classic\"."};
    if (looksLikeOurs(fields)) {
        auto read = completed(fields, {});
        if (!read)
            return read;
        QJsonObject report = ownReport(read->dashboard);
        noteBroken(read->dashboard, report);
        return ImportedDashboard{read->dashboard, report};
    }
    if (!looksLikeGrafana(fields))
        return neither();
    auto read = dashboardOfGrafana(fields);
    if (!read)
        return read.error();
    return completed(read->dashboard, read->report);
}

} // namespace plimsoll::api
