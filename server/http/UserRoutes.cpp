#include "server/http/UserRoutes.h"

#include "server/http/AccessRoute.h"
#include "server/http/JsonBody.h"

#include <QJsonArray>

#include <memory>

namespace plimsoll::http {

namespace {

constexpr const char *userExample =
    R"({"id":"5f0c61d2a90b7e34","name":"mara","role":"edit","projects":["default"],"created_ms":1767700800000,
    "last_login_ms":null,"disabled":false,"sessions":0})";

QString qt(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

std::string textIn(const QJsonObject &object, const char *name)
{
    return object.value(QLatin1String(name)).toString().toStdString();
}

std::string idOf(const RequestPtr &request) { return std::string(request->parameter("id")); }

QJsonValue timeOrNull(int64_t ms) { return ms ? QJsonValue(double(ms)) : QJsonValue(); }

QJsonArray namesOf(const ProjectGrant &grant, const Projects &projects)
{
    if (grant.all)
        return {QStringLiteral("*")};
    QJsonArray names;
    for (const Project &project : projects.list()) {
        if (grant.covers(project.id))
            names.append(qt(project.name));
    }
    return names;
}

Error unknownUser() { return {ErrorCode::NotFound, "There is no such user.", {}}; }

Users::Done answerTo(AccessControl &access, Reply reply, int status)
{
    return [&access, status, answer = std::make_shared<Reply>(std::move(reply))](const Result<User> &user) {
        answer->send(user ? Response::json(jsonOf(*user, access), status) : Response::error(user.error()));
    };
}

void listUsers(AccessControl &access, const RequestPtr &, Reply reply)
{
    QJsonArray items;
    for (const User &user : access.users().list())
        items.append(jsonOf(user, access));
    reply.send(Response::json({{"items", items}, {"next_cursor", QJsonValue()}}));
}

void readUser(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto user = access.users().withId(idOf(request));
    reply.send(user ? Response::json(jsonOf(*user, access)) : Response::error(unknownUser()));
}

/// What a body says of a user, each part where it is there.
Result<UserChange> changeIn(const QJsonObject &body, const Projects &projects)
{
    UserChange change;
    for (const char *text : {"name", "password", "role"}) {
        if (body.contains(QLatin1String(text)) && !body.value(QLatin1String(text)).isString())
            return Error{ErrorCode::Unprocessable, "`" + std::string(text) + "` is not a text.", {}};
    }
    if (body.contains("disabled") && !body.value("disabled").isBool())
        return Error{ErrorCode::Unprocessable, "`disabled` is not true or false.", {}};
    if (body.contains("name"))
        change.name = textIn(body, "name");
    if (body.contains("password"))
        change.password = textIn(body, "password");
    if (body.contains("disabled"))
        change.disabled = body.value("disabled").toBool();
    if (body.contains("role")) {
        const auto role = userRoleNamed(textIn(body, "role"));
        if (!role)
            return role.error();
        change.role = *role;
    }
    if (body.contains("projects")) {
        auto grant = grantNamed(body.value("projects"), projects);
        if (!grant)
            return grant.error();
        change.grant = *std::move(grant);
    }
    return change;
}

void createUser(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto body = objectIn(*request);
    if (!body)
        return reply.send(Response::error(body.error()));
    const auto wanted = changeIn(*body, access.projects());
    if (!wanted)
        return reply.send(Response::error(wanted.error()));
    if (!access.passwordSet())
        return reply.send(Response::error(409, "no_password", "The user admin has no password yet.",
                                          "Set it first: until then this machine needs none."));
    UserWish wish;
    wish.name = wanted->name.value_or("");
    wish.password = wanted->password.value_or("");
    wish.role = wanted->role.value_or(Role::Read);
    wish.grant = wanted->grant.value_or(ProjectGrant());
    access.users().create(std::move(wish), answerTo(access, std::move(reply), 201));
}

/// Nobody takes the ground from under himself by mistake, and whoever finds an open browser cannot change the
/// password without the one that holds.
std::optional<Response> refusalOfOwn(const UserChange &change)
{
    if (change.role || change.grant || change.disabled)
        return Response::error(409, "own_user", "You cannot change your own role or projects.",
                               "Ask another admin.");
    if (change.password)
        return Response::error(409, "own_user", "Your own password is changed with the current one.",
                               "Use PUT /api/app/password, or Settings, Password.");
    return std::nullopt;
}

void changeUser(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const auto body = objectIn(*request);
    if (!body)
        return reply.send(Response::error(body.error()));
    const std::string id = idOf(request);
    if (!access.users().withId(id))
        return reply.send(Response::error(unknownUser()));
    auto change = changeIn(*body, access.projects());
    if (!change)
        return reply.send(Response::error(change.error()));
    if (request->principal.session && request->principal.userId == id) {
        if (auto refused = refusalOfOwn(*change))
            return reply.send(*std::move(refused));
    }
    access.users().change(id, *std::move(change), answerTo(access, std::move(reply), 200));
}

void removeUser(AccessControl &access, const RequestPtr &request, Reply reply)
{
    const std::string id = idOf(request);
    if (request->principal.session && request->principal.userId == id && id != firstUserId)
        return reply.send(
            Response::error(409, "own_user", "You cannot remove yourself.", "Ask another admin."));
    const auto answer = std::make_shared<Reply>(std::move(reply));
    access.users().remove(id, [answer](const Status &removed) {
        answer->send(removed ? Response::noContent() : Response::error(removed.error()));
    });
}

void add(Router &router, AccessControl &access, Method method, const char *pattern, AccessAct act,
         RouteDescription about)
{
    addAccessRoute(router, access, Access::Appliance, method, pattern, act, std::move(about));
}

} // namespace

