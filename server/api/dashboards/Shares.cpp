#include "server/api/dashboards/Shares.h"

#include "server/api/ResultStream.h"
#include "server/api/dashboards/ShareForm.h"
#include "server/api/dashboards/SharedView.h"
#include "server/http/JsonBody.h"
#include "server/http/Secret.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <map>
#include <mutex>

namespace plimsoll::api {

namespace {

using http::Access;
using http::Method;
using http::Reply;
using http::RequestPtr;
using http::Response;

constexpr int64_t minuteMs = 60'000;
constexpr int64_t usedEveryMs = 5 * minuteMs; ///< so often is it written when a link was used
constexpr qint64 maxBodyBytes = 64 * 1024;
constexpr qsizetype prefixCharacters = 6;
constexpr size_t tokenCharacters = 43;
/// A stranger's query may cost less than one of a reader.
constexpr int64_t maxQueryMs = 10'000;
constexpr uint64_t maxSamplesRead = 50'000'000;
constexpr uint64_t maxResultBytes = 32 << 20;
constexpr size_t maxSeriesShown = 1'000;

QString qt(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

Error invalid(const std::string &message, const std::string &hint = {})
{
    return {ErrorCode::Unprocessable, message, hint};
}

QJsonObject objectOf(const Document &document)
{
    return QJsonDocument::fromJson(QByteArray::fromStdString(document.body)).object();
}

Document documentOf(const std::string &id, const QJsonObject &object, int64_t nowMs)
{
    return {id, QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString(), nowMs};
}

Response noShare()
{
    return Response::error(404, "not_found", "This link shows nothing any more.",
                           "It expired, was ended, or was not copied whole. Ask who sent it for another.");
}

Response waitFirst(int seconds)
{
    Response response =
        Response::error(429, "too_many_failures", "Too many links that do not exist were tried.",
                        "Wait " + std::to_string(seconds) + " seconds.");
    response.headers = {{"Retry-After", QByteArray::number(seconds)}};
    return response;
}

Response hidden(Response response)
{
    response.headers.emplace_back("Cache-Control", "no-store");
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    return response;
}

Error unknownShare()
{
    return {ErrorCode::NotFound, "There is no such link.", "It may have been ended already."};
}

Response outsideRange(const QJsonObject &share)
{
    const std::string what =
        share["from_ms"].isDouble() ? "a fixed time" : "the last " + share["range"].toString().toStdString();
    return Response::error(422, "outside_range", "This link shows " + what + " only.",
                           "Ask for a time within that.");
}

http::RouteDescription describe(std::string summary, http::RouteAnswer answer,
                                std::vector<http::RouteBody> bodies = {},
                                std::vector<http::RouteArgument> arguments = {})
{
    return {.group = "Shares",
            .summary = std::move(summary),
            .text = {},
            .arguments = std::move(arguments),
            .bodies = std::move(bodies),
            .answers = {std::move(answer)}};
}

constexpr const char *madeExample =
    R"({"id":"hS1…","token":"q2V…","path":"/share/q2V…","prefix":"q2V4bX","dashboard_id":"5f0c1a2b3c4d5e6f",
"dashboard_title":"Shop","range":"24h","from_ms":null,"to_ms":null,"variables":{"host":"web1"},
"expires_ms":1768305600000,"expired":false,"created_ms":1767700800000,"created_by":"Mara","last_used_ms":null})";

} // namespace

/// How many queries of each link run or wait. The last ones may end after the links themselves.
class Shares::Seats
{
public:
    /// Held by a query; null where there are too many.
    static std::shared_ptr<void> take(const std::shared_ptr<Seats> &seats, const std::string &id)
    {
        const std::lock_guard lock(seats->m_mutex);
        if (seats->m_taken[id] >= maxAtATime)
            return nullptr;
        seats->m_taken[id]++;
        return {seats.get(), [seats, id](void *) { seats->leave(id); }};
    }

private:
    void leave(const std::string &id)
    {
        const std::lock_guard lock(m_mutex);
        if (--m_taken[id] == 0)
            m_taken.erase(id);
    }

