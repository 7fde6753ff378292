#include "server/api/dashboards/Dashboards.h"

#include "server/api/dashboards/Dashboard.h"
#include "server/api/dashboards/DashboardImport.h"
#include "server/http/JsonBody.h"
#include "server/http/Secret.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <memory>

namespace plimsoll::api {

namespace {

using http::Access;
using http::Method;
using http::Reply;
using http::RequestPtr;
using http::Response;

constexpr const char *path = "/api/app/dashboards";
constexpr qint64 maxBodyBytes = 2 * maxDashboardBytes;
constexpr qint64 maxImportBytes = 5 << 20;
constexpr size_t usualLimit = 100;
constexpr uint maxLimit = 500;
constexpr const char *ownFields[]{"id",         "version",    "created_ms", "updated_ms",
                                  "created_by", "updated_by", "metrics"};
constexpr const char *example =
    R"json({"title":"Shop","description":"","panels":[{"id":"p1","title":"Requests","kind":"line",
"unit":"count/s","queries":[{"legend":"{{route}}",
"expr":"sum by (route) (rate(http_requests_total{host=~\"$host\"}[$__rate_interval]))"}],
"grid":{"x":0,"y":0,"w":6,"h":8},"thresholds":[{"value":500,"severity":"warning"}],"min":0,"max":null,
"stacked":false}],"variables":[{"name":"host","label":"Host","metric":"up","label_name":"host","options":[],
"value":"","all":true}],"range":"24h","refresh":"live","pinned":false})json";

QString qt(const std::string &text) { return QString::fromStdString(text); }

std::string idOf(const http::Request &request) { return std::string(request.parameter("id")); }

QJsonObject objectOf(const Document &document)
{
    return QJsonDocument::fromJson(QByteArray::fromStdString(document.body)).object();
}

/// What a caller gets: all but what is kept for lists.
QJsonObject resourceOf(QJsonObject stored)
{
    stored.remove("metrics");
    return stored;
}

Error unknown()
{
    return {ErrorCode::NotFound, "There is no such dashboard.",
            "It may have been deleted; look at the list."};
}

/// RFC 7386.
QJsonObject merged(QJsonObject target, const QJsonObject &patch)
{
    for (auto field = patch.begin(); field != patch.end(); ++field) {
        if (field.value().isNull())
            target.remove(field.key());
        else if (field.value().isObject())
            target[field.key()] = merged(target[field.key()].toObject(), field.value().toObject());
        else
            target[field.key()] = field.value();
    }
    return target;
}

std::string sortKey(const QJsonObject &item)
{
    return item["title"].toString().toCaseFolded().toStdString() + '\n' + item["id"].toString().toStdString();
}

std::string cursorOf(const QJsonObject &item)
{
    return QByteArray::fromStdString(sortKey(item))
        .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals)
        .toStdString();
}

Result<size_t> limitOf(const http::Request &request)
{
    const auto text = request.argument("limit");
    if (!text || text->empty())
        return usualLimit;
    bool isNumber = false;
    const uint limit = qt(*text).toUInt(&isNumber);
    if (!isNumber || limit == 0 || limit > maxLimit)
        return Error{ErrorCode::Invalid, "`limit` must be a whole number from 1 to 500.", {}};
    return size_t(limit);
}

/// "Shop & more" -> "shop-more".
QByteArray fileNameOf(const QString &title)
{
    QByteArray name;
    for (const QChar c : title.toLower()) {
        const bool plain = (c >= u'a' && c <= u'z') || (c >= u'0' && c <= u'9');
        if (plain)
            name += c.toLatin1();
        else if (!name.isEmpty() && !name.endsWith('-'))
            name += '-';
    }
    while (name.endsWith('-'))
        name.chop(1);
    return (name.isEmpty() ? QByteArray("dashboard") : name.left(80)) + ".json";
}

std::shared_ptr<Reply> shared(Reply reply) { return std::make_shared<Reply>(std::move(reply)); }

http::RouteDescription describe(std::string summary, http::RouteAnswer answer,
                                std::vector<http::RouteBody> bodies = {},
                                std::vector<http::RouteArgument> arguments = {})
{
    return {.group = "Dashboards",
            .summary = std::move(summary),
            .text = {},
            .arguments = std::move(arguments),
            .bodies = std::move(bodies),
            .answers = {std::move(answer)}};
}

} // namespace

