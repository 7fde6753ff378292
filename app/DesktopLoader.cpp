#include "app/DesktopLoader.h"

#include <QDir>
#include <QFileInfo>
#include <QLibrary>

namespace plimsoll {

namespace {

const char *const pluginName = "plimsoll-desktop.so";

Error unavailable(const QString &message, const QString &hint)
{
    return {ErrorCode::Unavailable, message.toStdString(), hint.toStdString()};
}

Error noDisplay()
{
    return unavailable("There is no display to show a window on: neither DISPLAY nor WAYLAND_DISPLAY is set.",
                       "Run \"plimsoll serve\" and open its address in a browser, or \"plimsoll desktop "
                       "--connect URL\" on a machine with a screen.");
}

Error noPlugin(const QStringList &tried)
{
    return unavailable(
        "The desktop window is not installed. Looked for:\n  " + tried.join("\n  "),
        "Install the package plimsoll-desktop, or run \"plimsoll serve\" and open its address in "
        "a browser.");
}

Error brokenPlugin(const QString &path, const QString &reason)
{
    return unavailable("The desktop window could not be loaded from " + path + ": " + reason,
                       "Install the same version of the packages plimsoll and plimsoll-desktop, or run "
                       "\"plimsoll serve\" and open its address in a browser.");
}

} // namespace

Result<DesktopMain> DesktopLoader::load(const QString &binaryDirectory)
{
    if (!hasDisplay())
        return noDisplay();
    const QString directory =
        binaryDirectory.isEmpty() ? QFileInfo("/proc/self/exe").canonicalPath() : binaryDirectory;
    const QStringList paths = candidates(directory);
    for (const QString &path : paths) {
        if (!QFileInfo::exists(path))
            continue;
        QLibrary library(path);
        if (!library.load())
            return brokenPlugin(path, library.errorString());
        if (const QFunctionPointer entry = library.resolve("plimsollDesktopMain"))
            return reinterpret_cast<DesktopMain>(entry);
        return brokenPlugin(path, "it has no entry point for this version.");
    }
    return noPlugin(paths);
}

bool DesktopLoader::hasDisplay()
{
    for (const char *name : {"QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY"}) {
        if (!qEnvironmentVariableIsEmpty(name))
            return true;
    }
    return false;
}

QStringList DesktopLoader::candidates(const QString &binaryDirectory)
{
    const QDir libraries(QDir::cleanPath(binaryDirectory + "/../lib"));
    QStringList found{libraries.filePath(pluginName)};
    const QStringList triplets =
        libraries.entryList({"*-linux-*"}, QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
    for (const QString &triplet : triplets)
        found.append(libraries.filePath(triplet + "/plimsoll/" + pluginName));
    found.append(libraries.filePath(QString("plimsoll/") + pluginName));
    return found;
}

} // namespace plimsoll
