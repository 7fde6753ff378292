#pragma once

/// The contract between the executable and the window's plugin, plimsoll-desktop.so. It is plain C, so that
/// the executable needs no header of Qt Gui and either side can tell that the other is too old.
///
/// All strings are UTF-8, owned by the caller, and valid until the function returns.
extern "C" {

struct DesktopOptions
{
    /// sizeof(DesktopOptions) of the caller; the plugin refuses another size.
    int size;
    /// The program's version; the window shows it and names itself with it to the server.
    const char *version;
    /// Where a Plimsoll answers, for example "http://127.0.0.1:9510". Ignored where startAppliance is set.
    const char *url;
    /// An API key with the read role, or null.
    const char *key;
    /// "system", "light" or "dark"; null means "system".
    const char *theme;
    /// A PNG file: the window is drawn into it once its data is there, then the program ends. Null: never.
    const char *screenshot;

    /// Handed to the two functions below.
    void *context;
    /// Null, or called once on the main thread when the application object exists and before the window is
    /// shown. Starts the appliance in this process and returns the address at which it answers (valid until
    /// the plugin returns), or null after it has said why it cannot; the program then ends with 1.
    const char *(*startAppliance)(void *context);
    /// Null, or called once after the event loop has ended and the window is gone, if startAppliance
    /// succeeded.
    void (*stopAppliance)(void *context);
};

/// The plugin's only symbol, "plimsollDesktopMain". Creates the QApplication, shows window and tray, runs the
/// event loop and returns the exit code of the process.
using DesktopMain = int (*)(int argc, char **argv, const DesktopOptions *options);

} // extern "C"