std::string agoText(int64_t thenMs, int64_t nowMs)
{
    const int64_t seconds = std::max<int64_t>(0, nowMs - thenMs) / 1000;
    if (seconds < 60)
        return "a few seconds ago";
    if (seconds < 7200)
        return std::to_string(seconds / 60) + " min ago";
    if (seconds < 172'800)
        return std::to_string(seconds / 3600) + " h ago";
    return std::to_string(seconds / 86'400) + " d ago";
}

Dashboards::Dashboards(DocumentStore &documents, const Clock &clock, QueryPool &pool)
    : m_book(documents, "dashboards")
    , m_clock(clock)
    , m_pool(pool)
{
}

void Dashboards::addRoutes(http::Router &router)
{
    const auto add = [&](Method method, const std::string &rest, Access access, qint64 bodyBytes,
                         http::RouteDescription about, auto handle) {
        http::Route route;
        route.method = method;
        route.pattern = path + rest;
        route.access = access;
        route.maxBodyBytes = bodyBytes;
        route.about = std::move(about);
        route.handler = [this, handle](const RequestPtr &request, Reply reply) {
            (this->*handle)(*request, std::move(reply));
        };
        router.add(std::move(route));
    };
    const http::RouteAnswer one{.text = "The dashboard.", .example = example};
    const http::RouteAnswer made{.status = 201, .text = "The dashboard."};
    const http::RouteAnswer gone{
        .status = 204, .text = "Removed, and its shares with it.", .contentType = {}};
    const std::vector<http::RouteBody> body{{.example = example}};
    const std::vector<http::RouteBody> patched{{.example = R"({"pinned":true})"}};
    add(Method::Get, "", Access::Read, 0,
        describe("The dashboards, by title",
                 {.text = "The list, without queries.",
                  .example = R"({"items":[{"id":"5f0c","title":"Shop","pinned":false,"version":1,
                              "shape":[{"kind":"line","x":0,"y":0,"w":6,"h":8}],"metrics":["up"]}],"next_cursor":null})"},
                 {},
                 {{.name = "limit", .text = "1 to 500; 100 unless given.", .type = "integer"},
                  {.name = "cursor", .text = "Of the page before."},
                  {.name = "pinned", .text = "true: only those that are pinned."}}),
        &Dashboards::list);
    add(Method::Post, "", Access::Edit, maxBodyBytes, describe("Makes a dashboard", made, body),
        &Dashboards::create);
    add(Method::Get, "/{id}", Access::Read, 0, describe("One dashboard", one), &Dashboards::read);
    add(Method::Put, "/{id}", Access::Edit, maxBodyBytes,
        describe("Replaces a dashboard; the body carries its version", one, body), &Dashboards::replace);
    add(Method::Patch, "/{id}", Access::Edit, maxBodyBytes,
        describe("Changes fields of a dashboard; needs its version unless it only pins", one, patched),
        &Dashboards::patch);
    add(Method::Delete, "/{id}", Access::Edit, 0, describe("Removes a dashboard", gone), &Dashboards::remove);
    add(Method::Get, "/{id}/export", Access::Read, 0,
        describe("A dashboard as a file", {.text = "The file."}), &Dashboards::exportFile);
    http::Route importing;
    importing.method = Method::Post;
    importing.pattern = std::string(path) + "/import";
    importing.access = Access::Edit;
    importing.maxBodyBytes = maxImportBytes;
    importing.about = describe("Makes a dashboard of an export of ours or of Grafana's",
                               {.status = 201, .text = "The dashboard, and what came over."},
                               {{.example = R"({"title":"Shop","schemaVersion":39,"panels":[]})"}},
                               {{.name = "dry_run", .text = "true: only tell what would be made."}});
    importing.handler = [this](const RequestPtr &request, Reply reply) { import(request, std::move(reply)); };
    router.add(std::move(importing));
}

Result<QJsonObject> Dashboards::get(ProjectId project, const std::string &id) const
{
    const auto found = m_book.get(project, id);
    return found ? Result<QJsonObject>(resourceOf(objectOf(*found))) : Result<QJsonObject>(unknown());
}

QJsonObject Dashboards::itemOf(ProjectId project, const Document &document) const
{
    const size_t hash = std::hash<std::string_view>()(document.body);
    {
        const std::lock_guard lock(m_mutex);
        const auto told = m_told.find({project, document.id});
        if (told != m_told.end() && told->second.hash == hash && told->second.size == document.body.size())
            return told->second.item;
    }
    QJsonObject item = objectOf(document);
    item["shape"] = shapeOf(item);
    item.remove("panels");
    item.remove("variables");
    const std::lock_guard lock(m_mutex);
    m_told[{project, document.id}] = {document.body.size(), hash, item};
    return item;
}