    std::mutex m_mutex; ///< guards the rest
    std::map<std::string, size_t> m_taken;
};

Shares::Shares(Parts parts)
    : m_parts(std::move(parts))
    , m_book(m_parts.documents, "shares")
    , m_uses(m_parts.documents, "share_uses")
    , m_guesses(m_parts.clock)
    , m_seats(std::make_shared<Seats>())
{
}

Shares::~Shares() = default;

void Shares::addRoutes(http::Router &router)
{
    router.get(
        "/api/app/shares", Access::Read,
        [this](const RequestPtr &request, Reply reply) { list(*request, std::move(reply)); },
        describe("The links to dashboards, the newest first",
                 {.text = "The list.", .example = R"({"items":[{"id":"hS1…"}],"next_cursor":null})"}, {},
                 {{.name = "dashboard_id", .text = "Only those of this dashboard."}}));
    http::Route making;
    making.method = Method::Post;
    making.pattern = "/api/app/shares";
    making.access = Access::Edit;
    making.maxBodyBytes = maxBodyBytes;
    making.handler = [this](const RequestPtr &request, Reply reply) { create(*request, std::move(reply)); };
    making.about = describe(
        "Makes a link that shows a dashboard until it expires",
        {.status = 201, .text = "The link; its token is told this once.", .example = madeExample},
        {{.example =
              R"({"dashboard_id":"5f0c1a2b3c4d5e6f","expires_in":"7d","range":"24h","variables":{}})"}});
    router.add(std::move(making));
    router.get(
        "/api/app/shares/{id}", Access::Read,
        [this](const RequestPtr &request, Reply reply) { read(*request, std::move(reply)); },
        describe("One link", {.text = "The link, without its token."}));
    http::Route ending;
    ending.method = Method::Delete;
    ending.pattern = "/api/app/shares/{id}";
    ending.access = Access::Edit;
    ending.handler = [this](const RequestPtr &request, Reply reply) { remove(*request, std::move(reply)); };
    ending.about = describe("Ends a link", {.status = 204, .text = "Ended.", .contentType = {}});
    router.add(std::move(ending));
    router.get(
        "/api/share/{token}", Access::Public,
        [this](const RequestPtr &request, Reply reply) { show(*request, std::move(reply)); },
        describe("What a link shows, without queries", {.text = "The dashboard."}));
    router.get(
        "/api/share/{token}/query", Access::Public,
        [this](const RequestPtr &request, Reply reply) { query(request, std::move(reply)); },
        describe("The points of one query of a shared dashboard",
                 {.text = "As query_range answers.",
                  .example = R"({"status":"success","data":{"resultType":"matrix","result":[]}})"},
                 {},
                 {{.name = "panel", .text = "The id of the panel.", .required = true},
                  {.name = "query", .text = "Which of its queries; 0 unless given.", .type = "integer"},
                  {.name = "from", .text = "From when on; what the link shows unless given."},
                  {.name = "to", .text = "Until when."},
                  {.name = "step", .text = "Seconds, or a length of time.", .example = "1m"}}));
}

QJsonObject Shares::itemOf(ProjectId project, const Document &document) const
{
    QJsonObject item = objectOf(document);
    const auto dashboard = m_parts.dashboards.get(project, item["dashboard_id"].toString().toStdString());
    const auto used = m_uses.get(project, document.id);
    item["id"] = qt(document.id);
    item["path"] = QJsonValue();
    item["dashboard_title"] = dashboard ? dashboard->value("title") : QJsonValue(QString());
    item["expired"] = item["expires_ms"].toInteger() <= m_parts.clock.nowMs();
    item["last_used_ms"] = used ? objectOf(*used)["at_ms"] : QJsonValue();
    return item;
}

