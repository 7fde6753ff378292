#include "server/api/Backups.h"

#include "server/api/RestoreTrial.h"
#include "storage/upkeep/Backup.h"

#include <QDateTime>

#include <set>

namespace plimsoll::api {

namespace {

constexpr std::string_view suffix = ".backup";
constexpr const char *scratchName = "restore-test";

bool isId(std::string_view id)
{
    return !id.empty() && id.find_first_not_of("0123456789-") == std::string_view::npos;
}

Result<QJsonObject> itemOf(const std::filesystem::path &file)
{
    const auto info = readBackupInfo(file);
    if (!info)
        return info.error();
    std::error_code ignored;
    return QJsonObject{{"id", QString::fromStdString(file.stem().string())},
                       {"created_ms", qint64(info->createdMs)},
                       {"bytes", qint64(std::filesystem::file_size(file, ignored))}};
}

} // namespace

Backups::Backups(const Engine &engine, const Clock &clock, Jobs &jobs,
                 const std::filesystem::path &dataDirectory)
    : m_engine(engine)
    , m_clock(clock)
    , m_jobs(jobs)
    , m_directory(dataDirectory / "backups")
{
}

std::filesystem::path Backups::pathOf(const std::string &id) const
{
    return m_directory / (id + std::string(suffix));
}

std::string Backups::newId() const
{
    const std::string time = QDateTime::fromMSecsSinceEpoch(m_clock.nowMs(), Qt::UTC)
                                 .toString(QStringLiteral("yyyyMMdd-HHmmss"))
                                 .toStdString();
    std::error_code ignored;
    for (int n = 1;; n++) {
        std::string id = n == 1 ? time : time + '-' + std::to_string(n);
        if (!std::filesystem::exists(pathOf(id), ignored))
            return id;
    }
}

Result<QJsonObject> Backups::start()
{
    std::error_code error;
    if (std::filesystem::create_directory(m_directory, error))
        std::filesystem::permissions(m_directory, std::filesystem::perms::owner_all, error);
    const std::string id = newId();
    auto job = m_jobs.start(QStringLiteral("backup"),
                            [this, file = pathOf(id)](const Progress &progress) -> Result<QJsonObject> {
                                const int64_t nowMs = m_clock.nowMs();
                                const auto snapshot = m_engine.snapshot();
                                if (!snapshot)
                                    return snapshot.error();
                                const auto made = writeBackup(**snapshot, file, nowMs, progress);
                                if (!made)
                                    return made.error();
                                return itemOf(file);
                            });
    if (job)
        job->insert(QStringLiteral("backup_id"), QString::fromStdString(id));
    return job;
}

QJsonArray Backups::list() const
{
    std::set<std::filesystem::path, std::greater<>> files;
    std::error_code error;
    for (const auto &entry : std::filesystem::directory_iterator(m_directory, error)) {
        if (entry.path().extension() == suffix)
            files.insert(entry.path());
    }
    QJsonArray items;
    for (const auto &file : files) {
        if (const auto item = itemOf(file))
            items.append(*item);
    }
    return items;
}

Result<std::filesystem::path> Backups::file(const std::string &id) const
{
    std::error_code ignored;
    if (isId(id) && std::filesystem::exists(pathOf(id), ignored))
        return pathOf(id);
    return Error{ErrorCode::NotFound, "There is no such backup.", {}};
}

Result<QJsonObject> Backups::get(const std::string &id) const
{
    const auto path = file(id);
    return path ? itemOf(*path) : path.error();
}

Status Backups::remove(const std::string &id) const
{
    const auto path = file(id);
    if (!path)
        return path.error();
    std::error_code error;
    std::filesystem::remove(*path, error);
    if (error)
        return Error{ErrorCode::Unavailable, "The backup cannot be removed: " + error.message() + ".", {}};
    return {};
}

Result<QJsonObject> Backups::verify(const std::string &id)
{
    const auto path = file(id);
    if (!path)
        return path.error();
    Jobs::Terms terms;
    terms.inBytes = false;
    terms.gentle = true;
    auto job = m_jobs.start(
        QStringLiteral("restore-test"),
        [this, id, path = *path](const Progress &progress) -> Result<QJsonObject> {
            auto tried = tryRestore(path, m_directory / scratchName, m_clock.nowMs(), progress);
            if (tried)
                tried->insert(QStringLiteral("backup_id"), QString::fromStdString(id));
            return tried;
        },
        terms);
    if (job)
        job->insert(QStringLiteral("backup_id"), QString::fromStdString(id));
    return job;
}

} // namespace plimsoll::api
