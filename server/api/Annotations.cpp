#include "server/api/Annotations.h"

#include "server/api/TimeArgument.h"
#include "server/http/Secret.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <array>

namespace plimsoll::api {
namespace {

using http::Response;

constexpr const char *collection = "annotations";
constexpr std::array kinds{"info", "success", "warning", "error"};
constexpr size_t defaultLimit = 100;
constexpr size_t maxLimit = 500;
constexpr int64_t lastMs = 9'999'999'999'999; ///< 13 digits, so that ids have the order of time

Error invalid(const std::string &message) { return {ErrorCode::Invalid, message, {}}; }

Status checkText(const QString &text, const char *field, size_t maxBytes)
{
    const auto bytes = static_cast<size_t>(text.toUtf8().size());
    return bytes <= maxBytes ? Status()
                             : invalid('`' + std::string(field) + "` has " + std::to_string(bytes) +
                                       " bytes; the limit is " + std::to_string(maxBytes) + ".");
}

Status checkTags(const QJsonValue &tags)
{
    const QJsonArray all = tags.toArray();
    if (!tags.isArray() || static_cast<size_t>(all.size()) > Annotations::maxTags)
        return invalid("`tags` must be an array of at most " + std::to_string(Annotations::maxTags) +
                       " texts.");
    for (const auto &tag : all) {
        if (!tag.isString() || static_cast<size_t>(tag.toString().toUtf8().size()) > Annotations::maxTagBytes)
            return invalid("Each of `tags` must be a text of at most " +
                           std::to_string(Annotations::maxTagBytes) + " bytes.");
    }
    return {};
}

Status checkTime(const QJsonValue &time, const char *field)
{
    const double ms = time.toDouble(-1);
    return ms >= 0 && ms <= static_cast<double>(lastMs)
               ? Status()
               : invalid('`' + std::string(field) + "` must be in milliseconds since the Unix epoch.");
}

/// What is wrong with the fields of an annotation that has all of them.
Status check(const QJsonObject &annotation)
{
    const QString title = annotation["title"].toString();
    if (title.isEmpty())
        return invalid("`title` must be a text that is not empty.");
    const std::string kind = annotation["kind"].toString().toStdString();
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
        return invalid("`kind` must be info, success, warning or error.");
    for (const Status &status : {checkText(title, "title", Annotations::maxTitleBytes),
                                 checkText(annotation["text"].toString(), "text", Annotations::maxTextBytes),
                                 checkText(annotation["host"].toString(), "host", Annotations::maxTagBytes),
                                 checkTags(annotation["tags"]), checkTime(annotation["at_ms"], "at_ms")}) {
        if (!status)
            return status;
    }
    const QJsonValue until = annotation["until_ms"];
    if (until.isNull())
        return {};
    if (Status status = checkTime(until, "until_ms"); !status)
        return status;
    return until.toDouble() >= annotation["at_ms"].toDouble()
               ? Status()
               : invalid("`until_ms` must not be before `at_ms`.");
}

/// The fields that a caller may set, with defaults for the rest.
QJsonObject completed(const QJsonObject &asked, int64_t nowMs)
{
    QJsonObject out{{"at_ms", qint64(nowMs)},
                    {"until_ms", QJsonValue()},
                    {"title", ""},
                    {"text", ""},
                    {"kind", "info"},
                    {"host", ""},
                    {"tags", QJsonArray()}};
    for (const QString &field : out.keys()) {
        if (asked.contains(field) && !asked[field].isNull())
            out[field] = asked[field];
    }
    return out;
}

Result<size_t> limitOf(const http::Request &request)
{
    const auto text = request.argument("limit");
    if (!text)
        return defaultLimit;
    bool isNumber = false;
    const uint limit = QString::fromStdString(*text).toUInt(&isNumber);
    if (!isNumber || limit == 0)
        return invalid("`limit` must be a number above 0.");
    return std::min<size_t>(limit, maxLimit);
}

QJsonObject jsonOf(const Document &document)
{
    QJsonObject out = QJsonDocument::fromJson(QByteArray::fromStdString(document.body)).object();
    out["id"] = QString::fromStdString(document.id);
    return out;
}

/// Ids have the order of time.
std::string newId(const QJsonObject &annotation)
{
    char text[16];
    std::snprintf(text, sizeof text, "%013lld-", static_cast<long long>(annotation["at_ms"].toDouble()));
    return text + http::randomId();
}

constexpr const char *example =
    R"({"id":"1767700800000-5f0c1a2b3c4d5e6f","at_ms":1767700800000,"until_ms":null,
"title":"v2.4.1 is out","text":"","kind":"success","host":"web1","tags":["env:prod"],"source":"api"})";

} // namespace