void Shares::list(const http::Request &request, Reply reply) const
{
    const ProjectId project = request.principal.project;
    const auto all = m_book.list(project);
    if (!all)
        return reply.send(Response::error(all.error()));
    const QString only = qt(request.argument("dashboard_id").value_or(""));
    std::vector<QJsonObject> items;
    for (const Document &document : *all) {
        if (only.isEmpty() || objectOf(document)["dashboard_id"].toString() == only)
            items.push_back(itemOf(project, document));
    }
    std::stable_sort(items.begin(), items.end(), [](const QJsonObject &left, const QJsonObject &right) {
        return left["created_ms"].toInteger() > right["created_ms"].toInteger();
    });
    QJsonArray array;
    for (const QJsonObject &item : items)
        array.append(item);
    reply.send(Response::json({{"items", array}, {"next_cursor", QJsonValue()}}));
}

void Shares::read(const http::Request &request, Reply reply) const
{
    const ProjectId project = request.principal.project;
    const auto found = m_book.get(project, std::string(request.parameter("id")));
    reply.send(found ? Response::json(itemOf(project, *found)) : Response::error(unknownShare()));
}

void Shares::create(const http::Request &request, Reply reply)
{
    const ProjectId project = request.principal.project;
    const auto body = http::objectIn(request);
    if (!body)
        return reply.send(Response::error(body.error()));
    const auto dashboard =
        m_parts.dashboards.get(project, body->value("dashboard_id").toString().toStdString());
    if (!dashboard)
        return reply.send(Response::error(invalid("`dashboard_id` names no dashboard.")));
    auto share = shareOf(*dashboard, *body, m_parts.clock.nowMs());
    if (!share)
        return reply.send(Response::error(share.error()));
    (*share)["created_by"] = qt(http::callerName(request.principal));
    keep(project, *std::move(share), std::move(reply));
}

void Shares::keep(ProjectId project, QJsonObject share, Reply reply)
{
    const auto lock = m_book.changing();
    const auto all = m_book.list(project);
    if (!all)
        return reply.send(Response::error(all.error()));
    size_t alive = 0;
    for (const Document &document : *all) {
        if (objectOf(document)["expires_ms"].toInteger() > m_parts.clock.nowMs())
            alive++;
        else
            m_book.remove(project, document.id, [](const Status &) {});
    }
    if (alive >= maxKept)
        return reply.send(
            Response::error(invalid("There are 200 links already.", "End those that nobody uses.")));
    const std::string token = http::randomSecret();
    share["prefix"] = qt(token).left(prefixCharacters);
    const Document document = documentOf(http::secretHash(token, "share"), share, m_parts.clock.nowMs());
    QJsonObject made = itemOf(project, document);
    made["token"] = qt(token);
    made["path"] = "/share/" + qt(token);
    const auto answer = std::make_shared<Reply>(std::move(reply));
    m_book.put(project, document, [answer, made](const Status &kept) {
        answer->send(kept ? Response::json(made, 201) : Response::error(kept.error()));
    });
}

void Shares::remove(const http::Request &request, Reply reply)
{
    const ProjectId project = request.principal.project;
    const std::string id(request.parameter("id"));
    const auto lock = m_book.changing();
    if (!m_book.get(project, id))
        return reply.send(Response::error(unknownShare()));
    const auto answer = std::make_shared<Reply>(std::move(reply));
    m_uses.remove(project, id, [](const Status &) {});
    m_book.remove(project, id, [answer](const Status &removed) {
        answer->send(removed ? Response::noContent() : Response::error(removed.error()));
    });
}

void Shares::removeOf(ProjectId project, const std::string &dashboardId)
{
    const auto lock = m_book.changing();
    const auto all = m_book.list(project);
    if (!all)
        return;
    for (const Document &document : *all) {
        if (objectOf(document)["dashboard_id"].toString().toStdString() != dashboardId)
            continue;
        m_uses.remove(project, document.id, [](const Status &) {});
        m_book.remove(project, document.id, [](const Status &) {});
    }
}

std::optional<Shares::Open> Shares::opened(const std::string &token) const
{
    if (token.size() != tokenCharacters)
        return std::nullopt;
    const std::string id = http::secretHash(token, "share");
    for (const ProjectId project : m_parts.projects()) {
        const auto document = m_book.get(project, id);
        if (!document)
            continue;
        const QJsonObject share = objectOf(*document);
        const auto dashboard =
            m_parts.dashboards.get(project, share["dashboard_id"].toString().toStdString());
        if (share["expires_ms"].toInteger() <= m_parts.clock.nowMs() || !dashboard)
            return std::nullopt;
        return Open{project, id, share, *dashboard};
    }
    return std::nullopt;
}

