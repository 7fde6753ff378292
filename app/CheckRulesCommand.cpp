#include "alerts/prometheus/RuleFolder.h"
#include "app/CommandLine.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <cstdio>

namespace plimsoll::app {

namespace {

using alerts::prometheus::ProvisionedFile;
using alerts::prometheus::RuleFile;
using alerts::prometheus::RuleFileNote;

Result<ProvisionedFile> readFile(const QString &path)
{
    QFile file(path);
    const bool opened =
        path == QStringLiteral("-") ? file.open(stdin, QIODevice::ReadOnly) : file.open(QIODevice::ReadOnly);
    if (!opened)
        return Error{ErrorCode::NotFound,
                     "\"" + path.toStdString() + "\" cannot be read: " + file.errorString().toStdString() +
                         ".",
                     {}};
    const std::string yaml = file.read(qint64(RuleFile::maxBytes) + 1).toStdString();
    return ProvisionedFile{path.toStdString(), alerts::prometheus::readRuleFile(yaml, path.toStdString())};
}

Result<std::vector<ProvisionedFile>> readPath(const QString &path)
{
    if (QFileInfo(path).isDir()) {
        auto files = alerts::prometheus::readRuleFolder(path);
        for (size_t i = 0; files && i < files->size(); i++)
            (*files)[i].name.insert(0, path.toStdString() + "/");
        return files;
    }
    Result<ProvisionedFile> file = readFile(path);
    if (!file)
        return file.error();
    return std::vector{*std::move(file)};
}

void printNotes(const std::vector<RuleFileNote> &notes, const char *kind, std::FILE *out)
{
    for (const RuleFileNote &note : notes)
        std::fprintf(out, "  %s: %s\n", kind, note.toString().c_str());
}

bool report(const ProvisionedFile &file, bool quiet)
{
    if (!quiet || !file.content.ok())
        std::fprintf(file.content.ok() ? stdout : stderr, "Checking %s\n", file.name.c_str());
    if (!quiet)
        printNotes(file.content.notes, "note", stdout);
    if (!file.content.ok()) {
        printNotes(file.content.errors, "error", stderr);
        std::fprintf(stderr, "  FAILED: %zu errors\n", file.content.errors.size());
    } else if (!quiet) {
        std::printf("  SUCCESS: %zu rules found\n", file.content.rules.size());
    }
    return file.content.ok();
}

} // namespace

int runCheckRules(Invocation &invocation)
{
    const QCoreApplication application(invocation.argc, invocation.argv);
    QStringList paths = invocation.arguments;
    const bool quiet = paths.removeAll(QStringLiteral("--quiet")) > 0;
    const auto unknown = std::find_if(paths.begin(), paths.end(), [](const QString &path) {
        return path.startsWith(QLatin1Char('-')) && path != QStringLiteral("-");
    });
    if (paths.isEmpty() || unknown != paths.end())
        return fail({ErrorCode::Invalid,
                     paths.isEmpty() ? std::string("Name the rule files to check.")
                                     : "check-rules does not know \"" + unknown->toStdString() + "\".",
                     "Write: plimsoll check-rules FILE..."},
                    2);
    bool good = true;
    for (const QString &path : paths) {
        const Result<std::vector<ProvisionedFile>> files = readPath(path);
        if (!files) {
            fail(files.error());
            good = false;
            continue;
        }
        for (const ProvisionedFile &file : *files)
            good = report(file, quiet) && good;
    }
    return good ? 0 : 1;
}

} // namespace plimsoll::app
