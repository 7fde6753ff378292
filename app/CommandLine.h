#pragma once

#include "storage/model/Result.h"

#include <QStringList>

#include <span>

namespace plimsoll::app {

/// What a command gets: the arguments after its name, and those of main() for the QCoreApplication it makes.
struct Invocation
{
    QStringList arguments;
    int &argc;
    char **argv;
};

/// One command of the program; a new one is one file and one row in the table of CommandLine.cpp.
struct Command
{
    const char *name;
    const char *usage;   ///< what follows the name
    const char *summary; ///< one line for `plimsoll --help`
    const char *help;    ///< more for `plimsoll NAME --help`
    bool takesSettings;  ///< the help lists the settings of Configuration
    int (*run)(Invocation &invocation);
};

std::span<const Command> commands();

/// Runs the program; the result is its exit code: 0 well, 1 failed, 2 wrong usage.
int runCommandLine(int &argc, char **argv);

/// Prints "plimsoll: message" and the hint to the standard error output; returns `exitCode`.
int fail(const Error &error, int exitCode = 1);

int runServe(Invocation &invocation);
int runDesktop(Invocation &invocation);
int runKey(Invocation &invocation);
int runProject(Invocation &invocation);
int runUser(Invocation &invocation);
int runImport(Invocation &invocation);
int runExport(Invocation &invocation);
int runBackup(Invocation &invocation);
int runRestore(Invocation &invocation);
int runDoctor(Invocation &invocation);
int runCheckRules(Invocation &invocation);
int runVersion(Invocation &invocation);

} // namespace plimsoll::app
