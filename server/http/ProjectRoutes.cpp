#include "server/http/ProjectRoutes.h"

#include "server/http/AccessRoute.h"
#include "server/http/JsonBody.h"

#include <QJsonArray>

#include <memory>

namespace plimsoll::http {

namespace {

constexpr const char *projectExample =
    R"({"id":"shop","name":"shop","created_ms":1767700800000,"keys":2,
    "limits":{"samples_per_second":1000},
    "effective_limits":{"samples_per_second":1000,"personal_data":"flag"}})";
constexpr const char *limitsExample = R"({"limits":{"samples_per_second":100000,"personal_data":"flag"}})";
constexpr const char *removedExample =
    R"({"name":"shop","keys_withdrawn":2,"samples":"no longer served; on disk until retention drops them"})";

QString qt(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

std::string idOf(const RequestPtr &request) { return std::string(request->parameter("id")); }

qint64 keyCount(const AccessControl &access, ProjectId project)
{
    qint64 count = 0;
    for (const ApiKey &key : access.keys().list())
        count += key.project == project;
    return count;
}

QJsonObject described(const AccessControl &access, const Project &project)
{
    QJsonObject object = jsonOf(project);
    QuotaSettings effective;
    effective.bounds = *access.projects().quotaOf(project.id);
    effective.personalData = effective.bounds.personalData;
    object["effective_limits"] = effective.toJson();
    object["keys"] = keyCount(access, project.id);
    return object;
}

/// The project that the path names, if the caller may know of it.
std::optional<Project> visibleProject(const AccessControl &access, const RequestPtr &request)
{
    const auto project = access.projects().find(std::string_view(idOf(request)));
    return project && access.opens(request->principal, project->id) ? project : std::nullopt;
}

void listProjects(AccessControl &access, const RequestPtr &request, Reply reply)
{
    QJsonArray items;
    for (const Project &project : access.projects().list()) {
        if (access.opens(request->principal, project.id))
            items.append(described(access, project));
    }
    reply.send(Response::json({{"items", items}, {"next_cursor", QJsonValue()}}));
}

void readProject(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto project = visibleProject(access, request);
    reply.send(project ? Response::json(described(access, *project))
                       : Response::error(unknownProject(idOf(request))));
}

Projects::Done answerTo(AccessControl &access, Reply reply, int status)
{
    return [&access, status,
            answer = std::make_shared<Reply>(std::move(reply))](const Result<Project> &project) {
        answer->send(project ? Response::json(described(access, *project), status)
                             : Response::error(project.error()));
    };
}

void createProject(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto body = objectIn(*request);
    if (!body)
        return reply.send(Response::error(body.error()));
    const auto limits = QuotaSettings().patchedIn(*body, false);
    if (!limits)
        return reply.send(Response::error(limits.error()));
    access.projects().create(body->value("name").toString().toStdString(), *limits,
                             answerTo(access, std::move(reply), 201));
}

void changeProject(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto body = objectIn(*request);
    if (!body)
        return reply.send(Response::error(body.error()));
    const auto project = access.projects().find(std::string_view(idOf(request)));
    if (!project)
        return reply.send(Response::error(unknownProject(idOf(request))));
    if (body->contains("name") && qt(project->name) != body->value("name").toString())
        return reply.send(Response::error({ErrorCode::Unprocessable, "A project's name is for ever.",
                                           "It is part of the keys. Make another project."}));
    const auto limits = project->limits.patchedIn(*body, false);
    if (!limits)
        return reply.send(Response::error(limits.error()));
    access.projects().setLimits(project->id, *limits, answerTo(access, std::move(reply), 200));
}

void deleteProject(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto project = access.projects().find(std::string_view(idOf(request)));
    if (!project)
        return reply.send(Response::error(unknownProject(idOf(request))));
    const qint64 keys = keyCount(access, project->id);
    const auto answer = std::make_shared<Reply>(std::move(reply));
    removeProject(
        access.projects(), access.keys(), project->id,
        [answer, name = project->name, keys](const Status &removed) {
            if (!removed)
                return answer->send(Response::error(removed.error()));
            answer->send(Response::json(
                {{"name", qt(name)},
                 {"keys_withdrawn", keys},
                 {"samples", QStringLiteral("no longer served; on disk until retention drops them")}}));
        });
}

void sendLimits(const AccessControl &access, Reply &reply)
{
    reply.send(Response::json({{"limits", access.projects().applianceLimits().toJson()}}));
}

void readLimits(AccessControl &access, const RequestPtr &, Reply reply) { sendLimits(access, reply); }

void changeLimits(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto body = objectIn(*request);
    if (!body)
        return reply.send(Response::error(body.error()));
    const auto limits = access.projects().applianceLimits().patchedIn(*body, false);
    if (!limits)
        return reply.send(Response::error(limits.error()));
    const auto answer = std::make_shared<Reply>(std::move(reply));
    access.projects().setApplianceLimits(*limits, [&access, answer](const Status &written) {
        if (!written)
            return answer->send(Response::error(written.error()));
        sendLimits(access, *answer);
    });
}

void add(Router &router, AccessControl &access, Method method, const char *pattern, Access needed,
         AccessAct act, RouteDescription about)
{
    addAccessRoute(router, access, needed, method, pattern, act, std::move(about));
}

void addLimits(Router &router, AccessControl &access)
{
    add(router, access, Method::Get, "/api/app/limits", Access::Appliance, readLimits,
        {.summary = "What a project may send that has no limits of its own",
         .answers = {{.text = "Those that are set.", .example = limitsExample}}});
    add(router, access, Method::Patch, "/api/app/limits", Access::Appliance, changeLimits,
        {.summary = "Changes limits of the appliance",
         .text = "They hold at once; null takes one back.",
         .bodies = {{.example = limitsExample}},
         .answers = {{.text = "Those that are set.", .example = limitsExample}}});
}

} // namespace

