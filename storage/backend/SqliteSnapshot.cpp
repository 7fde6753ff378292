#include "storage/backend/SqliteSnapshot.h"

#include "storage/backend/SqliteDays.h"
#include "storage/backend/SqliteLoad.h"
#include "storage/backend/SqliteRows.h"
#include "storage/backend/SqliteSchema.h"

namespace plimsoll {

namespace {

Error otherVersion(const std::filesystem::path &file, int version)
{
    if (version > schemaVersion)
        return {ErrorCode::Unsupported, "A newer version of Plimsoll wrote " + file.string() + ".",
                "Use that version."};
    return {ErrorCode::Unsupported, "An earlier version of Plimsoll wrote " + file.string() + ".",
            "Start Plimsoll on it once, which brings it up to this version."};
}

} // namespace

Result<std::unique_ptr<BackendSnapshot>> SqliteSnapshot::open(const std::filesystem::path &file)
{
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        return Error{ErrorCode::NotFound, "There is no database " + file.string() + ".", {}};
    std::unique_ptr<SqliteSnapshot> snapshot(new SqliteSnapshot(file));
    SqliteConnection &connection = snapshot->m_connection;
    if (!connection.opened())
        return connection.opened().error();
    if (Status begun = connection.execute(QStringLiteral("BEGIN")); !begun)
        return begun.error();
    // The transaction's view is taken by its first read.
    const auto version = storedVersion(connection);
    if (!version)
        return version.error();
    if (*version != schemaVersion)
        return otherVersion(file, *version);
    const Status read = readRows(connection, "SELECT count(*) FROM meta", [](const QSqlQuery &) {});
    if (!read)
        return read.error();
    return std::unique_ptr<BackendSnapshot>(std::move(snapshot));
}

Result<BackendState> SqliteSnapshot::load() { return loadState(m_connection); }

Result<std::vector<DocumentChange>> SqliteSnapshot::loadDocuments() { return loadAllDocuments(m_connection); }

Result<std::vector<StoredPack>> SqliteSnapshot::packsAfter(uint32_t seal, uint32_t firstSeries,
                                                           size_t maxBytes)
{
    auto query = m_connection.prepare(QStringLiteral("SELECT id, data FROM pack WHERE id>? ORDER BY id"));
    if (!query)
        return query.error();
    query->bindValue(0, qint64(uint64_t(seal) << 32 | firstSeries));
    if (Status done = m_connection.execute(*query); !done)
        return done.error();
    std::vector<StoredPack> packs;
    size_t bytes = 0;
    while (bytes < maxBytes && query->next()) {
        const auto id = uint64_t(query->value(0).toLongLong());
        packs.push_back({uint32_t(id >> 32), uint32_t(id), bytesOf(query->value(1))});
        bytes += packs.back().data.size();
    }
    if (query->lastError().isValid())
        return m_connection.errorOf(*query);
    return packs;
}

Result<std::vector<StoredDay>> SqliteSnapshot::daysAfter(uint32_t series, int64_t startMs, size_t maxRows)
{
    auto query = m_connection.prepare(QStringLiteral(
        "SELECT * FROM daily WHERE (series, start_ms)>(?, ?) ORDER BY series, start_ms LIMIT ?"));
    if (!query)
        return query.error();
    query->bindValue(0, qint64(series));
    query->bindValue(1, qint64(startMs));
    query->bindValue(2, qint64(maxRows));
    return takeDays(m_connection, *query);
}

Result<std::vector<StoredSeriesRow>> SqliteSnapshot::seriesRows()
{
    std::vector<StoredSeriesRow> rows;
    const Status done =
        readRows(m_connection, "SELECT id, project, name, labels, kind FROM series ORDER BY id",
                 [&](const QSqlQuery &row) {
                     rows.push_back({row.value(0).toUInt(), row.value(1).toUInt(), textOf(row.value(2)),
                                     textOf(row.value(3)), textOf(row.value(4))});
                 });
    if (!done)
        return done.error();
    return rows;
}

Result<std::vector<std::string>> SqliteSnapshot::integrity()
{
    std::vector<std::string> sentences;
    const Status done = readRows(m_connection, "PRAGMA integrity_check", [&](const QSqlQuery &row) {
        if (std::string sentence = textOf(row.value(0)); sentence != "ok")
            sentences.push_back(std::move(sentence));
    });
    if (!done && done.error().code != ErrorCode::Corrupt)
        return done.error();
    if (!done)
        sentences.push_back(done.error().message);
    return sentences;
}

} // namespace plimsoll
