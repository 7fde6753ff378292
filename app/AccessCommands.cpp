#include "app/AccessCommands.h"

#include "app/DataDirectory.h"
#include "server/http/KeyRoutes.h"
#include "server/http/ProjectRoutes.h"
#include "server/http/UserRoutes.h"

#include <QDateTime>
#include <QJsonArray>

#include <algorithm>
#include <future>

namespace plimsoll::app {

namespace {

using Answer = ControlSocket::Answer;

std::string textIn(const QJsonObject &arguments, const char *name)
{
    return arguments[QLatin1String(name)].toString().toStdString();
}

DocumentStore::Done answerStatus(const Answer &answer)
{
    return [answer](const Status &done) { answer(done ? Result<QJsonObject>(QJsonObject()) : done.error()); };
}

void keyCreate(const AccessRooms &rooms, const QJsonObject &arguments, const Answer &answer)
{
    createKey(rooms, arguments, false, answer);
}

void keyList(const AccessRooms &rooms, const QJsonObject &arguments, const Answer &answer)
{
    const std::string name = textIn(arguments, "project");
    if (!name.empty() && !rooms.projects.find(std::string_view(name)))
        return answer(http::unknownProject(name));
    QJsonArray items;
    for (const http::ApiKey &key : rooms.keys.list()) {
        if (!name.empty() && key.projectName != name)
            continue;
        QJsonObject item = http::jsonOf(key);
        item["expired"] = key.expired(rooms.clock.nowMs());
        items.append(item);
    }
    answer(QJsonObject{{"items", items}});
}

void keyRevoke(const AccessRooms &rooms, const QJsonObject &arguments, const Answer &answer)
{
    rooms.keys.remove(textIn(arguments, "id"), answerStatus(answer));
}

void projectCreate(const AccessRooms &rooms, const QJsonObject &arguments, const Answer &answer)
{
    rooms.projects.create(textIn(arguments, "name"), {}, [answer](const Result<http::Project> &made) {
        answer(made ? Result<QJsonObject>(http::jsonOf(*made)) : made.error());
    });
}

void projectList(const AccessRooms &rooms, const QJsonObject &, const Answer &answer)
{
    const auto keys = rooms.keys.list();
    QJsonArray items;
    for (const http::Project &project : rooms.projects.list()) {
        QJsonObject item = http::jsonOf(project);
        item["keys"] = qint64(std::count_if(
            keys.begin(), keys.end(), [&](const http::ApiKey &key) { return key.project == project.id; }));
        items.append(item);
    }
    answer(QJsonObject{{"items", items}});
}

void projectRemove(const AccessRooms &rooms, const QJsonObject &arguments, const Answer &answer)
{
    const std::string name = textIn(arguments, "name");
    const auto project = rooms.projects.find(std::string_view(name));
    if (!project)
        return answer(http::unknownProject(name));
    http::removeProject(rooms.projects, rooms.keys, project->id, answerStatus(answer));
}

http::Users::Done answerUser(const AccessRooms &rooms, const Answer &answer)
{
    return [rooms, answer](const Result<http::User> &user) {
        if (!user)
            return answer(user.error());
        answer(http::jsonOf(*user, rooms.users, rooms.projects));
    };
}

/// The user of that name. Not NotFound where there is none: the shell would take it for a missing appliance.
Result<http::User> userNamed(const AccessRooms &rooms, const QJsonObject &arguments)
{
    const std::string name = textIn(arguments, "name");
    const auto user = rooms.users.named(name);
    if (!user)
        return Error{ErrorCode::Unprocessable, "There is no user \"" + name + "\".",
                     "\"plimsoll user list\" tells which there are."};
    return *user;
}

void userCreate(const AccessRooms &rooms, const QJsonObject &arguments, const Answer &answer)
{
    const auto role = http::userRoleNamed(textIn(arguments, "role"));
    if (!role)
        return answer(role.error());
    const auto grant = http::grantNamed(arguments["projects"], rooms.projects);
    if (!grant)
        return answer(grant.error());
    rooms.users.create({textIn(arguments, "name"), textIn(arguments, "password"), *role, *grant},
                       answerUser(rooms, answer));
}

void userList(const AccessRooms &rooms, const QJsonObject &, const Answer &answer)
{
    QJsonArray items;
    for (const http::User &user : rooms.users.list())
        items.append(http::jsonOf(user, rooms.users, rooms.projects));
    answer(QJsonObject{{"items", items}});
}

void userPassword(const AccessRooms &rooms, const QJsonObject &arguments, const Answer &answer)
{
    const auto user = userNamed(rooms, arguments);
    if (!user)
        return answer(user.error());
    http::UserChange change;
    change.password = textIn(arguments, "password");
    rooms.users.change(user->id, std::move(change), answerUser(rooms, answer));
}

void userRemove(const AccessRooms &rooms, const QJsonObject &arguments, const Answer &answer)
{
    const auto user = userNamed(rooms, arguments);
    if (!user)
        return answer(user.error());
    rooms.users.remove(user->id, answerStatus(answer));
}

struct AccessCommand
{
    const char *name;
    void (*run)(const AccessRooms &rooms, const QJsonObject &arguments, const Answer &answer);
};

constexpr AccessCommand table[] = {{"key.create", keyCreate},       {"key.list", keyList},
                                   {"key.revoke", keyRevoke},       {"project.create", projectCreate},
                                   {"project.list", projectList},   {"project.remove", projectRemove},
                                   {"user.create", userCreate},     {"user.list", userList},
                                   {"user.password", userPassword}, {"user.remove", userRemove}};

/// On a directory whose lock is held by this program.
Result<QJsonObject> runOffline(const Configuration &configuration, const std::string &command,
                               const QJsonObject &arguments)
{
    const auto data = DataDirectory::open(configuration.value("data"), configuration.value("storage"));
    if (!data)
        return data.error();
    const SystemClock clock;
    http::Projects projects((*data)->documents(), clock);
    if (const Status loaded = projects.load(); !loaded)
        return loaded.error();
    http::ApiKeys keys((*data)->documents(), clock, projects);
    if (const Status loaded = keys.load(); !loaded)
        return loaded.error();
    http::Sessions sessions((*data)->documents(), clock);
    if (const Status loaded = sessions.load(); !loaded)
        return loaded.error();
    http::Users users((*data)->documents(), clock, projects, sessions);
    if (const Status loaded = users.load(); !loaded)
        return loaded.error();
    const auto *const known = std::find_if(std::begin(table), std::end(table),
                                           [&](const AccessCommand &one) { return command == one.name; });
    std::promise<Result<QJsonObject>> done;
    known->run({projects, keys, users, clock}, arguments,
               [&done](Result<QJsonObject> answer) { done.set_value(std::move(answer)); });
    return done.get_future().get();
}

} // namespace

void createKey(const AccessRooms &rooms, const QJsonObject &arguments, bool temporary, const Answer &answer)
{
    const auto role = http::roleNamed(textIn(arguments, "role"));
    if (!role)
        return answer(Error{ErrorCode::Invalid, "There is no role \"" + textIn(arguments, "role") + "\".",
                            "Roles are ingest, read, edit and admin."});
    const std::string name = arguments["project"].toString(QStringLiteral("default")).toStdString();
    const auto project = rooms.projects.find(std::string_view(name));
    if (!project)
        return answer(http::unknownProject(name));
    http::KeyWish wish;
    wish.name = textIn(arguments, "name");
    wish.role = *role;
    wish.project = project->id;
    wish.expiresMs = arguments["expires_ms"].toInteger();
    wish.temporary = temporary;
    rooms.keys.create(wish, [answer](Result<http::CreatedKey> made) {
        if (!made)
            return answer(made.error());
        answer(QJsonObject{{"id", QString::fromStdString(made->key.id)},
                           {"key", QString::fromStdString(made->secret)}});
    });
}

void addAccessCommands(ControlSocket &socket, const AccessRooms &rooms)
{
    for (const AccessCommand &command : table) {
        socket.add(command.name,
                   [rooms, run = command.run](const QJsonObject &arguments, const Answer &answer) {
                       run(rooms, arguments, answer);
                   });
    }
}

Result<QJsonObject> runAccessCommand(const Configuration &configuration, const std::string &command,
                                     const QJsonObject &arguments)
{
    auto answer = ControlSocket::ask(configuration.value("data"), command, arguments);
    if (answer || answer.error().code != ErrorCode::NotFound)
        return answer;
    // Either no appliance runs there, or it did not find what was asked for: the lock tells.
    const auto lock = DataDirectory::lock(configuration.value("data"));
    return lock ? runOffline(configuration, command, arguments) : answer;
}

std::string tableOf(const std::vector<std::vector<std::string>> &rows)
{
    std::vector<size_t> widths;
    for (const auto &row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (size_t i = 0; i < row.size(); i++)
            widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const auto &row : rows) {
        for (size_t i = 0; i < row.size(); i++) {
            text += row[i];
            if (i + 1 < row.size())
                text.append(widths[i] - row[i].size() + 2, ' ');
        }
        text += '\n';
    }
    return text;
}

std::string shellTime(const QJsonValue &ms, const char *otherwise)
{
    if (!ms.isDouble())
        return otherwise;
    return QDateTime::fromMSecsSinceEpoch(ms.toInteger())
        .toString(QStringLiteral("yyyy-MM-dd hh:mm"))
        .toStdString();
}

} // namespace plimsoll::app
