#include "storage/backend/SqliteSchema.h"

#include <QVariant>

#include <span>

namespace plimsoll {

namespace {

const char *const schema1[] = {
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE catalogue (id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "CREATE TABLE receipts (id INTEGER PRIMARY KEY, newest_ms INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE TABLE seal (id INTEGER PRIMARY KEY, window_start_ms INTEGER NOT NULL, min_ms INTEGER NOT NULL, "
    "max_ms INTEGER NOT NULL, samples INTEGER NOT NULL, bytes INTEGER NOT NULL, journal_sequence INTEGER NOT "
    "NULL, series BLOB NOT NULL)",
    "CREATE TABLE pack (id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "CREATE TABLE document (project INTEGER NOT NULL, collection TEXT NOT NULL, id TEXT NOT NULL, updated_ms "
    "INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (project, collection, id)) WITHOUT ROWID",
};

/// From version 1 to 2. All windows of version 1 have the length in `meta`.
const char *const schema2[] = {
    "ALTER TABLE seal ADD COLUMN resolution_ms INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE seal ADD COLUMN span_ms INTEGER NOT NULL DEFAULT 0",
    "UPDATE seal SET span_ms=coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key='window_ms'), "
    "10800000)",
    "CREATE TABLE daily (series INTEGER NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL, zone "
    "TEXT "
    "NOT NULL, count INTEGER NOT NULL, sum REAL, min REAL, max REAL, first REAL, last REAL, increase REAL, "
    "exact_sum BLOB NOT NULL, histogram BLOB, p50 REAL, p95 REAL, p99 REAL, PRIMARY KEY (series, start_ms)) "
    "WITHOUT ROWID",
    "CREATE TABLE series (id INTEGER PRIMARY KEY, project INTEGER NOT NULL, name TEXT NOT NULL, labels TEXT "
    "NOT "
    "NULL, kind TEXT NOT NULL)",
};

Status executeAll(SqliteConnection &connection, std::span<const char *const> statements)
{
    for (const char *statement : statements) {
        if (Status done = connection.execute(QLatin1String(statement)); !done)
            return done;
    }
    return {};
}

Status upgrade(SqliteConnection &connection, int fromVersion)
{
    Status done = connection.execute(QStringLiteral("BEGIN IMMEDIATE"));
    if (done && fromVersion < 1)
        done = executeAll(connection, schema1);
    if (done && fromVersion < 2)
        done = executeAll(connection, schema2);
    if (done)
        done = connection.execute(QStringLiteral("PRAGMA user_version=%1").arg(schemaVersion));
    if (done)
        done = connection.execute(QStringLiteral("COMMIT"));
    if (!done)
        (void)connection.execute(QStringLiteral("ROLLBACK"));
    return done;
}

} // namespace

Result<int> storedVersion(SqliteConnection &connection)
{
    QSqlQuery query(connection.database());
    if (!query.exec(QStringLiteral("PRAGMA user_version")) || !query.next())
        return connection.errorOf(query);
    return query.value(0).toInt();
}

Status prepareFile(SqliteConnection &connection, const std::filesystem::path &file)
{
    const auto version = storedVersion(connection);
    if (!version)
        return version.error();
    if (*version > schemaVersion)
        return Error{ErrorCode::Unsupported, "A newer version of Plimsoll wrote " + file.string() + ".",
                     "Run that version, or restore a backup of this one."};
    if (Status done = connection.execute(QStringLiteral("PRAGMA auto_vacuum=INCREMENTAL")); !done)
        return done;
    if (Status done = connection.execute(QStringLiteral("PRAGMA journal_mode=WAL")); !done)
        return done;
    if (*version < schemaVersion) {
        if (Status done = upgrade(connection, *version); !done)
            return done;
    }
    for (const char *pragma : {"PRAGMA synchronous=FULL", "PRAGMA cache_size=-2048",
                               "PRAGMA wal_autocheckpoint=1000", "PRAGMA journal_size_limit=4194304"}) {
        if (Status done = connection.execute(QLatin1String(pragma)); !done)
            return done;
    }
    return {};
}

} // namespace plimsoll