Annotations::Annotations(DocumentStore &documents, const Clock &clock)
    : m_documents(documents)
    , m_clock(clock)
{
}

void Annotations::addRoutes(http::Router &router)
{
    const std::vector<http::RouteArgument> listArguments{
        {.name = "from", .text = "From when on; 24 hours ago unless given.", .example = "now-7d"},
        {.name = "to", .text = "Until when, exclusive; now unless given."},
        {.name = "limit", .text = "At most so many; 100 unless given, 500 at most."},
        {.name = "cursor", .text = "`next_cursor` of the page before."}};
    router.get(
        "/api/app/annotations", http::Access::Read,
        [this](const http::RequestPtr &request, http::Reply reply) { list(*request, std::move(reply)); },
        {.group = "Annotations",
         .summary = "What happened when, the newest first",
         .arguments = listArguments,
         .answers = {{.text = "The marks.",
                      .example = std::string("{\"items\":[") + example + "],\"next_cursor\":null}"}}});
    router.post(
        "/api/app/annotations", http::Access::Edit,
        [this](const http::RequestPtr &request, http::Reply reply) { create(*request, std::move(reply)); },
        {.group = "Annotations",
         .summary = "Marks something on the charts",
         .bodies = {{.example = R"({"title":"v2.4.1 is out","kind":"success","tags":["env:prod"]})"}},
         .answers = {{.status = 201, .text = "The mark.", .example = example}}});
    router.get(
        "/api/app/annotations/{id}", http::Access::Read,
        [this](const http::RequestPtr &request, http::Reply reply) { get(*request, std::move(reply)); },
        {.group = "Annotations",
         .summary = "One mark",
         .answers = {{.text = "The mark.", .example = example}}});
    http::Route route;
    route.method = http::Method::Delete;
    route.pattern = "/api/app/annotations/{id}";
    route.access = http::Access::Edit;
    route.handler = [this](const http::RequestPtr &request, http::Reply reply) {
        remove(*request, std::move(reply));
    };
    route.about = {.group = "Annotations",
                   .summary = "Removes a mark",
                   .answers = {{.status = 204, .text = "Done.", .contentType = {}}}};
    router.add(std::move(route));
}

void Annotations::list(const http::Request &request, http::Reply reply) const
{
    const auto range = parseTimeRange(request.argument("from"), request.argument("to"), m_clock.nowMs());
    const auto limit = limitOf(request);
    if (!range || !limit)
        return reply.send(Response::error(range ? limit.error() : range.error()));
    const auto all = m_documents.list(request.principal.project, collection);
    if (!all)
        return reply.send(Response::error(all.error()));
    const std::string cursor = request.argument("cursor").value_or("");
    QJsonArray items;
    QJsonValue next;
    for (auto it = all->rbegin(); it != all->rend(); ++it) {
        if (!cursor.empty() && it->id >= cursor)
            continue;
        QJsonObject annotation = jsonOf(*it);
        const auto atMs = static_cast<int64_t>(annotation["at_ms"].toDouble());
        const auto untilMs = static_cast<int64_t>(annotation["until_ms"].toDouble(static_cast<double>(atMs)));
        if (atMs >= range->toMs || untilMs < range->fromMs)
            continue;
        if (static_cast<size_t>(items.size()) == *limit) {
            next = items.last().toObject()["id"];
            break;
        }
        items.append(annotation);
    }
    reply.send(Response::json({{"items", items}, {"next_cursor", next}}));
}

void Annotations::create(const http::Request &request, http::Reply reply)
{
    QJsonParseError broken;
    const QJsonDocument body = QJsonDocument::fromJson(request.body, &broken);
    if (broken.error != QJsonParseError::NoError || !body.isObject())
        return reply.send(Response::error(invalid("The body is not a JSON object.")));
    QJsonObject annotation = completed(body.object(), m_clock.nowMs());
    if (Status checked = check(annotation); !checked)
        return reply.send(Response::error(checked.error()));
    annotation["source"] = "api";
    const std::string id = newId(annotation);
    const auto shared = std::make_shared<http::Reply>(std::move(reply));
    keep(request.principal.project, id, annotation, [shared, annotation, id](const Status &kept) {
        QJsonObject made = annotation;
        made["id"] = QString::fromStdString(id);
        shared->send(kept ? Response::json(made, 201) : Response::error(kept.error()));
    });
}

