#include "server/api/OpenApi.h"

#include "server/api/PrometheusDescriptions.h"
#include "server/http/Method.h"
#include "server/http/Sessions.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <mutex>

namespace plimsoll::api {

namespace {

using http::Route;
using http::RouteAnswer;
using http::RouteArgument;

constexpr const char *introduction = R"(Metrics in, charts and alarms out.

Every request that is not public carries an API key: `Authorization: Bearer plm_…` (make one under Settings, or with
`plimsoll key create --role read`). On the machine itself no key is needed until an admin password is set.

**curl.** `curl -H "Authorization: Bearer $KEY" "http://127.0.0.1:9510/metrics/query?metric=revenue&from=7d&group_by=day"`

**Retool.** Resource "REST API", base URL the address of this server, header `Authorization: Bearer <key>`. A query
`GET /metrics/query` with the URL parameters `metric`, `from` and `group_by`; a chart takes `{{ query.data.series[0].buckets }}`
with `t` for x and `sum` for y. Retool calls from its own servers, so no CORS setting is needed.

**Bubble.** Plugin "API Connector", authentication "Private key in header" with the value `Bearer <key>`, a GET call
used as data. Where a call is run in the browser, name the app's origin in `cors.origins`.

**Spreadsheets.** In Google Sheets `=IMPORTDATA("https://HOST/metrics/query?metric=revenue&from=30d&group_by=day&format=csv&key=KEY")`;
in Excel Data > From Web with the same address. `key` takes keys with the role read only: an address is seen by more
eyes than a header.

**Projects.** A key sees its own project and no other. A session, and a caller on the machine itself, is in `default`
unless the request says `X-Plimsoll-Project: shop` or `?project=shop`. Where `x-plimsoll-access` is `appliance`, a key must
be an admin's of `default`.

**Browsers.** Pages of other sites are refused unless `cors.origins` names them; each needs a key of its own.)";

QString qt(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

/// A segment "{id}", "{code:int}" or "{rest:path}" as its name.
std::string parameterName(std::string_view segment)
{
    const std::string_view inner = segment.substr(1, segment.size() - 2);
    return std::string(inner.substr(0, inner.find(':')));
}

/// Splits a pattern into its segments.
std::vector<std::string> segmentsOf(const std::string &pattern)
{
    std::vector<std::string> segments;
    for (const QString &segment : QString::fromStdString(pattern).mid(1).split(u'/'))
        segments.push_back(segment.toStdString());
    return segments;
}

bool isParameter(const std::string &segment) { return segment.starts_with('{'); }

/// "/a/{rest:path}" -> "/a/{rest}".
QString pathOf(const Route &route)
{
    std::string path;
    for (const std::string &segment : segmentsOf(route.pattern))
        path += '/' + (isParameter(segment) ? '{' + parameterName(segment) + '}' : segment);
    return QString::fromStdString(path);
}

QString operationId(const Route &route)
{
    std::string id(http::methodName(route.method));
    std::transform(id.begin(), id.end(), id.begin(), [](char c) { return char(c + 32); });
    for (const char c : route.pattern) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (plain)
            id += c;
        else if (id.back() != '_')
            id += '_';
    }
    while (id.back() == '_')
        id.pop_back();
    return QString::fromStdString(id == "get" ? "get_root" : id);
}

/// What an example tells of the shape that it is one of. Any scalar may be null where a figure is not known.
QJsonObject schemaOf(const QJsonValue &example)
{
    switch (example.type()) {
    case QJsonValue::Object: {
        QJsonObject properties;
        const QJsonObject object = example.toObject();
        for (auto it = object.begin(); it != object.end(); ++it)
            properties[it.key()] = schemaOf(it.value());
        return properties.isEmpty() ? QJsonObject{{"type", "object"}}
                                    : QJsonObject{{"type", "object"}, {"properties", properties}};
    }
    case QJsonValue::Array: {
        const QJsonArray array = example.toArray();
        return {{"type", "array"}, {"items", array.isEmpty() ? QJsonObject() : schemaOf(array[0])}};
    }
    case QJsonValue::String:
        return {{"type", QJsonArray{"string", "null"}}};
    case QJsonValue::Double:
        return {{"type", QJsonArray{"number", "null"}}};
    case QJsonValue::Bool:
        return {{"type", "boolean"}};
    default:
        return {};
    }
}

QJsonObject contentOf(const std::string &contentType, const std::string &example)
{
    QJsonObject media;
    const bool json = contentType.ends_with("json") && !contentType.ends_with("x-ndjson");
    const QJsonDocument document = QJsonDocument::fromJson(QByteArray::fromStdString(example));
    if (json && !document.isNull()) {
        const QJsonValue value = document.isArray() ? QJsonValue(document.array()) : document.object();
        media["schema"] = schemaOf(value);
        media["example"] = value;
    } else {
        media["schema"] = json ? QJsonObject() : QJsonObject{{"type", "string"}};
        if (!example.empty())
            media["example"] = qt(example);
    }
    return {{qt(contentType), media}};
}

QJsonObject parameterOf(const RouteArgument &argument, bool inPath)
{
    QJsonObject schema{{"type", qt(argument.type)}};
    if (!argument.oneOf.empty()) {
        QJsonArray values;
        for (const std::string &value : argument.oneOf)
            values.append(qt(value));
        schema["enum"] = values;
    }
    if (argument.repeated)
        schema = {{"type", "array"}, {"items", schema}};
    QJsonObject parameter{{"name", qt(argument.name)}, {"in", inPath ? "path" : "query"}, {"schema", schema}};
    if (inPath || argument.required)
        parameter["required"] = true;
    if (!argument.text.empty())
        parameter["description"] = qt(argument.text);
    if (!argument.example.empty())
        parameter["example"] = argument.repeated ? QJsonValue(QJsonArray{qt(argument.example)})
                                                 : QJsonValue(qt(argument.example));
    if (argument.type == "integer" && !argument.example.empty())
        parameter["example"] = qt(argument.example).toLongLong();
    return parameter;
}

QJsonArray parametersOf(const Route &route)
{
    QJsonArray parameters;
    std::vector<std::string> inPath;
    for (const std::string &segment : segmentsOf(route.pattern)) {
        if (!isParameter(segment))
            continue;
        inPath.push_back(parameterName(segment));
        const auto &known = route.about.arguments;
        const auto told = std::find_if(known.begin(), known.end(),
                                       [&](const RouteArgument &one) { return one.name == inPath.back(); });
        RouteArgument argument = told == known.end() ? RouteArgument{.name = inPath.back()} : *told;
        if (segment.ends_with(":int}"))
            argument.type = "integer";
        parameters.append(parameterOf(argument, true));
    }
    for (const RouteArgument &argument : route.about.arguments) {
        if (std::find(inPath.begin(), inPath.end(), argument.name) == inPath.end())
            parameters.append(parameterOf(argument, false));
    }
    return parameters;
}

QJsonObject responsesOf(const Route &route)
{
    QJsonObject responses;
    std::vector<RouteAnswer> answers = route.about.answers;
    if (answers.empty())
        answers.emplace_back();
    for (const RouteAnswer &answer : answers) {
        const QString status = QString::number(answer.status);
        QJsonObject response = responses[status].toObject();
        if (!response.contains("description"))
            response["description"] = answer.text.empty() ? QStringLiteral("Done.") : qt(answer.text);
        if (!answer.contentType.empty()) {
            QJsonObject content = response["content"].toObject();
            const QJsonObject more = contentOf(answer.contentType, answer.example);
            for (auto it = more.begin(); it != more.end(); ++it)
                content[it.key()] = it.value();
            response["content"] = content;
        }
        responses[status] = response;
    }
    responses["default"] = QJsonObject{{"$ref", "#/components/responses/Error"}};
    return responses;
}

/// As one types it: with the arguments that have examples.
QString curlOf(const Route &route)
{
    QByteArray query;
    QString path = pathOf(route);
    for (const RouteArgument &argument : route.about.arguments) {
        const QString slot = '{' + qt(argument.name) + '}';
        if (argument.example.empty())
            continue;
        if (path.contains(slot))
            path.replace(slot, qt(argument.example));
        else
            query += (query.isEmpty() ? "?" : "&") + QByteArray::fromStdString(argument.name) + '=' +
                     qt(argument.example).toUtf8().toPercentEncoding(":,()");
    }
    QString line = QStringLiteral("curl");
    if (route.method != http::Method::Get)
        line += " -X " + qt(http::methodName(route.method));
    if (route.access != http::Access::Public)
        line += QStringLiteral(" -H 'Authorization: Bearer KEY'");
    if (!route.about.bodies.empty() && !route.about.bodies[0].example.empty()) {
        QString body = qt(route.about.bodies[0].example);
        line += QStringLiteral(" -H 'Content-Type: ") + qt(route.about.bodies[0].contentType) +
                QStringLiteral("' -d '") + body.replace(u'\'', QStringLiteral("'\\''")) + u'\'';
    }
    return line + " 'http://127.0.0.1:9510" + path + QString::fromUtf8(query) + '\'';
}

QJsonObject operationOf(const Route &route)
{
    const http::RouteDescription &about = route.about;
    QJsonObject operation{
        {"operationId", operationId(route)},
        {"summary", qt(about.summary)},
        {"tags", QJsonArray{qt(about.group)}},
        {"responses", responsesOf(route)},
        {"x-plimsoll-access", qt(http::accessName(route.access))},
        {"x-codeSamples",
         QJsonArray{QJsonObject{{"lang", "Shell"}, {"label", "curl"}, {"source", curlOf(route)}}}}};
    if (!about.text.empty())
        operation["description"] = qt(about.text);
    if (const QJsonArray parameters = parametersOf(route); !parameters.isEmpty())
        operation["parameters"] = parameters;
    if (!about.bodies.empty()) {
        QJsonObject content;
        for (const http::RouteBody &body : about.bodies) {
            const QJsonObject one = contentOf(body.contentType, body.example);
            for (auto it = one.begin(); it != one.end(); ++it)
                content[it.key()] = it.value();
        }
        operation["requestBody"] = QJsonObject{{"content", content}};
        operation["x-plimsoll-max-body-bytes"] = route.maxBodyBytes;
    }
    if (route.access == http::Access::Public)
        operation["security"] = QJsonArray();
    return operation;
}

QJsonObject components()
{
    const QJsonObject error = schemaOf(QJsonObject{
        {"error", QJsonObject{{"code", "invalid"}, {"message", "What happened."}, {"hint", "What to do."}}}});
    const QJsonObject key{{"type", "http"}, {"scheme", "bearer"}, {"description", "An API key, plm_…"}};
    const QJsonObject session{
        {"type", "apiKey"},
        {"in", "cookie"},
        {"name", qt(http::Sessions::cookieName)},
        {"description", "A browser that logged in. What changes something also carries X-Plimsoll-Csrf."}};
    return {{"schemas", QJsonObject{{"Error", error}}},
            {"responses",
             QJsonObject{
                 {"Error",
                  QJsonObject{
                      {"description", "What went wrong and what to do about it. 429 and 503 carry "
                                      "Retry-After."},
                      {"content",
                       QJsonObject{{"application/json",
                                    QJsonObject{{"schema",
                                                 QJsonObject{{"$ref", "#/components/schemas/Error"}}}}}}}}}}},
            {"securitySchemes", QJsonObject{{"key", key}, {"session", session}}}};
}

} // namespace

