#pragma once

#include "storage/model/Result.h"
#include "ui/desktop/DesktopPlugin.h"

#include <QString>
#include <QStringList>

namespace plimsoll {

/// Finds and loads the window's plugin at run time, so that the executable itself links no Gui library.
class DesktopLoader
{
public:
    /// The plugin's entry point. Fails with Unavailable where there is no display (Qt would abort) or no
    /// plugin; the error's hint says what to install or to run instead. Needs no application object; a loaded
    /// plugin stays for the life of the process. `binaryDirectory` is where the executable lies; empty means
    /// this process's own.
    static Result<DesktopMain> load(const QString &binaryDirectory = {});

    /// Whether a window could be shown: Qt is told its platform, or an X11 or Wayland display is named.
    static bool hasDisplay();

    /// Where the plugin is looked for, best first: beside a build, then where packages install it.
    static QStringList candidates(const QString &binaryDirectory);
};

} // namespace plimsoll
