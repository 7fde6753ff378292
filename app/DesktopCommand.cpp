#include "app/Appliance.h"
#include "app/CommandLine.h"
#include "app/Configuration.h"
#include "app/DesktopLoader.h"
#include "app/UnixSignals.h"
#include "storage/model/Version.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QTcpSocket>

#include <csignal>
#include <optional>

namespace plimsoll::app {

namespace {

/// The address of a Plimsoll that already answers where we would listen, if one does.
std::optional<QByteArray> runningAppliance(const QString &listen)
{
    const QString host = listen.section(QLatin1Char(':'), 0, -2);
    const quint16 port = listen.section(QLatin1Char(':'), -1).toUShort();
    QTcpSocket socket;
    socket.connectToHost(host, port);
    if (!socket.waitForConnected(500))
        return std::nullopt;
    socket.write("GET /api/v1/status/buildinfo HTTP/1.0\r\nHost: " + listen.toUtf8() + "\r\n\r\n");
    QByteArray answer;
    while (socket.waitForReadyRead(1000))
        answer += socket.readAll();
    if (!answer.contains("plimsoll"))
        return std::nullopt;
    return "http://" + listen.toUtf8();
}

/// SIGTERM and SIGINT wait until somebody listens. Qt starts threads with the application object, so they are
/// blocked before it exists.
void holdSignals()
{
    sigset_t held;
    sigemptyset(&held);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGINT);
    pthread_sigmask(SIG_BLOCK, &held, nullptr);
}

/// The appliance that runs in the same process as the window.
struct InProcess
{
    const Configuration &configuration;
    std::unique_ptr<Appliance> appliance = nullptr;
    std::unique_ptr<UnixSignals> signalWatch = nullptr;
    QByteArray url = {};

    static const char *start(void *context)
    {
        auto *self = static_cast<InProcess *>(context);
        self->signalWatch = std::make_unique<UnixSignals>();
        QObject::connect(self->signalWatch.get(), &UnixSignals::stopRequested, qApp, &QCoreApplication::quit);
        auto started = Appliance::start(self->configuration);
        if (!started) {
            self->signalWatch.reset();
            fail(started.error());
            return nullptr;
        }
        self->appliance = std::move(started).value();
        self->url = self->appliance->address().toEncoded();
        return self->url.constData();
    }

    static void stop(void *context)
    {
        auto *self = static_cast<InProcess *>(context);
        if (const Status stopped = self->appliance->stop(); !stopped)
            fail(stopped.error());
        self->appliance.reset();
        self->signalWatch.reset();
    }
};

} // namespace

int runDesktop(Invocation &invocation)
{
    QStringList arguments = invocation.arguments;
    const auto configuration = Configuration::load(arguments);
    if (!configuration)
        return fail(configuration.error(), 2);
    QCommandLineParser parser;
    for (const char *name : {"connect", "key", "theme", "screenshot"})
        parser.addOption({QString::fromLatin1(name), {}, QString::fromLatin1(name).toUpper()});
    arguments.prepend(QStringLiteral("plimsoll desktop"));
    if (!parser.parse(arguments) || !parser.positionalArguments().isEmpty())
        return fail({ErrorCode::Invalid, "desktop does not know \"" + arguments.last().toStdString() + "\".",
                     "\"plimsoll desktop --help\" lists its options."},
                    2);

    const auto window = DesktopLoader::load();
    if (!window)
        return fail(window.error());

    const auto text = [&](const char *name) { return parser.value(QString::fromLatin1(name)).toUtf8(); };
    QByteArray url = text("connect");
    if (url.isEmpty())
        url = runningAppliance(configuration->value("listen")).value_or(QByteArray());
    const QByteArray key = parser.isSet(QStringLiteral("key")) ? text("key") : qgetenv("PLIMSOLL_KEY");
    const QByteArray theme = text("theme");
    const QByteArray screenshot = text("screenshot");
    const auto orNull = [](const QByteArray &value) { return value.isEmpty() ? nullptr : value.constData(); };

    InProcess own{*configuration};
    DesktopOptions options{};
    options.size = sizeof options;
    options.version = versionText;
    options.url = orNull(url);
    options.key = orNull(key);
    options.theme = orNull(theme);
    options.screenshot = orNull(screenshot);
    options.context = &own;
    if (url.isEmpty()) {
        holdSignals();
        options.startAppliance = &InProcess::start;
        options.stopAppliance = &InProcess::stop;
    }
    return (*window)(invocation.argc, invocation.argv, &options);
}

} // namespace plimsoll::app
