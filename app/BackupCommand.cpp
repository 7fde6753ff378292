#include "app/CommandLine.h"
#include "app/Configuration.h"
#include "app/ControlSocket.h"
#include "app/OfflineEngine.h"
#include "app/RunningJob.h"
#include "storage/upkeep/Backup.h"

#include <QCoreApplication>

#include <cstdio>

namespace plimsoll::app {

namespace {

/// Puts the file that the appliance made under the name that was asked for: the appliance itself may not be
/// allowed to write there.
Status fetch(const std::filesystem::path &made, const std::filesystem::path &file)
{
    std::error_code error;
    std::filesystem::rename(made, file, error);
    if (!error)
        return {};
    const std::filesystem::path partial = file.string() + ".partial";
    std::filesystem::copy_file(made, partial, std::filesystem::copy_options::overwrite_existing, error);
    if (!error) {
        const auto checked = checkBackupFile(partial, {}, terminalProgress("checking"));
        clearProgress();
        if (!checked)
            return checked.error();
        std::filesystem::rename(partial, file, error);
    }
    if (!error)
        return {};
    std::error_code ignored;
    std::filesystem::remove(partial, ignored);
    return Error{ErrorCode::Unavailable,
                 "The backup cannot be put at " + file.string() + ": " + error.message() + ".",
                 "It lies at " + made.string() + "."};
}

Status backUpOnline(const QString &directory, const std::filesystem::path &file)
{
    const auto made = runJob(directory, "backup.start", {}, "backup");
    if (!made)
        return made.error();
    const QJsonObject id{{"id", (*made)["id"]}};
    const auto where = ControlSocket::ask(directory, "backup.where", id);
    if (!where)
        return where.error();
    if (Status fetched = fetch((*where)["path"].toString().toStdString(), file); !fetched)
        return fetched;
    (void)ControlSocket::ask(directory, "backup.remove", id);
    return {};
}

Status backUpOffline(const Configuration &configuration, const std::filesystem::path &file)
{
    const auto offline = OfflineEngine::open(configuration);
    if (!offline)
        return offline.error();
    Status done;
    {
        const auto snapshot = (*offline)->engine().snapshot();
        if (!snapshot)
            return snapshot.error();
        const auto made =
            writeBackup(**snapshot, file, (*offline)->clock().nowMs(), terminalProgress("backup"));
        clearProgress();
        if (!made)
            done = made.error();
    }
    const Status closed = (*offline)->close();
    return done ? closed : done;
}

} // namespace

int runBackup(Invocation &invocation)
{
    const QCoreApplication application(invocation.argc, invocation.argv);
    QStringList arguments = invocation.arguments;
    const auto configuration = Configuration::load(arguments);
    if (!configuration)
        return fail(configuration.error(), 2);
    if (arguments.size() != 1 || arguments[0].startsWith(QLatin1Char('-')))
        return fail(
            {ErrorCode::Invalid, "Name the file to write.", "Write: plimsoll backup FILE [--data DIR]."}, 2);
    const std::filesystem::path file = std::filesystem::absolute(arguments[0].toStdString());
    const QString directory = configuration->value("data");
    if (!std::filesystem::exists(directory.toStdString()))
        return fail({ErrorCode::NotFound, "There is no data directory " + directory.toStdString() + ".",
                     "Name it with --data."});
    Status done = backUpOnline(directory, file);
    if (!done && done.error().code == ErrorCode::NotFound)
        done = backUpOffline(*configuration, file);
    if (!done)
        return fail(done.error());
    std::error_code ignored;
    std::printf("%s: %.1f MB. \"plimsoll restore\" makes a data directory of it.\n", file.c_str(),
                double(std::filesystem::file_size(file, ignored)) / 1e6);
    return 0;
}

} // namespace plimsoll::app
