#include "app/CommandLine.h"

#include "app/Configuration.h"
#include "storage/model/Version.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace plimsoll::app {

namespace {

constexpr std::array table{
    Command{
        "serve", "[settings]", "run the appliance without a screen, in the foreground",
        "Prints \"Plimsoll is ready at http://…\" once it is. SIGTERM stops it cleanly, SIGHUP reads the TLS "
        "certificate, the scrape targets and the rule files again.",
        true, runServe},
    Command{"desktop", "[--connect URL] [--key KEY] [--theme light|dark] [settings]",
            "open the window and the tray icon",
            "Attaches to --connect, else to a Plimsoll that answers on the listen address, else starts the "
            "appliance "
            "in the same process. PLIMSOLL_KEY (or --key) is the read key for a remote one. --screenshot "
            "FILE draws the window into a PNG once "
            "its data is there, and ends.",
            true, runDesktop},
    Command{"key",
            "create --role ingest|read|edit|admin [--project P] [--name NAME] [--expires AGE]\n"
            "       plimsoll key list [--project P] [--json]\n"
            "       plimsoll key revoke ID",
            "make, list and withdraw API keys",
            "A new key is printed once. --expires is a length of time such as 90d. Works on a running "
            "appliance (through its control socket) and on a data directory that nobody holds; --data DIR "
            "names it.",
            false, runKey},
    Command{
        "project",
        "create NAME\n"
        "       plimsoll project list [--json]\n"
        "       plimsoll project remove NAME",
        "make, list and remove projects: tenants with series, keys and alarms of their own",
        "A removed project's keys stop and its series are served no longer, at once; what was stored stays "
        "on disk until retention drops it. Works as \"plimsoll key\" does.",
        false, runProject},
    Command{"user",
            "create NAME --role read|edit|admin [--project P]... [--password-stdin]\n"
            "       plimsoll user list [--json]\n"
            "       plimsoll user password NAME [--password-stdin]\n"
            "       plimsoll user remove NAME",
            "make, list and remove people who log in, and set their passwords",
            "Without --project a user may open all projects. The password is asked for, or is the first line "
            "of standard input with --password-stdin; it is never an argument. A new one ends the user's "
            "sessions. The user admin is always there; \"plimsoll user password admin\" helps whoever lost "
            "its password. Works as \"plimsoll key\" does.",
            false, runUser},
    Command{"import", "FILE [--project P] [--data DIR]",
            "take in an export, NDJSON of /ingest bodies, or OpenMetrics text",
            "FILE may be compressed (.gz, .zst) or - for standard input. Samples go to the running appliance "
            "of the "
            "data directory, else to one that is started for it. Importing the same file again counts "
            "nothing twice.",
            false, runImport},
    Command{
        "export",
        "FILE [--format json|csv|prometheus] [--from TIME] [--to TIME] [--metric NAME] [--project P] "
        "[--data DIR]",
        "write all samples, for \"plimsoll import\" or other programs",
        "FILE may be - for standard output. json (NDJSON, the default) loses nothing: import makes the same "
        "samples of it, to the bit, as far back as raw samples are kept. --metric may be repeated.",
        false, runExport},
    Command{
        "backup", "FILE [--data DIR]", "write everything into one file, while running or not",
        "FILE holds all of one moment: samples, hours and days, settings, alarms, keys, Idempotency-Keys. "
        "A running appliance goes on taking data meanwhile. FILE contains the hashes of keys and "
        "password: keep it as you keep those.",
        false, runBackup},
    Command{"restore", "FILE --data DIR [--force] [--storage URL]", "make a data directory of a backup",
            "DIR must be empty and not in use; with --force what is there is moved into a folder "
            "\"replaced-…\" of it. All of FILE is checked first; a damaged one changes nothing. With "
            "--storage an empty database of another kind is filled.",
            false, runRestore},
    Command{
        "doctor", "[--data DIR] [--json] [--repair]", "check everything that is stored, and repair it",
        "Reads every structure and compares checksums, directories and sums; exit code 0 where all is well, "
        "1 where something is damaged. On a running appliance the database is checked, on a stopped one "
        "the journal too. --repair (stopped only) makes anew what other data tells and leaves out what is "
        "damaged; the old files are kept in a folder \"damaged-…\".",
        false, runDoctor},
    Command{
        "check-rules", "FILE... [--quiet]", "check Prometheus rule files as an import would",
        "FILE may be a folder (*.yml, *.yaml, *.rules) or - for standard input. Every error is printed with "
        "its line and column; exit code 0 where all files are good, 1 where one is not. What a rule means "
        "less here than in Prometheus is printed as a note. --quiet prints only errors.",
        false, runCheckRules},
    Command{"version", "", "print the version", "", false, runVersion},
};

void printSettings()
{
    std::puts("\nSettings (flag wins over environment over configuration file over default):");
    for (const Setting &setting : settings()) {
        if (*setting.flag)
            std::printf("  --%s %s\n", setting.flag, setting.placeholder);
        else
            std::printf("  (environment only)\n");
        std::printf("      %s\n      environment %s", setting.help, setting.environment);
        if (*setting.key)
            std::printf(" · file key %s", setting.key);
        if (*setting.fallback)
            std::printf(" · default %s", setting.fallback);
        std::puts("");
    }
    std::printf("\nData directory: %s unless told otherwise.\n",
                qPrintable(Configuration::defaultDataDirectory()));
    std::puts(
        "Configuration file: ~/.config/plimsoll/plimsoll.conf, then /etc/plimsoll/plimsoll.conf (INI; a key\n"
        "with a slash is in the section before the slash).");
}

int printHelp(const Command &command)
{
    std::printf("plimsoll %s %s\n\n%s\n", command.name, command.usage, command.summary);
    if (*command.help)
        std::printf("\n%s\n", command.help);
    if (command.takesSettings)
        printSettings();
    return 0;
}

int printHelp()
{
    std::printf(
        "Plimsoll %s: metrics in, charts and alarms out, from one program.\n\nUsage: plimsoll [command]\n\n",
        versionText);
    for (const Command &command : table)
        std::printf("  %-11s %s\n", command.name, command.summary);
    std::puts("\nWithout a command it is \"plimsoll desktop\". \"plimsoll COMMAND --help\" tells more.");
    return 0;
}

} // namespace

