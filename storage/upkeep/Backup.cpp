#include "storage/upkeep/Backup.h"

#include "storage/backend/SqliteBackend.h"
#include "storage/backend/SqliteRows.h"
#include "storage/engine/PosixDisk.h"
#include "storage/engine/SystemError.h"
#include "storage/model/Version.h"
#include "storage/upkeep/DatabaseCopy.h"

#include <cstdio>

namespace plimsoll {

namespace {

void removeDatabase(const std::filesystem::path &file)
{
    std::error_code ignored;
    for (const char *suffix : {"", "-wal", "-shm", "-journal"})
        std::filesystem::remove(file.string() + suffix, ignored);
}

Status makeTables(SqliteConnection &connection, int64_t createdMs)
{
    for (const char *statement : {"CREATE TABLE frame (id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
                                  "CREATE TABLE backup (key TEXT PRIMARY KEY, value TEXT NOT NULL)"}) {
        if (Status done = connection.execute(QLatin1String(statement)); !done)
            return done;
    }
    const std::map<std::string, std::string> facts{{"version", versionText},
                                                   {"created_ms", std::to_string(createdMs)}};
    return writeRows(connection, "INSERT INTO backup VALUES (?,?)", facts,
                     [](QSqlQuery &query, const auto &fact) {
                         query.bindValue(0, text(fact.first));
                         query.bindValue(1, text(fact.second));
                     });
}

Status writeFrames(EngineSnapshot &snapshot, SqliteConnection &connection, const Progress &progress)
{
    return snapshot.eachFrame([&](std::string_view payload) {
        if (Status go = progress.check(); !go)
            return go;
        return writeRows(connection, "INSERT INTO frame (data) VALUES (?)", std::vector{payload},
                         [](QSqlQuery &query, std::string_view data) { query.bindValue(0, blob(data)); });
    });
}

Status writeDatabase(EngineSnapshot &snapshot, const std::filesystem::path &file, int64_t createdMs,
                     const Progress &progress)
{
    SqliteBackend target(file);
    if (Status opened = target.open(); !opened)
        return opened;
    Status done;
    {
        SqliteConnection connection(file, SqliteConnection::Access::ReadWrite);
        done = connection.opened();
        if (done)
            done = makeTables(connection, createdMs);
        if (done)
            done = writeFrames(snapshot, connection, progress);
    }
    if (done)
        done = copyDatabase(snapshot.database(), target, progress);
    const Status closed = target.close();
    return done ? closed : done;
}

/// Without a write-ahead log, so that the file is all there is.
Status makeSingleFile(const std::filesystem::path &file)
{
    SqliteConnection connection(file, SqliteConnection::Access::ReadWrite);
    if (!connection.opened())
        return connection.opened();
    return connection.execute(QStringLiteral("PRAGMA journal_mode=DELETE"));
}

Status publish(const std::filesystem::path &partial, const std::filesystem::path &file)
{
    if (std::rename(partial.c_str(), file.c_str()) != 0)
        return systemError("Renaming", partial);
    const auto directory = std::filesystem::absolute(file).parent_path();
    return PosixDisk().syncDirectory(directory);
}

} // namespace

Result<BackupInfo> writeBackup(EngineSnapshot &snapshot, const std::filesystem::path &file, int64_t createdMs,
                               const Progress &progress)
{
    const std::filesystem::path partial = file.string() + ".partial";
    removeDatabase(partial);
    Result<BackupInfo> info = BackupInfo();
    Status done = writeDatabase(snapshot, partial, createdMs, progress);
    if (done)
        done = makeSingleFile(partial);
    if (done) {
        info = finishBackupFile(partial, createdMs);
        if (!info)
            done = info.error();
    }
    if (done)
        done = publish(partial, file);
    if (done)
        return info;
    removeDatabase(partial);
    return done.error();
}

} // namespace plimsoll