void Annotations::get(const http::Request &request, http::Reply reply) const
{
    const auto found = m_documents.get(request.principal.project, collection, request.parameter("id"));
    reply.send(found ? Response::json(jsonOf(*found)) : Response::error(found.error()));
}

void Annotations::remove(const http::Request &request, http::Reply reply)
{
    const ProjectId project = request.principal.project;
    const std::string id(request.parameter("id"));
    if (const auto found = m_documents.get(project, collection, id); !found)
        return reply.send(Response::error(found.error()));
    const auto shared = std::make_shared<http::Reply>(std::move(reply));
    {
        const std::lock_guard lock(m_mutex);
        Kept &kept = keptOf(project);
        kept.count -= kept.count > 0;
    }
    m_documents.remove(project, collection, id, [shared](const Status &removed) {
        shared->send(removed ? Response::noContent() : Response::error(removed.error()));
    });
}

Status Annotations::note(ProjectId project, const ingest::StatsdEvent &event)
{
    const int64_t nowMs = m_clock.nowMs();
    QJsonArray tags;
    for (const std::string &tag : event.tags)
        tags.append(QString::fromStdString(tag));
    const auto addTag = [&](const char *name, const std::string &value) {
        if (!value.empty())
            tags.append(QString::fromUtf8(name) + ':' + QString::fromStdString(value));
    };
    addTag("aggregation_key", event.aggregationKey);
    addTag("priority", event.priority);
    addTag("source_type", event.source);
    QJsonObject annotation =
        completed({{"at_ms", qint64(event.timestampMs.value_or(nowMs))},
                   {"title", QString::fromStdString(event.title)},
                   {"text", QString::fromStdString(event.text)},
                   {"kind", event.alertType.empty() ? "info" : QString::fromStdString(event.alertType)},
                   {"host", QString::fromStdString(event.host)},
                   {"tags", tags}},
                  nowMs);
    if (Status checked = check(annotation); !checked)
        return checked;
    annotation["source"] = "statsd";
    {
        const std::lock_guard lock(m_mutex);
        Kept &kept = keptOf(project);
        const double passedS = static_cast<double>(std::max<int64_t>(0, nowMs - kept.allowedMs)) / 1000;
        kept.allowance = std::min(eventsAtOnce, kept.allowance + passedS * eventsPerSecond);
        kept.allowedMs = nowMs;
        if (kept.allowance < 1)
            return Error{ErrorCode::TooMany, "Events come more quickly than ten a second.", {}};
        kept.allowance--;
    }
    keep(project, newId(annotation), annotation, [](const Status &kept) {
        if (!kept)
            qWarning("An event could not be kept: %s", kept.error().message.c_str());
    });
    return {};
}

/// With the lock held.
Annotations::Kept &Annotations::keptOf(ProjectId project)
{
    const auto [it, isNew] = m_kept.try_emplace(project);
    if (isNew) {
        const auto all = m_documents.list(project, collection);
        it->second.count = all ? all->size() : 0;
    }
    return it->second;
}

void Annotations::keep(ProjectId project, const std::string &id, const QJsonObject &annotation,
                       DocumentStore::Done done)
{
    bool isFull = false;
    {
        const std::lock_guard lock(m_mutex);
        isFull = ++keptOf(project).count > maxKept;
    }
    const std::string body = QJsonDocument(annotation).toJson(QJsonDocument::Compact).toStdString();
    m_documents.put(project, collection, {id, body, m_clock.nowMs()}, std::move(done));
    if (isFull)
        makeRoom(project);
}

/// A tenth goes at once, so that this is seldom.
void Annotations::makeRoom(ProjectId project)
{
    const auto all = m_documents.list(project, collection);
    if (!all)
        return;
    const size_t kept = maxKept - maxKept / 10;
    for (size_t i = 0; i + kept < all->size(); i++)
        m_documents.remove(project, collection, (*all)[i].id, [](const Status &) {});
    const std::lock_guard lock(m_mutex);
    keptOf(project).count = std::min(all->size(), kept);
}

} // namespace plimsoll::api
