#include "app/Appliance.h"
#include "app/CommandLine.h"
#include "app/Configuration.h"
#include "app/StartPages.h"
#include "app/UnixSignals.h"

#include <QCoreApplication>
#include <QTimer>

#include <cstdio>
#include <malloc.h>

namespace plimsoll::app {

namespace {

/// Fewer arenas and a high threshold keep the memory of many short requests small.
void tuneProcess()
{
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 8 << 20);
    // Qt's own dispatcher is quicker than the one of GLib.
    qputenv("QT_NO_GLIB", "1");
}

void printReady(const Appliance &appliance)
{
    const QString address = appliance.address().toString(QUrl::RemovePath | QUrl::StripTrailingSlash);
    std::printf("Plimsoll is ready at %s\n", qPrintable(address));
    if (appliance.isOpenOnLoopback() && qEnvironmentVariableIsSet("SSH_CONNECTION"))
        std::printf("It answers only this machine. From yours: ssh -L %d:127.0.0.1:%d HOST, or set "
                    "PLIMSOLL_ADMIN_PASSWORD and --listen 0.0.0.0:%d.\n",
                    appliance.address().port(), appliance.address().port(), appliance.address().port());
    std::fflush(stdout);
}

} // namespace

int runServe(Invocation &invocation)
{
    tuneProcess();
    QCoreApplication application(invocation.argc, invocation.argv);
    QStringList arguments = invocation.arguments;
    const auto configuration = Configuration::load(arguments);
    if (!configuration)
        return fail(configuration.error(), 2);
    if (!arguments.isEmpty())
        return fail({ErrorCode::Invalid, "serve does not know \"" + arguments[0].toStdString() + "\".",
                     "\"plimsoll serve --help\" lists its settings."},
                    2);

    UnixSignals signalWatch;
    auto appliance = Appliance::start(*configuration);
    if (!appliance)
        return fail(appliance.error());
    printReady(**appliance);

    QObject::connect(&signalWatch, &UnixSignals::stopRequested, &application, &QCoreApplication::quit);
    QObject::connect(&signalWatch, &UnixSignals::reloadRequested, &application, [&appliance] {
        if (const Status reloaded = (*appliance)->reload(); !reloaded)
            fail(reloaded.error());
    });
    QTimer::singleShot(5'000, &application, releaseStartPages);
    application.exec();

    const Status stopped = (*appliance)->stop();
    return stopped ? 0 : fail(stopped.error());
}

} // namespace plimsoll::app
