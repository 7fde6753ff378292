#include "server/http/KeyRoutes.h"

#include "server/http/AccessRoute.h"
#include "server/http/JsonBody.h"

#include <QJsonArray>

#include <algorithm>
#include <cmath>
#include <memory>

namespace plimsoll::http {

namespace {

constexpr size_t unusedWelcomeKeys = 4; ///< of the first-run page; older ones that nobody used go
constexpr const char *welcomeKeyName = "First run";
constexpr double maxTimeMs = 8.64e15; ///< the last one that a browser's Date can hold
constexpr const char *keyExample =
    R"({"id":"5f0c","name":"retool","role":"read","prefix":"plm_default_ab3x","project":"default",
    "created_ms":1767700800000,"last_used_ms":null,"expires_ms":null,"expired":false,"temporary":false,
    "limits":{}})";

QString qt(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

std::string textIn(const QJsonObject &object, const char *name)
{
    return object.value(QLatin1String(name)).toString().toStdString();
}

std::string idOf(const RequestPtr &request) { return std::string(request->parameter("id")); }

QJsonValue timeOrNull(int64_t ms) { return ms ? QJsonValue(double(ms)) : QJsonValue(); }

Error unknownKey() { return {ErrorCode::NotFound, "There is no such key.", {}}; }

/// `expires_ms`: null is never; what is not there is `otherwise`.
Result<int64_t> expiryIn(const QJsonObject &body, int64_t otherwise)
{
    const QJsonValue value = body.value("expires_ms");
    if (value.isUndefined())
        return otherwise;
    if (value.isNull())
        return int64_t(0);
    const double ms = value.toDouble(-1);
    if (!(ms > 0 && ms <= maxTimeMs) || ms != std::floor(ms))
        return Error{ErrorCode::Unprocessable, "`expires_ms` is not a time.",
                     "Write milliseconds since 1970 in UTC, or null for never."};
    return int64_t(ms);
}

/// Whether the caller may look after this key: those of its project, or of all.
bool mayManage(const Principal &who, const ApiKey &key)
{
    return AccessControl::managesAppliance(who) || key.project == who.project;
}

/// An admin key of `default` manages the appliance: who does not may neither make nor touch one.
std::optional<Response> refusalOfWiderKey(const Principal &who, Role role, ProjectId project)
{
    if (role != Role::Admin || project != defaultProject || AccessControl::managesAppliance(who))
        return std::nullopt;
    return Response::error(403, "whole_appliance",
                           "An admin key of the project default manages all projects.",
                           "Ask an admin of all projects.");
}

bool namesProject(const Request &request)
{
    return !request.header("x-plimsoll-project").value_or("").empty() ||
           !request.argument("project").value_or("").empty();
}

void listKeys(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const bool all = AccessControl::managesAppliance(request->principal) && !namesProject(*request);
    const int64_t nowMs = access.clock().nowMs();
    QJsonArray items;
    for (const ApiKey &key : access.keys().list()) {
        if (!all && key.project != request->principal.project)
            continue;
        QJsonObject item = jsonOf(key);
        item["expired"] = key.expired(nowMs);
        items.append(item);
    }
    reply.send(Response::json({{"items", items}, {"next_cursor", QJsonValue()}}));
}

void readKey(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto key = access.keys().withId(idOf(request));
    if (!key || !mayManage(request->principal, *key))
        return reply.send(Response::error(unknownKey()));
    QJsonObject object = jsonOf(*key);
    object["expired"] = key->expired(access.clock().nowMs());
    reply.send(Response::json(object));
}

void makeKey(AccessControl &access, const KeyWish &wish, Reply reply)
{
    const auto answer = std::make_shared<Reply>(std::move(reply));
    access.keys().create(wish, [answer](Result<CreatedKey> created) {
        if (!created)
            return answer->send(Response::error(created.error()));
        QJsonObject object = jsonOf(created->key);
        object["expired"] = false;
        object["key"] = qt(created->secret);
        answer->send(Response::json(object, 201));
    });
}

/// The project that a new key is to belong to: the caller's, or the one in the body.
Result<ProjectId> projectOfNew(const AccessControl &access, const Principal &who, const QJsonObject &body)
{
    const std::string name = textIn(body, "project");
    if (name.empty())
        return who.project;
    const auto project = access.projects().find(name);
    if (project && project->id == who.project)
        return project->id;
    if (!AccessControl::managesAppliance(who))
        return Error{ErrorCode::Forbidden, "You make keys of your own project only.",
                     "Leave \"project\" out."};
    return project ? Result<ProjectId>(project->id) : unknownProject(name);
}

void createKey(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto body = objectIn(*request);
    if (!body)
        return reply.send(Response::error(body.error()));
    const auto project = projectOfNew(access, request->principal, *body);
    if (!project)
        return reply.send(Response::error(project.error()));
    const auto expiresMs = expiryIn(*body, 0);
    if (!expiresMs)
        return reply.send(Response::error(expiresMs.error()));
    const auto limits = QuotaSettings().patchedIn(*body, true);
    if (!limits)
        return reply.send(Response::error(limits.error()));
    KeyWish wish;
    wish.name = textIn(*body, "name");
    wish.role = roleNamed(textIn(*body, "role")).value_or(Role::None);
    wish.project = *project;
    wish.expiresMs = *expiresMs;
    wish.limits = *limits;
    if (auto refused = refusalOfWiderKey(request->principal, wish.role, wish.project))
        return reply.send(*std::move(refused));
    makeKey(access, wish, std::move(reply));
}

void changeKey(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto body = objectIn(*request);
    if (!body)
        return reply.send(Response::error(body.error()));
    const auto key = access.keys().withId(idOf(request));
    if (!key || !mayManage(request->principal, *key))
        return reply.send(Response::error(unknownKey()));
    if (auto refused = refusalOfWiderKey(request->principal, key->role, key->project))
        return reply.send(*std::move(refused));
    for (const char *fixed : {"role", "project"}) {
        if (body->contains(QLatin1String(fixed)))
            return reply.send(
                Response::error({ErrorCode::Unprocessable, "A key's " + std::string(fixed) + " is for ever.",
                                 "Make another key and withdraw this one."}));
    }
    const auto expiresMs = expiryIn(*body, key->expiresMs);
    if (!expiresMs)
        return reply.send(Response::error(expiresMs.error()));
    const auto limits = key->limits.patchedIn(*body, true);
    if (!limits)
        return reply.send(Response::error(limits.error()));
    const std::string name = body->contains("name") ? textIn(*body, "name") : key->name;
    const auto answer = std::make_shared<Reply>(std::move(reply));
    const int64_t nowMs = access.clock().nowMs();
    access.keys().change(key->id, name, *expiresMs, *limits, [answer, nowMs](const Result<ApiKey> &changed) {
        if (!changed)
            return answer->send(Response::error(changed.error()));
        QJsonObject object = jsonOf(*changed);
        object["expired"] = changed->expired(nowMs);
        answer->send(Response::json(object));
    });
}

/// The page makes a key per first visit; those that nobody used are not kept.
void createWelcomeKey(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const ProjectId project = request->principal.project;
    std::vector<ApiKey> unused = access.keys().list();
    std::erase_if(unused, [project](const ApiKey &key) {
        return key.project != project || key.name != welcomeKeyName || !key.temporary || key.lastUsedMs;
    });
    for (size_t i = 0; i + unusedWelcomeKeys <= unused.size(); i++)
        access.keys().remove(unused[i].id, [](const Status &) {});
    KeyWish wish;
    wish.name = welcomeKeyName;
    wish.role = Role::Ingest;
    wish.project = project;
    wish.temporary = true;
    makeKey(access, wish, std::move(reply));
}

void removeKey(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto key = access.keys().withId(idOf(request));
    if (!key || !mayManage(request->principal, *key))
        return reply.send(Response::error(unknownKey()));
    if (auto refused = refusalOfWiderKey(request->principal, key->role, key->project))
        return reply.send(*std::move(refused));
    const auto answer = std::make_shared<Reply>(std::move(reply));
    access.keys().remove(key->id, [answer](const Status &removed) {
        answer->send(removed ? Response::noContent() : Response::error(removed.error()));
    });
}

void add(Router &router, AccessControl &access, Method method, const char *pattern, AccessAct act,
         RouteDescription about)
{
    addAccessRoute(router, access, Access::Admin, method, pattern, act, std::move(about));
}

} // namespace

