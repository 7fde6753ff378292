#include "app/CommandLine.h"
#include "app/Configuration.h"
#include "app/ControlSocket.h"
#include "app/OfflineEngine.h"
#include "server/api/PriceList.h"
#include "server/ingest/Import.h"
#include "server/ingest/ImportSinks.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QElapsedTimer>

#include <csignal>
#include <cstdio>
#include <unistd.h>

namespace plimsoll::app {

namespace {

std::atomic<bool> cancelled{false};

void cancelOnSignal(int) { cancelled.store(true); }

/// One line on a terminal that is written over; nothing where the output is a file, but for the end.
void show(const ingest::ImportProgress &progress)
{
    static QElapsedTimer sinceLast;
    if (!isatty(STDERR_FILENO) || (sinceLast.isValid() && sinceLast.elapsed() < 250))
        return;
    sinceLast.start();
    const double rate = progress.seconds > 0 ? double(progress.accepted) / progress.seconds : 0;
    if (progress.bytesTotal > 0)
        std::fprintf(stderr, "\r%5.1f %%  ",
                     100.0 * double(progress.bytesRead) / double(progress.bytesTotal));
    else
        std::fprintf(stderr, "\r%.1f MB  ", double(progress.bodyBytes) / 1e6);
    std::fprintf(stderr, "%llu items, %llu refused, %.0f a second   ",
                 static_cast<unsigned long long>(progress.accepted),
                 static_cast<unsigned long long>(progress.rejected), rate);
}

int report(const Result<ingest::ImportProgress> &result)
{
    if (isatty(STDERR_FILENO))
        std::fputs("\r\033[K", stderr);
    if (!result)
        return fail(result.error());
    const ingest::ImportProgress &done = *result;
    std::printf("%llu items taken, %llu refused, in %.1f s", static_cast<unsigned long long>(done.accepted),
                static_cast<unsigned long long>(done.rejected), done.seconds);
    if (done.replayedParts > 0)
        std::printf("; %llu of %llu parts were here already and were not counted again",
                    static_cast<unsigned long long>(done.replayedParts),
                    static_cast<unsigned long long>(done.parts));
    std::puts(".");
    for (const std::string &error : done.errors)
        std::fprintf(stderr, "  refused: %s\n", error.c_str());
    return done.rejected == 0 ? 0 : 1;
}

/// Into the appliance that holds the directory, through its HTTP port and with a key for this one import.
Result<ingest::ImportProgress> importOnline(const QString &directory, const QJsonObject &access,
                                            const ingest::ImportOptions &options)
{
    ingest::HttpImportTarget target;
    target.url = access["url"].toString().toStdString();
    target.key = access["key"].toString().toStdString();
    auto result = ingest::importFile(options, ingest::httpImportSink(target));
    const auto closed = ControlSocket::ask(directory, "import.close", {{"id", access["id"]}});
    if (!closed)
        std::fprintf(stderr, "The key of this import could not be removed: %s\n",
                     closed.error().message.c_str());
    return result;
}

/// Into a directory that nobody holds.
Result<ingest::ImportProgress> importOffline(const Configuration &configuration, const QString &projectName,
                                             const ingest::ImportOptions &options)
{
    const auto offline = OfflineEngine::open(configuration);
    if (!offline)
        return offline.error();
    const auto project = (*offline)->project(projectName.toStdString());
    if (!project)
        return project.error();
    ingest::PriceBook book;
    api::PriceList((*offline)->data().documents(), book, (*offline)->clock()).load({*project});
    const auto prices = book.of(*project);
    auto result = ingest::importFile(
        options, ingest::engineImportSink((*offline)->engine(), *prices, (*offline)->clock(), *project));
    if (const Status closed = (*offline)->close(); !closed)
        return closed.error();
    return result;
}

} // namespace

int runImport(Invocation &invocation)
{
    const QCoreApplication application(invocation.argc, invocation.argv);
    QStringList arguments = invocation.arguments;
    const auto configuration = Configuration::load(arguments);
    if (!configuration)
        return fail(configuration.error(), 2);
    QCommandLineParser parser;
    parser.addOption({QStringLiteral("project"), {}, QStringLiteral("PROJECT"), QStringLiteral("default")});
    arguments.prepend(QStringLiteral("plimsoll import"));
    if (!parser.parse(arguments) || parser.positionalArguments().size() != 1)
        return fail({ErrorCode::Invalid, "Name one file to import.",
                     "Write: plimsoll import FILE [--project P] [--data DIR], with - for standard input."},
                    2);
    const QString project = parser.value(QStringLiteral("project"));

    std::signal(SIGINT, cancelOnSignal); // NOLINT(cert-err33-c)
    ingest::ImportOptions options;
    options.path = parser.positionalArguments().constFirst().toStdString();
    options.progress = show;
    options.cancelled = &cancelled;

    const QString directory = configuration->value("data");
    const auto access = ControlSocket::ask(directory, "import.open", {{"project", project}});
    if (access)
        return report(importOnline(directory, *access, options));
    if (access.error().code != ErrorCode::NotFound)
        return fail(access.error());
    return report(importOffline(*configuration, project, options));
}

} // namespace plimsoll::app
