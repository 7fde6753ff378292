#include "server/api/dashboards/Shares.h"

#include "server/api/ResultStream.h"
#include "server/api/TimeArgument.h"
#include "server/api/dashboards/Dashboard.h"
#include "server/api/dashboards/ExpressionUnit.h"
#include "server/http/JsonBody.h"
#include "server/http/Secret.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <cmath>
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
constexpr int64_t dayMs = 24 * 60 * minuteMs;
constexpr int64_t yearMs = 366 * dayMs;
constexpr int64_t usedEveryMs = 5 * minuteMs; ///< so often is it written when a link was used
constexpr qint64 maxBodyBytes = 64 * 1024;
constexpr qsizetype prefixCharacters = 6;
constexpr size_t tokenCharacters = 43;
constexpr int64_t usualPoints = 300;
constexpr int maxChosen = 100;
constexpr qsizetype maxValueBytes = 1'000;
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

/// Milliseconds in a field that may be left out.
Result<std::optional<int64_t>> timeIn(const QJsonObject &body, const char *field)
{
    const QJsonValue value = body[QLatin1String(field)];
    if (value.isNull() || value.isUndefined())
        return std::optional<int64_t>();
    const double ms = value.toDouble(-1);
    if (!(ms > 0 && ms < 8.64e15) || ms != std::floor(ms))
        return invalid('`' + std::string(field) + "` must be in milliseconds since the Unix epoch.");
    return std::optional<int64_t>(int64_t(ms));
}

Result<int64_t> expiryIn(const QJsonObject &body, int64_t nowMs)
{
    const auto given = timeIn(body, "expires_ms");
    if (!given)
        return given.error();
    const auto length = parseDuration(body["expires_in"].toString().toStdString());
    if (!*given && !length)
        return invalid("A link needs an end.", "Send `expires_in`, such as 7d, or `expires_ms`.");
    const int64_t atMs = *given ? **given : nowMs + *length;
    if (atMs < nowMs + minuteMs || atMs > nowMs + yearMs)
        return invalid("A link lasts from a minute to a year.");
    return atMs;
}

Result<std::vector<std::string>> valuesIn(const std::string &name, const QJsonValue &value)
{
    std::vector<std::string> values;
    const QJsonArray given = value.isArray() ? value.toArray() : QJsonArray{value};
    for (const QJsonValue &one : given) {
        const QString text = one.toString();
        if (!one.isString() || text.toUtf8().size() > maxValueBytes || given.size() > maxChosen)
            return invalid("The value of `" + name +
                           "` must be a text, a list of at most 100, or null for all.");
        if (!text.isEmpty())
            values.push_back(text.toStdString());
    }
    return values;
}

/// What the page calls a choice: "web1, web2" or "all".
QString textOf(const VariableChoice &choice)
{
    QStringList texts;
    for (const std::string &value : choice.values)
        texts << qt(value);
    return choice.all ? QStringLiteral("all") : texts.join(QStringLiteral(", "));
}

/// What the numbers of a panel mean. The page cannot tell it by itself, since it gets no expression.
QString unitOf(const QJsonValue &panel, const VariableChoices &choices)
{
    const QString told = panel["unit"].toString();
    if (!told.isEmpty())
        return told;
    const QString expr = panel["queries"][0]["expr"].toString();
    const auto text = substituted(expr.toStdString(), choices, {});
    return unitOfExpression(text ? qt(*text) : expr);
}

QJsonArray panelsShown(const QJsonObject &dashboard, const VariableChoices &choices)
{
    QJsonArray out;
    const QJsonArray panels = dashboard["panels"].toArray();
    for (const QJsonValue &panel : panels) {
        QJsonObject shown;
        for (const char *field : {"id", "title", "kind", "grid", "thresholds", "min", "max", "stacked"})
            shown[QLatin1String(field)] = panel[QLatin1String(field)];
        shown["unit"] = unitOf(panel, choices);
        QJsonArray queries;
        const QJsonArray given = panel["queries"].toArray();
        for (const QJsonValue &query : given)
            queries.append(QJsonObject{{"legend", query["legend"]}});
        shown["queries"] = queries;
        out.append(shown);
    }
    return out;
}

QJsonArray variablesShown(const QJsonObject &dashboard, const VariableChoices &choices)
{
    QJsonArray out;
    const QJsonArray variables = dashboard["variables"].toArray();
    for (const QJsonValue &variable : variables) {
        const QString name = variable["name"].toString();
        const QString label = variable["label"].toString();
        const auto choice = choices.find(name.toStdString());
        if (choice != choices.end())
            out.append(
                QJsonObject{{"label", label.isEmpty() ? name : label}, {"text", textOf(choice->second)}});
    }
    return out;
}