Result<std::vector<QJsonObject>> Dashboards::items(ProjectId project) const
{
    const auto all = m_book.list(project);
    if (!all)
        return all.error();
    std::vector<QJsonObject> items;
    for (const Document &document : *all)
        items.push_back(itemOf(project, document));
    std::sort(items.begin(), items.end(), [](const QJsonObject &left, const QJsonObject &right) {
        return sortKey(left) < sortKey(right);
    });
    return items;
}

void Dashboards::list(const http::Request &request, Reply reply) const
{
    const auto limit = limitOf(request);
    auto all = items(request.principal.project);
    if (!limit || !all)
        return reply.send(Response::error(limit ? all.error() : limit.error()));
    const std::string cursor =
        QByteArray::fromBase64(QByteArray::fromStdString(request.argument("cursor").value_or("")),
                               QByteArray::Base64UrlEncoding)
            .toStdString();
    const bool onlyPinned = request.argument("pinned").value_or("") == "true";
    std::erase_if(*all, [&](const QJsonObject &item) {
        return (onlyPinned && !item["pinned"].toBool()) || (!cursor.empty() && sortKey(item) <= cursor);
    });
    QJsonArray page;
    for (size_t i = 0; i < std::min(*limit, all->size()); i++)
        page.append((*all)[i]);
    const bool more = all->size() > *limit;
    reply.send(Response::json(
        {{"items", page},
         {"next_cursor", more ? QJsonValue(qt(cursorOf((*all)[*limit - 1]))) : QJsonValue()}}));
}

void Dashboards::read(const http::Request &request, Reply reply) const
{
    const auto found = get(request.principal.project, idOf(request));
    reply.send(found ? Response::json(*found) : Response::error(found.error()));
}

void Dashboards::keep(ProjectId project, const QJsonObject &dashboard, DocumentStore::Done done)
{
    QJsonObject stored = dashboard;
    stored["metrics"] = metricsOf(dashboard);
    m_book.put(project,
               {dashboard["id"].toString().toStdString(),
                QJsonDocument(stored).toJson(QJsonDocument::Compact).toStdString(), m_clock.nowMs()},
               std::move(done));
}

/// `dashboard` is checked already.
void Dashboards::add(const http::Principal &who, QJsonObject dashboard, Made made)
{
    const auto lock = m_book.changing();
    const auto all = m_book.list(who.project);
    if (!all)
        return made(all.error());
    if (all->size() >= maxKept)
        return made(Error{ErrorCode::Unprocessable, "There are 500 dashboards already.",
                          "Delete those that nobody looks at."});
    const qint64 nowMs = m_clock.nowMs();
    const QString author = qt(http::callerName(who));
    dashboard["id"] = qt(http::randomId());
    dashboard["version"] = 1;
    for (const char *field : {"created_ms", "updated_ms"})
        dashboard[QLatin1String(field)] = nowMs;
    for (const char *field : {"created_by", "updated_by"})
        dashboard[QLatin1String(field)] = author;
    keep(who.project, dashboard, [dashboard, made = std::move(made)](const Status &kept) {
        made(kept ? Result<QJsonObject>(dashboard) : Result<QJsonObject>(kept.error()));
    });
}

void Dashboards::create(const http::Request &request, Reply reply)
{
    const auto body = http::objectIn(request);
    const auto checked = body ? checkedDashboard(*body) : body;
    if (!checked)
        return reply.send(Response::error(checked.error()));
    const auto answer = shared(std::move(reply));
    add(request.principal, *checked, [answer](const Result<QJsonObject> &made) {
        answer->send(made ? Response::json(*made, 201) : Response::error(made.error()));
    });
}

Response Dashboards::conflict(const QJsonObject &stored) const
{
    QString who = stored["updated_by"].toString();
    who = who.left(1).toUpper() + who.mid(1);
    const std::string when = agoText(stored["updated_ms"].toInteger(), m_clock.nowMs());
    Response response = Response::error(
        {ErrorCode::Conflict,
         (who.isEmpty() ? "This dashboard was saved " : who.toStdString() + " saved this dashboard ") + when +
             '.',
         "Keep yours as a copy, or load the other one."});
    QJsonObject body = QJsonDocument::fromJson(response.body).object();
    body["current"] = QJsonObject{{"version", stored["version"]},
                                  {"updated_ms", stored["updated_ms"]},
                                  {"updated_by", stored["updated_by"]}};
    response.body = QJsonDocument(body).toJson(QJsonDocument::Compact);
    return response;
}