std::span<const Command> commands() { return table; }

int fail(const Error &error, int exitCode)
{
    std::fprintf(stderr, "plimsoll: %s\n", error.message.c_str());
    if (!error.hint.empty())
        std::fprintf(stderr, "%s\n", error.hint.c_str());
    return exitCode;
}

int runCommandLine(int &argc, char **argv)
{
    QStringList arguments;
    for (int i = 1; i < argc; i++)
        arguments << QString::fromLocal8Bit(argv[i]);
    if (arguments.value(0) == QLatin1String("--help") || arguments.value(0) == QLatin1String("help"))
        return printHelp();
    if (arguments.value(0) == QLatin1String("--version"))
        arguments[0] = QStringLiteral("version");
    if (arguments.isEmpty() || arguments[0].startsWith(QLatin1Char('-')))
        arguments.prepend(QStringLiteral("desktop"));

    const QString name = arguments.takeFirst();
    const auto command = std::find_if(table.begin(), table.end(),
                                      [&](const Command &c) { return name == QLatin1String(c.name); });
    if (command == table.end())
        return fail({ErrorCode::Invalid, "There is no command \"" + name.toStdString() + "\".",
                     "\"plimsoll --help\" lists them."},
                    2);
    if (arguments.contains(QLatin1String("--help")))
        return printHelp(*command);
    Invocation invocation{arguments, argc, argv};
    return command->run(invocation);
}

int runVersion(Invocation &)
{
    std::printf("plimsoll %s\n", versionText);
    return 0;
}

} // namespace plimsoll::app
