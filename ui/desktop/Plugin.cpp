#include "ui/desktop/DesktopPlugin.h"
#include "ui/desktop/look/SystemTheme.h"
#include "ui/desktop/look/Theme.h"
#include "ui/desktop/window/MainWindow.h"
#include "ui/desktop/window/Screenshot.h"
#include "ui/desktop/window/Tray.h"

#include <QApplication>

#include <cstdio>
#include <memory>

namespace plimsoll::desktop {

namespace {

Connection connectionFrom(const DesktopOptions &options, const char *address)
{
    Connection connection;
    connection.url = QUrl(QString::fromUtf8(address), QUrl::StrictMode);
    connection.key = options.key;
    connection.version = options.version;
    return connection;
}

bool usable(const QUrl &url)
{
    return url.isValid() && (url.scheme() == "http" || url.scheme() == "https") && !url.host().isEmpty();
}

/// The window, the tray and what feeds them, for as long as the event loop runs.
int runWindow(const DesktopOptions &options, Connection connection)
{
    Theme theme(Theme::choiceFrom(QString::fromUtf8(options.theme)));
    SystemTheme system;
    QObject::connect(&system, &SystemTheme::darkChanged, &theme, &Theme::setSystemDark);
    QApplication::setWindowIcon(mark::icon(Standing::Ok, Theme::tokens().text));
    Feed feed(std::move(connection));
    MainWindow window(feed);
    std::unique_ptr<Tray> tray;
    std::unique_ptr<Screenshot> screenshot;
    if (options.screenshot) {
        window.resize(1180, 760);
        screenshot = std::make_unique<Screenshot>(feed, window, QString::fromUtf8(options.screenshot));
    } else if (QSystemTrayIcon::isSystemTrayAvailable()) {
        QApplication::setQuitOnLastWindowClosed(false);
        tray = std::make_unique<Tray>(feed, window);
        QObject::connect(&window, &MainWindow::closed, tray.get(), &Tray::onWindowClosed);
    }
    window.show();
    feed.start();
    return QApplication::exec();
}

} // namespace

} // namespace plimsoll::desktop

extern "C" Q_DECL_EXPORT int plimsollDesktopMain(int argc, char **argv, const DesktopOptions *options)
{
    using namespace plimsoll::desktop;
    if (options->size != int(sizeof(DesktopOptions))) {
        std::fputs(
            "plimsoll and plimsoll-desktop are of different versions. Install the same version of both.\n",
            stderr);
        return 1;
    }
    QApplication application(argc, argv);
    QApplication::setApplicationName("desktop");
    QApplication::setOrganizationName("plimsoll");
    QApplication::setApplicationDisplayName("Plimsoll");
    QApplication::setApplicationVersion(QString::fromUtf8(options->version));
    QApplication::setDesktopFileName("plimsoll");
    const char *address = options->url;
    if (options->startAppliance)
        address = options->startAppliance(options->context);
    if (!address)
        return 1;
    Connection connection = connectionFrom(*options, address);
    int code = 1;
    if (usable(connection.url))
        code = runWindow(*options, std::move(connection));
    else
        std::fprintf(stderr, "%s is not an address. One looks like http://127.0.0.1:9510.\n", address);
    if (options->startAppliance && options->stopAppliance)
        options->stopAppliance(options->context);
    return code;
}
