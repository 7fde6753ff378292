#include "app/CommandLine.h"
#include "app/Configuration.h"
#include "app/DataDirectory.h"
#include "app/DoctorAnswer.h"
#include "app/OfflineEngine.h"
#include "app/RunningJob.h"
#include "storage/backend/BackendSnapshot.h"
#include "storage/upkeep/Doctor.h"
#include "storage/upkeep/Repair.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>

#include <cstdio>

namespace plimsoll::app {

namespace {

bool keepsSqlite(const Configuration &configuration)
{
    return configuration.value("storage") == QLatin1String("sqlite:");
}

/// The caller holds the lock.
Result<DoctorReport> examine(const Configuration &configuration)
{
    const QString directory = configuration.value("data");
    const std::filesystem::path path = std::filesystem::absolute(directory.toStdString());
    const Progress progress = terminalProgress("doctor");
    if (keepsSqlite(configuration))
        return examineDirectory(path, nullptr, progress);
    const auto backend = DataDirectory::openBackend(directory, configuration.value("storage"));
    if (!backend)
        return backend.error();
    Result<DoctorReport> report = DoctorReport();
    {
        const auto snapshot = (*backend)->snapshot();
        if (!snapshot)
            return snapshot.error();
        report = examineDirectory(path, snapshot->get(), progress);
    }
    (void)(*backend)->close();
    return report;
}

Result<DoctorReport> examineLocked(const Configuration &configuration)
{
    const auto lock = DataDirectory::lock(configuration.value("data"));
    if (!lock)
        return lock.error();
    auto report = examine(configuration);
    clearProgress();
    return report;
}

bool isInDatabase(const DoctorReport &report)
{
    return std::any_of(report.findings.begin(), report.findings.end(), [](const Finding &finding) {
        return !finding.where.starts_with("journal/") && !finding.where.starts_with("directory") &&
               !finding.where.starts_with("spool/");
    });
}

Result<std::vector<std::string>> repairParts(const Configuration &configuration, const DoctorReport &report)
{
    const auto lock = DataDirectory::lock(configuration.value("data"));
    if (!lock)
        return lock.error();
    const std::filesystem::path path = std::filesystem::absolute(configuration.value("data").toStdString());
    const std::string aside = "damaged-" + std::to_string(QDateTime::currentMSecsSinceEpoch());
    std::vector<std::string> done;
    if (keepsSqlite(configuration) && isInDatabase(report)) {
        auto repaired = repairDatabase(path, aside, terminalProgress("repair"));
        clearProgress();
        if (!repaired)
            return repaired.error();
        done = std::move(repaired->done);
    }
    const auto kept = keepDamagedJournal(path, report, aside);
    if (!kept)
        return kept.error();
    for (const std::string &name : *kept)
        done.push_back(name + " is kept in " + aside + "; what is sound in it is in the database now.");
    return done;
}

/// The start and clean stop take what is sound in the journal into the database.
Status settle(const Configuration &configuration)
{
    const auto offline = OfflineEngine::open(configuration);
    return offline ? (*offline)->close() : Status(offline.error());
}

Result<QJsonObject> repair(const Configuration &configuration)
{
    auto report = examineLocked(configuration);
    if (!report)
        return report.error();
    if (report->healthy())
        return toJson(*report);
    const auto done = repairParts(configuration, *report);
    if (!done)
        return done.error();
    if (Status settled = settle(configuration); !settled)
        return settled.error();
    report = examineLocked(configuration);
    if (!report)
        return report.error();
    QJsonObject answer = toJson(*report);
    QJsonArray sentences;
    for (const std::string &sentence : *done)
        sentences.append(QString::fromStdString(sentence));
    answer["repaired"] = sentences;
    return answer;
}

Result<QJsonObject> examineOnlineOrOffline(const Configuration &configuration, bool repairs)
{
    const QString directory = configuration.value("data");
    if (!std::filesystem::exists(directory.toStdString()))
        return Error{ErrorCode::NotFound, "There is no data directory " + directory.toStdString() + ".",
                     "Name it with --data."};
    if (repairs)
        return repair(configuration);
    auto answer = runJob(directory, "doctor.start", {}, "doctor");
    if (answer || answer.error().code != ErrorCode::NotFound)
        return answer;
    const auto report = examineLocked(configuration);
    return report ? Result<QJsonObject>(toJson(*report)) : report.error();
}

} // namespace

int runDoctor(Invocation &invocation)
{
    const QCoreApplication application(invocation.argc, invocation.argv);
    QStringList arguments = invocation.arguments;
    const auto configuration = Configuration::load(arguments);
    if (!configuration)
        return fail(configuration.error(), 2);
    const bool json = arguments.removeAll(QStringLiteral("--json")) > 0;
    const bool repairs = arguments.removeAll(QStringLiteral("--repair")) > 0;
    if (!arguments.isEmpty())
        return fail({ErrorCode::Invalid, "doctor does not know \"" + arguments[0].toStdString() + "\".",
                     "Write: plimsoll doctor [--data DIR] [--json] [--repair]."},
                    2);
    const auto answer = examineOnlineOrOffline(*configuration, repairs);
    if (!answer)
        return fail(answer.error());
    if (json) {
        std::puts(QJsonDocument(*answer).toJson().constData());
    } else {
        for (const auto &sentence : (*answer)["repaired"].toArray())
            std::printf("%s\n", qPrintable(sentence.toString()));
        std::fputs(toText(*answer).c_str(), stdout);
    }
    return (*answer)["healthy"].toBool() ? 0 : 1;
}

} // namespace plimsoll::app
