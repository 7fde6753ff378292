#include "app/CommandLine.h"
#include "app/Configuration.h"
#include "app/DataDirectory.h"
#include "app/RunningJob.h"
#include "storage/upkeep/Restore.h"

#include <QCoreApplication>
#include <QDateTime>

#include <cstdio>

namespace plimsoll::app {

namespace {

int report(const RestoreReport &done, const QString &directory)
{
    const QString made = QDateTime::fromMSecsSinceEpoch(done.backup.createdMs).toString(Qt::ISODate);
    std::printf("%s is what it was at %s.\n", qPrintable(directory), qPrintable(made));
    if (!done.movedAsideTo.empty())
        std::printf("What was there lies in %s; remove it once all is well.\n", done.movedAsideTo.c_str());
    if (!std::filesystem::exists(std::filesystem::path(directory.toStdString()) / "secrets.key"))
        std::printf(
            "Passwords and tokens of channels and checks are kept under secrets.key, which no backup holds.\n"
            "Copy it here from the old data directory, or enter them again; each channel says what it "
            "lacks.\n");
    std::printf("Start it with: plimsoll serve --data %s\n", qPrintable(directory));
    return 0;
}

} // namespace

int runRestore(Invocation &invocation)
{
    const QCoreApplication application(invocation.argc, invocation.argv);
    QStringList arguments = invocation.arguments;
    const auto configuration = Configuration::load(arguments);
    if (!configuration)
        return fail(configuration.error(), 2);
    const bool force = arguments.removeAll(QStringLiteral("--force")) > 0;
    if (arguments.size() != 1 || arguments[0].startsWith(QLatin1Char('-')))
        return fail({ErrorCode::Invalid, "Name the backup to restore.",
                     "Write: plimsoll restore FILE --data DIR [--force]."},
                    2);

    const QString directory = configuration->value("data");
    const QString storage = configuration->value("storage");
    if (storage == QLatin1String("memory:"))
        return fail({ErrorCode::Invalid, "Nothing can be restored into memory:.",
                     "Leave --storage out, or name a database."},
                    2);
    const auto lock = DataDirectory::lock(directory);
    if (!lock)
        return fail(lock.error());
    RestoreOptions options;
    options.directory = std::filesystem::absolute(directory.toStdString());
    options.force = force;
    options.nowMs = QDateTime::currentMSecsSinceEpoch();
    if (storage != QLatin1String("sqlite:"))
        options.otherDatabase = [&] { return DataDirectory::openBackend(directory, storage); };
    const auto done = restoreBackup(arguments[0].toStdString(), options, terminalProgress("restore"));
    clearProgress();
    return done ? report(*done, directory) : fail(done.error());
}

} // namespace plimsoll::app