QJsonObject jsonOf(const Project &project)
{
    return {{"id", qt(project.name)},
            {"name", qt(project.name)},
            {"created_ms", project.createdMs ? QJsonValue(double(project.createdMs)) : QJsonValue()},
            {"limits", project.limits.toJson()}};
}

void removeProject(Projects &projects, ApiKeys &keys, ProjectId project, DocumentStore::Done done)
{
    projects.remove(project, [&keys, project, done = std::move(done)](const Status &removed) {
        if (!removed)
            return done(removed);
        keys.removeOf(project, done);
    });
}

void addProjectRoutes(Router &router, AccessControl &access)
{
    const std::string example = projectExample;
    add(router, access, Method::Get, "/api/app/projects", Access::Read, listProjects,
        {.summary = "Projects",
         .text =
             "Those that the caller may open: all of them for who manages the appliance, of a key its own.",
         .answers = {
             {.text = "The projects.", .example = "{\"items\":[" + example + "],\"next_cursor\":null}"}}});
    add(router, access, Method::Post, "/api/app/projects", Access::Appliance, createProject,
        {.summary = "Makes a project",
         .text =
             "The name is part of its keys: 1 to 40 lower-case letters, digits and hyphens, beginning with "
             "a letter. `limits` may be left out.",
         .bodies = {{.example = R"({"name":"shop","limits":{"samples_per_second":1000}})"}},
         .answers = {{.status = 201, .text = "The project.", .example = example}}});
    add(router, access, Method::Get, "/api/app/projects/{id}", Access::Read, readProject,
        {.summary = "A project", .answers = {{.text = "The project.", .example = example}}});
    add(router, access, Method::Patch, "/api/app/projects/{id}", Access::Appliance, changeProject,
        {.summary = "Changes limits of a project",
         .text = "They hold at once; null takes one back.",
         .bodies = {{.example = R"({"limits":{"samples_per_second":null}})"}},
         .answers = {{.text = "The project.", .example = example}}});
    add(router, access, Method::Delete, "/api/app/projects/{id}", Access::Appliance, deleteProject,
        {.summary = "Removes a project",
         .text = "Its keys stop working and its series are served no longer, at once. What was stored stays "
                 "on disk until retention drops it.",
         .answers = {{.text = "What was done.", .example = removedExample}}});
    addLimits(router, access);
}

} // namespace plimsoll::http