QJsonObject jsonOf(const User &user, const Users &users, const Projects &projects)
{
    return {{"id", qt(user.id)},
            {"name", qt(user.name)},
            {"role", qt(roleName(user.role))},
            {"projects", namesOf(user.grant, projects)},
            {"created_ms", timeOrNull(user.createdMs)},
            {"last_login_ms", timeOrNull(users.lastLoginMs(user.id))},
            {"disabled", user.disabled}};
}

QJsonObject jsonOf(const User &user, const AccessControl &access)
{
    QJsonObject object = jsonOf(user, access.users(), access.projects());
    object["sessions"] = qint64(access.sessions().list(user.id).size());
    return object;
}

Result<ProjectGrant> grantNamed(const QJsonValue &names, const Projects &projects)
{
    if (!names.isArray())
        return Error{ErrorCode::Unprocessable, "`projects` is not a list of names.",
                     "Write [\"*\"] for all projects."};
    ProjectGrant grant{false, {}};
    for (const QJsonValue value : names.toArray()) {
        const std::string name = value.toString().toStdString();
        if (name == "*")
            return ProjectGrant();
        const auto project = projects.find(std::string_view(name));
        if (!project)
            return Error{ErrorCode::Unprocessable, unknownProject(name).message,
                         "Name projects that are there, or [\"*\"] for all."};
        grant.projects.insert(project->id);
    }
    return grant;
}

Result<Role> userRoleNamed(std::string_view name)
{
    const auto role = roleNamed(name);
    if (!role || *role == Role::Ingest)
        return Error{ErrorCode::Unprocessable, "There is no role \"" + std::string(name) + "\" for users.",
                     "Roles are read, edit and admin."};
    return *role;
}

void addUserRoutes(Router &router, AccessControl &access)
{
    const std::string example = userExample;
    add(router, access, Method::Get, "/api/app/users", listUsers,
        {.summary = "Users",
         .answers = {{.text = "The users: admin, then the others by name.",
                      .example = "{\"items\":[" + example + "],\"next_cursor\":null}"}}});
    add(router, access, Method::Post, "/api/app/users", createUser,
        {.summary = "Makes a user",
         .text = "The role is read and the projects are all unless given. 409 until admin has a password.",
         .bodies = {{.example = R"({"name":"mara","password":"…","role":"edit","projects":["default"]})"}},
         .answers = {{.status = 201, .text = "The user.", .example = example}}});
    add(router, access, Method::Get, "/api/app/users/{id}", readUser,
        {.summary = "A user", .answers = {{.text = "The user.", .example = example}}});
    add(router, access, Method::Patch, "/api/app/users/{id}", changeUser,
        {.summary = "Changes name, role, projects, password of a user, or disables it",
         .text = "It holds from the user's next request on. A new password and disabling end the sessions.",
         .bodies = {{.example = R"({"role":"read","disabled":false})"}},
         .answers = {{.text = "The user.", .example = example}}});
    add(router, access, Method::Delete, "/api/app/users/{id}", removeUser,
        {.summary = "Removes a user",
         .text = "The sessions end at once. What the user did keeps the name.",
         .answers = {{.status = 204, .text = "Removed.", .contentType = {}}}});
}

} // namespace plimsoll::http
