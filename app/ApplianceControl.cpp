#include "app/ApplianceControl.h"

#include "app/AccessCommands.h"
#include "app/DoctorAnswer.h"
#include "storage/backend/BackendSnapshot.h"
#include "storage/upkeep/Doctor.h"

namespace plimsoll::app {

namespace {

/// A key of an import or export goes with it; should that be killed, after this time.
constexpr int64_t shellKeyMs = int64_t(7) * 24 * 3600 * 1000;

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
    const AccessRooms rooms{access.projects(), access.keys(), access.users(), access.clock()};
    addAccessCommands(socket, rooms);
    const auto open = [rooms, url](QJsonObject wanted, const char *role, const char *name,
                                   const ControlSocket::Answer &answer) {
        const QString project = wanted["project"].toString(QStringLiteral("default"));
        if (!rooms.projects.find(std::string_view(project.toStdString())))
            return answer(Error{ErrorCode::Invalid, http::unknownProject(project.toStdString()).message,
                                "\"plimsoll project list\" tells which there are."});
        wanted["role"] = role;
        wanted["name"] = name;
        wanted["expires_ms"] = qint64(rooms.clock.nowMs() + shellKeyMs);
        createKey(rooms, wanted, true, [answer, url](Result<QJsonObject> made) {
            if (made)
                made->insert(QStringLiteral("url"), QString::fromStdString(url()));
            answer(std::move(made));
        });
    };
    socket.add("import.open", [open](const QJsonObject &wanted, const ControlSocket::Answer &answer) {
        open(wanted, "ingest", "an import from the shell", answer);
    });
    socket.add("export.open", [open](const QJsonObject &wanted, const ControlSocket::Answer &answer) {
        open(wanted, "read", "an export from the shell", answer);
    });
    socket.add("import.close", [&access](QJsonObject arguments, ControlSocket::Answer answer) {
        access.keys().remove(arguments["id"].toString().toStdString(),
                             [answer = std::move(answer)](Status removed) {
                                 answer(removed ? Result<QJsonObject>(QJsonObject()) : removed.error());
                             });
    });
}

} // namespace plimsoll::app
