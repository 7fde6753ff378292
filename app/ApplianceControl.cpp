#include "app/ApplianceControl.h"

#include "app/DoctorAnswer.h"
#include "storage/backend/BackendSnapshot.h"
#include "storage/upkeep/Doctor.h"

namespace plimsoll::app {

void createKey(http::ApiKeys &keys, const QJsonObject &arguments, bool temporary,
               std::function<void(Result<QJsonObject>)> answer)
{
    const auto role = http::roleNamed(arguments["role"].toString().toStdString());
    if (!role) {
        answer(Error{ErrorCode::Invalid,
                     "There is no role \"" + arguments["role"].toString().toStdString() + "\".",
                     "Roles are ingest, read, edit and admin."});
        return;
    }
    const std::string name = arguments["project"].toString(QStringLiteral("default")).toStdString();
    const auto project = keys.projects().find(name);
    if (!project)
        return answer(http::unknownProject(name));
    http::KeyWish wish;
    wish.name = arguments["name"].toString().toStdString();
    wish.role = *role;
    wish.project = project->id;
    wish.expiresMs = arguments["expires_ms"].toInteger();
    wish.temporary = temporary;
    keys.create(wish, [answer = std::move(answer)](Result<http::CreatedKey> made) {
        if (!made)
            return answer(made.error());
        answer(QJsonObject{{"id", QString::fromStdString(made->key.id)},
                           {"key", QString::fromStdString(made->secret)}});
    });
}

namespace {

std::string idIn(const QJsonObject &arguments) { return arguments["id"].toString().toStdString(); }

Result<QJsonObject> check(const Backend &database, const Progress &progress)
{
    const auto snapshot = database.snapshot();
    if (!snapshot)
        return snapshot.error();
    const auto report = examineDatabase(**snapshot, progress);
    return report ? Result<QJsonObject>(toJson(*report)) : report.error();
}

Result<QJsonObject> nothing(const Status &status)
{
    return status ? Result<QJsonObject>(QJsonObject()) : status.error();
}

} // namespace

void addUpkeepCommands(ControlSocket &socket, api::Jobs &jobs, api::Backups &backups, const Backend &database)
{
    using Answer = ControlSocket::Answer;
    socket.add("job.get", [&jobs](const QJsonObject &arguments, const Answer &answer) {
        answer(jobs.get(idIn(arguments)));
    });
    socket.add("job.cancel", [&jobs](const QJsonObject &arguments, const Answer &answer) {
        answer(nothing(jobs.cancel(idIn(arguments))));
    });
    socket.add("backup.start",
               [&backups](const QJsonObject &, const Answer &answer) { answer(backups.start()); });
    socket.add("doctor.start", [&jobs, &database](const QJsonObject &, const Answer &answer) {
        answer(jobs.start(QStringLiteral("doctor"),
                          [&database](const Progress &progress) { return check(database, progress); }));
    });
    socket.add("backup.where", [&backups](const QJsonObject &arguments, const Answer &answer) {
        const auto file = backups.file(idIn(arguments));
        if (!file)
            return answer(file.error());
        answer(QJsonObject{{"path", QString::fromStdString(file->string())}});
    });
    socket.add("backup.remove", [&backups](const QJsonObject &arguments, const Answer &answer) {
        answer(nothing(backups.remove(idIn(arguments))));
    });
}

void addControlCommands(ControlSocket &socket, http::AccessControl &access, std::function<std::string()> url)
{
    socket.add("key.create", [&access](QJsonObject arguments, ControlSocket::Answer answer) {
        createKey(access.keys(), arguments, false, std::move(answer));
    });
    const auto open = [&access, url](const QJsonObject &wanted, ControlSocket::Answer answer) {
        createKey(access.keys(), wanted, true, [answer = std::move(answer), url](Result<QJsonObject> made) {
            if (made)
                made->insert(QStringLiteral("url"), QString::fromStdString(url()));
            answer(std::move(made));
        });
    };
    socket.add("import.open", [open](const QJsonObject &, ControlSocket::Answer answer) {
        open({{"role", "ingest"}, {"name", "an import from the shell"}}, std::move(answer));
    });
    socket.add("export.open", [open](const QJsonObject &, ControlSocket::Answer answer) {
        open({{"role", "read"}, {"name", "an export from the shell"}}, std::move(answer));
    });
    socket.add("import.close", [&access](QJsonObject arguments, ControlSocket::Answer answer) {
        access.keys().remove(arguments["id"].toString().toStdString(),
                             [answer = std::move(answer)](Status removed) {
                                 answer(removed ? Result<QJsonObject>(QJsonObject()) : removed.error());
                             });
    });
}

} // namespace plimsoll::app