/// A right link works even while its peer is slowed down: 256 bits cannot be guessed.
std::optional<Shares::Open> Shares::admitted(const http::Request &request, Response &refusal)
{
    auto open = opened(std::string(request.parameter("token")));
    if (open) {
        noteUse(*open);
        return open;
    }
    if (const int seconds = m_guesses.secondsToWait(http::GuessLimiter::nameOf(request.peer))) {
        refusal = hidden(waitFirst(seconds));
        return std::nullopt;
    }
    m_guesses.noteFailure(http::GuessLimiter::nameOf(request.peer));
    refusal = hidden(noShare());
    return std::nullopt;
}

void Shares::noteUse(const Open &open)
{
    const int64_t nowMs = m_parts.clock.nowMs();
    const auto lock = m_uses.changing();
    const auto known = m_uses.get(open.project, open.id);
    if (known && known->updatedMs > nowMs - usedEveryMs)
        return;
    m_uses.put(open.project, documentOf(open.id, {{"at_ms", qint64(nowMs)}}, nowMs), [](const Status &) {});
}

void Shares::show(const http::Request &request, Reply reply)
{
    Response refusal;
    const auto open = admitted(request, refusal);
    if (!open)
        return reply.send(std::move(refusal));
    QJsonObject view = sharedView(open->dashboard, open->share);
    view["server_ms"] = qint64(m_parts.clock.nowMs());
    reply.send(hidden(Response::json(view)));
}

void Shares::query(const RequestPtr &request, Reply reply)
{
    Response refusal;
    const auto open = admitted(*request, refusal);
    if (!open)
        return reply.send(std::move(refusal));
    const auto asked = sharedQuery(*request, open->dashboard, open->share, m_parts.clock.nowMs());
    if (!asked) {
        const bool outside = asked.error().code == ErrorCode::Forbidden;
        return reply.send(hidden(outside ? outsideRange(open->share) : Response::error(asked.error())));
    }
    const auto seat = Seats::take(m_seats, open->id);
    if (!seat)
        return reply.send(hidden(Response::error(
            {ErrorCode::TooMany, "Too many queries of this link run at once.", "Try again in a moment."})));
    m_parts.pool.serve(
        std::move(reply),
        [this, project = open->project, asked = *asked,
         seat](Reply &to, const QueryPool::Cancelled &cancelled) { evaluate(project, asked, to, cancelled); },
        [](const Error &error) { return hidden(Response::error(error)); });
}

/// Errors say nothing of the expression.
void Shares::evaluate(ProjectId project, const SharedQuery &asked, Reply &reply,
                      const QueryPool::Cancelled &cancelled) const
{
    const auto parsed = Query::parse(asked.expr);
    if (!parsed)
        return reply.send(hidden(Response::error(invalid("The query of this panel cannot be read."))));
    QueryLimits limits = m_parts.limits;
    limits.timeoutMs = std::min(limits.timeoutMs, maxQueryMs);
    limits.maxSamplesRead = std::min(limits.maxSamplesRead, maxSamplesRead);
    ResultStream stream(reply, cancelled, asked.range.toMs, {maxResultBytes, maxSeriesShown, false, false});
    const Status done = parsed->range(*m_parts.readers.openReader(), project, asked.range.fromMs,
                                      asked.range.toMs, asked.stepMs, limits, &cancelled,
                                      [&](const QueryAnswer &answer) { return stream.send(answer); });
    if (done)
        return;
    const ErrorCode code = done.error().code;
    const bool busy =
        code == ErrorCode::Timeout || code == ErrorCode::Unavailable || code == ErrorCode::Cancelled;
    reply.send(hidden(Response::error(
        {busy ? code : ErrorCode::Unprocessable,
         busy ? "This panel took too long." : "The query of this panel could not be answered.",
         {}})));
}

} // namespace plimsoll::api