QJsonObject openApiDocument(const http::Router &router, std::string_view version)
{
    QJsonObject paths;
    QJsonArray tags;
    for (Route route : router.routes()) {
        if (route.about.summary.empty())
            route.about = prometheus::describe(route.pattern);
        const QString path = pathOf(route);
        QJsonObject item = paths[path].toObject();
        item[qt(http::methodName(route.method)).toLower()] = operationOf(route);
        paths[path] = item;
        const QJsonObject tag{{"name", qt(route.about.group)}};
        if (!tags.contains(tag))
            tags.append(tag);
    }
    return {
        {"openapi", "3.1.0"},
        {"info", QJsonObject{{"title", "Plimsoll"},
                             {"version", qt(version)},
                             {"description", introduction},
                             {"license", QJsonObject{{"name", "GPL-3.0-or-later"},
                                                     {"identifier", "GPL-3.0-or-later"}}}}},
        {"servers", QJsonArray{QJsonObject{{"url", "/"}}}},
        {"security", QJsonArray{QJsonObject{{"key", QJsonArray()}}, QJsonObject{{"session", QJsonArray()}}}},
        {"tags", tags},
        {"paths", paths},
        {"components", components()}};
}

void addOpenApiRoute(http::Router &router, std::string version)
{
    struct Made
    {
        std::once_flag once;
        QByteArray body;
    };
    Route route;
    route.pattern = "/api/openapi.json";
    route.access = http::Access::Public;
    route.forOtherOrigins = true;
    route.about = {.group = "About", .summary = "This document", .text = {}};
    route.handler = [&router, version = std::move(version),
                     made = std::make_shared<Made>()](const http::RequestPtr &, http::Reply reply) {
        std::call_once(made->once, [&] {
            made->body = QJsonDocument(openApiDocument(router, version)).toJson(QJsonDocument::Compact);
        });
        http::Response response;
        response.body = made->body;
        response.headers = {{"Cache-Control", "no-cache"}};
        reply.send(std::move(response));
    };
    router.add(std::move(route));
}

} // namespace plimsoll::api