QJsonObject jsonOf(const ApiKey &key)
{
    return {{"id", qt(key.id)},
            {"name", qt(key.name)},
            {"role", qt(roleName(key.role))},
            {"prefix", qt(key.prefix)},
            {"project", qt(key.projectName)},
            {"created_ms", double(key.createdMs)},
            {"last_used_ms", timeOrNull(key.lastUsedMs)},
            {"expires_ms", timeOrNull(key.expiresMs)},
            {"temporary", key.temporary},
            {"limits", key.limits.toJson()}};
}

void addKeyRoutes(Router &router, AccessControl &access)
{
    const std::string example = keyExample;
    add(router, access, Method::Get, "/api/app/keys", listKeys,
        {.summary = "API keys",
         .text =
             "Those of the caller's project; of all projects for who manages the appliance and names none.",
         .answers = {{.text = "The keys, without their secrets.",
                      .example = "{\"items\":[" + example + "],\"next_cursor\":null}"}}});
    add(router, access, Method::Post, "/api/app/keys", createKey,
        {.summary = "Makes an API key",
         .text = "The project is the caller's unless another is named. `expires_ms` and `limits` may be left "
                 "out.",
         .bodies = {{.example = R"({"name":"retool","role":"read","project":"default",
         "expires_ms":1798761600000,"limits":{"requests_per_second":50}})"}},
         .answers = {{.status = 201, .text = "The key, shown this once.", .example = example}}});
    add(router, access, Method::Get, "/api/app/keys/{id}", readKey,
        {.summary = "An API key", .answers = {{.text = "The key, without its secret.", .example = example}}});
    add(router, access, Method::Patch, "/api/app/keys/{id}", changeKey,
        {.summary = "Changes name, expiry or limits of an API key",
         .bodies = {{.example = R"({"expires_ms":null,"limits":{"requests_per_second":null}})"}},
         .answers = {{.text = "The key, without its secret.", .example = example}}});
    add(router, access, Method::Delete, "/api/app/keys/{id}", removeKey,
        {.summary = "Withdraws an API key",
         .answers = {{.status = 204, .text = "Withdrawn.", .contentType = {}}}});
    add(router, access, Method::Post, "/api/app/welcome-key", createWelcomeKey,
        {.summary = "Makes an ingest key for the first-run page",
         .answers = {{.status = 201, .text = "The key, shown this once."}}});
}

} // namespace plimsoll::http