/// Changes the dashboard of the request to what `change` makes of it. A body of `pinned` alone raises no
/// version.
void Dashboards::change(const http::Request &request, const QJsonObject &body, Reply reply,
                        const Change &change)
{
    const auto lock = m_book.changing();
    const auto found = m_book.get(request.principal.project, idOf(request));
    if (!found)
        return reply.send(Response::error(unknown()));
    const QJsonObject stored = resourceOf(objectOf(*found));
    const bool onlyPins = request.method == Method::Patch && body.size() == 1 && body.contains("pinned");
    if (!onlyPins && !body["version"].isDouble())
        return reply.send(Response::error({ErrorCode::Unprocessable, "`version` is missing.",
                                           "Send the version that the change is made from."}));
    if (!onlyPins && body["version"].toDouble() != stored["version"].toDouble())
        return reply.send(conflict(stored));
    Result<QJsonObject> changed = change(stored);
    if (!changed)
        return reply.send(Response::error(changed.error()));
    QJsonObject out = *changed;
    for (const char *field : ownFields) {
        if (stored.contains(QLatin1String(field)))
            out[QLatin1String(field)] = stored[QLatin1String(field)];
    }
    if (!onlyPins) {
        out["version"] = stored["version"].toInt() + 1;
        out["updated_ms"] = qint64(m_clock.nowMs());
        out["updated_by"] = qt(http::callerName(request.principal));
    }
    const auto answer = shared(std::move(reply));
    keep(request.principal.project, out, [answer, out](const Status &kept) {
        answer->send(kept ? Response::json(out) : Response::error(kept.error()));
    });
}

void Dashboards::replace(const http::Request &request, Reply reply)
{
    const auto body = http::objectIn(request);
    if (!body)
        return reply.send(Response::error(body.error()));
    change(request, *body, std::move(reply), [&](const QJsonObject &) { return checkedDashboard(*body); });
}

void Dashboards::patch(const http::Request &request, Reply reply)
{
    const auto body = http::objectIn(request);
    if (!body)
        return reply.send(Response::error(body.error()));
    change(request, *body, std::move(reply),
           [&](const QJsonObject &stored) { return checkedDashboard(merged(stored, *body)); });
}

void Dashboards::remove(const http::Request &request, Reply reply)
{
    const ProjectId project = request.principal.project;
    const std::string id = idOf(request);
    const auto lock = m_book.changing();
    if (!m_book.get(project, id))
        return reply.send(Response::error(unknown()));
    {
        const std::lock_guard told(m_mutex);
        m_told.erase({project, id});
    }
    const auto answer = shared(std::move(reply));
    m_book.remove(project, id, [this, answer, project, id](const Status &removed) {
        if (removed)
            m_removed(project, id);
        answer->send(removed ? Response::noContent() : Response::error(removed.error()));
    });
}

void Dashboards::exportFile(const http::Request &request, Reply reply) const
{
    const auto found = get(request.principal.project, idOf(request));
    if (!found)
        return reply.send(Response::error(found.error()));
    QJsonObject file = *found;
    for (const char *field : ownFields)
        file.remove(QLatin1String(field));
    file.remove("pinned");
    file["plimsoll_dashboard"] = 1;
    Response response;
    response.body = QJsonDocument(file).toJson(QJsonDocument::Indented);
    response.headers.emplace_back("Content-Disposition",
                                  "attachment; filename=\"" + fileNameOf(file["title"].toString()) + '"');
    reply.send(std::move(response));
}

/// On the pool: large ones take a while to read.
void Dashboards::import(const RequestPtr &request, Reply reply)
{
    const auto work = [this, request](Reply &to, const QueryPool::Cancelled &) {
        auto read = importedDashboard(request->body);
        if (!read)
            return to.send(Response::error(read.error()));
        QJsonObject answer{{"id", QJsonValue()}, {"dashboard", read->dashboard}, {"report", read->report}};
        if (request->argument("dry_run").value_or("") == "true")
            return to.send(Response::json(answer));
        const auto shown = shared(std::move(to));
        add(request->principal, read->dashboard, [shown, answer](const Result<QJsonObject> &made) {
            if (!made)
                return shown->send(Response::error(made.error()));
            QJsonObject body = answer;
            body["id"] = made->value("id");
            body["dashboard"] = *made;
            shown->send(Response::json(body, 201));
        });
    };
    m_pool.serve(std::move(reply), work, [](const Error &error) { return Response::error(error); });
}

} // namespace plimsoll::api