/// The time that a link shows.
TimeRange shownBy(const QJsonObject &share, int64_t nowMs)
{
    if (share["from_ms"].isDouble())
        return {share["from_ms"].toInteger(), share["to_ms"].toInteger()};
    const int64_t lengthMs = parseDuration(share["range"].toString().toStdString()).value_or(dayMs);
    return {nowMs - lengthMs, nowMs};
}

Response outsideRange(const QJsonObject &share)
{
    const std::string what =
        share["from_ms"].isDouble() ? "a fixed time" : "the last " + share["range"].toString().toStdString();
    return Response::error(422, "outside_range", "This link shows " + what + " only.",
                           "Ask for a time within that.");
}

Result<int64_t> stepIn(const http::Request &request, TimeRange range)
{
    const auto text = request.argument("step");
    if (!text || text->empty())
        return std::max<int64_t>(1'000, range.spanMs() / usualPoints);
    bool isNumber = false;
    const double seconds = qt(*text).toDouble(&isNumber);
    const auto length = isNumber ? std::optional<int64_t>() : parseDuration(*text);
    const int64_t stepMs =
        isNumber && seconds > 0 && seconds < 1e9 ? int64_t(seconds * 1000) : length.value_or(0);
    if (stepMs < 1)
        return Error{ErrorCode::Invalid, "`step` must be seconds or a length of time such as 1m.", {}};
    if (range.spanMs() / stepMs > Shares::maxPoints)
        return invalid("That is more than 2,000 points a series.", "Ask for a longer `step`.");
    return stepMs;
}

/// The stored query that a request means.
std::optional<std::string> exprOf(const QJsonObject &dashboard, const http::Request &request)
{
    const QString id = qt(request.argument("panel").value_or(""));
    bool isNumber = true;
    const std::string index = request.argument("query").value_or("0");
    const qsizetype number = qt(index).toInt(&isNumber);
    const QJsonArray panels = dashboard["panels"].toArray();
    for (const QJsonValue &panel : panels) {
        const QJsonArray queries = panel["queries"].toArray();
        if (panel["id"].toString() == id && isNumber && number >= 0 && number < queries.size())
            return queries[number]["expr"].toString().toStdString();
    }
    return std::nullopt;
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

/// One query over a link, ready to run.
struct Shares::Asked
{
    ProjectId project = 0;
    std::string expr;
    TimeRange range;
    int64_t stepMs = 0;
};

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

Result<VariableChoices> choicesOf(const QJsonObject &dashboard, const QJsonObject &chosen)
{
    VariableChoices choices;
    const QJsonArray variables = dashboard["variables"].toArray();
    for (const QJsonValue &variable : variables) {
        const QString name = variable["name"].toString();
        const QJsonValue value = chosen.contains(name) ? chosen[name] : variable["value"];
        if (value.isNull()) {
            choices[name.toStdString()] = {{}, true};
            continue;
        }
        auto values = valuesIn(name.toStdString(), value);
        if (!values)
            return values.error();
        const bool all = values->empty();
        choices[name.toStdString()] = {std::move(*values), all};
    }
    for (const QString &name : chosen.keys()) {
        if (!choices.contains(name.toStdString()))
            return invalid("The dashboard has no variable `" + name.left(80).toStdString() + "`.");
    }
    return choices;
}

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

/// The record of a share to be.
Result<QJsonObject> Shares::madeOf(const http::Request &request, const QJsonObject &body) const
{
    const int64_t nowMs = m_parts.clock.nowMs();
    const std::string id = body["dashboard_id"].toString().toStdString();
    const auto dashboard = m_parts.dashboards.get(request.principal.project, id);
    if (!dashboard)
        return invalid("`dashboard_id` names no dashboard.");
    if (body.contains("variables") && !body["variables"].isObject())
        return invalid("`variables` must be an object of names and values.");
    const auto expires = expiryIn(body, nowMs);
    const auto from = timeIn(body, "from_ms");
    const auto to = timeIn(body, "to_ms");
    const auto choices = choicesOf(*dashboard, body["variables"].toObject());
    if (!expires || !from || !to || !choices)
        return !expires ? expires.error() : !from ? from.error() : !to ? to.error() : choices.error();
    const bool fixed = from->has_value() || to->has_value();
    if (fixed && (!*from || !*to || **from >= **to))
        return invalid("`from_ms` and `to_ms` are given together, the first one first.");
    const QString range =
        body["range"].isString() ? body["range"].toString() : dashboard->value("range").toString();
    if (!parseDuration(range.toStdString()))
        return invalid("`range` must be a length of time, such as 24h.");
    QJsonObject frozen;
    for (const auto &[name, choice] : *choices) {
        QJsonArray values;
        for (const std::string &value : choice.values)
            values.append(qt(value));
        frozen[qt(name)] = choice.all ? QJsonValue() : values.size() == 1 ? values[0] : QJsonValue(values);
    }
    return QJsonObject{{"dashboard_id", qt(id)},
                       {"range", fixed ? QJsonValue() : QJsonValue(range)},
                       {"from_ms", fixed ? QJsonValue(qint64(**from)) : QJsonValue()},
                       {"to_ms", fixed ? QJsonValue(qint64(**to)) : QJsonValue()},
                       {"variables", frozen},
                       {"expires_ms", qint64(*expires)},
                       {"created_ms", qint64(nowMs)},
                       {"created_by", qt(http::callerName(request.principal))}};
}

void Shares::create(const http::Request &request, Reply reply)
{
    const auto body = http::objectIn(request);
    auto share = body ? madeOf(request, *body) : body;
    if (!share)
        return reply.send(Response::error(share.error()));
    keep(request.principal.project, *std::move(share), std::move(reply));
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
    const auto chosen = choicesOf(open->dashboard, open->share["variables"].toObject());
    const VariableChoices choices = chosen ? *chosen : VariableChoices();
    const QJsonObject &share = open->share;
    reply.send(hidden(Response::json(
        {{"title", open->dashboard["title"]},
         {"description", open->dashboard["description"]},
         {"panels", panelsShown(open->dashboard, choices)},
         {"variables", variablesShown(open->dashboard, choices)},
         {"range", share["range"]},
         {"from_ms", share["from_ms"]},
         {"to_ms", share["to_ms"]},
         {"refresh", share["from_ms"].isDouble() ? QJsonValue("off") : open->dashboard["refresh"]},
         {"expires_ms", share["expires_ms"]},
         {"server_ms", qint64(m_parts.clock.nowMs())}})));
}

/// The expression with what was frozen put in. A variable that the dashboard lost since does not matter.
Result<Shares::Asked> Shares::askedOf(const http::Request &request, const Open &open) const
{
    const int64_t nowMs = m_parts.clock.nowMs();
    const auto expr = exprOf(open.dashboard, request);
    if (!expr)
        return Error{ErrorCode::NotFound, "There is no such panel or query here.", {}};
    const TimeRange shown = shownBy(open.share, nowMs);
    auto range = request.argument("from") || request.argument("to")
                     ? parseTimeRange(request.argument("from"), request.argument("to"), nowMs)
                     : Result<TimeRange>(shown);
    if (!range)
        return range.error();
    const auto stepMs = stepIn(request, *range);
    if (!stepMs)
        return stepMs.error();
    if (range->fromMs < shown.fromMs - slackMs - *stepMs || range->toMs > shown.toMs + slackMs + *stepMs)
        return Error{ErrorCode::Forbidden, {}, {}};
    QJsonObject frozen = open.share["variables"].toObject();
    const std::set<std::string> names = variableNames(open.dashboard);
    for (const QString &name : frozen.keys()) {
        if (!names.contains(name.toStdString()))
            frozen.remove(name);
    }
    const auto choices = choicesOf(open.dashboard, frozen);
    if (!choices)
        return choices.error();
    auto text = substituted(*expr, *choices, {*stepMs, range->spanMs()});
    if (!text)
        return text.error();
    return Asked{open.project, *std::move(text), *range, *stepMs};
}

void Shares::query(const RequestPtr &request, Reply reply)
{
    Response refusal;
    const auto open = admitted(*request, refusal);
    if (!open)
        return reply.send(std::move(refusal));
    const auto asked = askedOf(*request, *open);
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
        [this, asked = *asked, seat](Reply &to, const QueryPool::Cancelled &cancelled) {
            evaluate(asked, to, cancelled);
        },
        [](const Error &error) { return hidden(Response::error(error)); });
}

/// Errors say nothing of the expression.
void Shares::evaluate(const Asked &asked, Reply &reply, const QueryPool::Cancelled &cancelled) const
{
    const auto parsed = Query::parse(asked.expr);
    if (!parsed)
        return reply.send(hidden(Response::error(invalid("The query of this panel cannot be read."))));
    QueryLimits limits = m_parts.limits;
    limits.timeoutMs = std::min(limits.timeoutMs, maxQueryMs);
    limits.maxSamplesRead = std::min(limits.maxSamplesRead, maxSamplesRead);
    ResultStream stream(reply, cancelled, asked.range.toMs, {maxResultBytes, maxSeriesShown, false, false});
    const Status done = parsed->range(*m_parts.readers.openReader(), asked.project, asked.range.fromMs,
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
