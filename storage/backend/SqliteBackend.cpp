#include "storage/backend/SqliteBackend.h"

#include "storage/backend/SqliteConnection.h"

#include <QSqlError>
#include <QVariant>

#include <atomic>
#include <map>
#include <optional>

namespace plimsoll {

namespace {

constexpr int schemaVersion = 1;

const char *const schema[] = {
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE catalogue (id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "CREATE TABLE receipts (id INTEGER PRIMARY KEY, newest_ms INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE TABLE seal (id INTEGER PRIMARY KEY, window_start_ms INTEGER NOT NULL, min_ms INTEGER NOT NULL, "
    "max_ms "
    "INTEGER NOT NULL, samples INTEGER NOT NULL, bytes INTEGER NOT NULL, journal_sequence INTEGER NOT NULL, "
    "series "
    "BLOB NOT NULL)",
    "CREATE TABLE pack (id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    "CREATE TABLE document (project INTEGER NOT NULL, collection TEXT NOT NULL, id TEXT NOT NULL, updated_ms "
    "INTEGER "
    "NOT NULL, body TEXT NOT NULL, PRIMARY KEY (project, collection, id)) WITHOUT ROWID",
};

QByteArray blob(std::string_view bytes)
{
    return QByteArray::fromRawData(bytes.data(), qsizetype(bytes.size()));
}
QString text(std::string_view utf8) { return QString::fromUtf8(utf8.data(), qsizetype(utf8.size())); }
std::string bytesOf(const QVariant &value) { return value.toByteArray().toStdString(); }
std::string textOf(const QVariant &value) { return value.toString().toStdString(); }
qint64 packKey(uint32_t seal, uint32_t series) { return qint64(uint64_t(seal) << 32 | series); }

Status createSchema(SqliteConnection &connection)
{
    for (const char *statement :
         {"PRAGMA auto_vacuum=INCREMENTAL", "PRAGMA journal_mode=WAL", "BEGIN IMMEDIATE"}) {
        if (Status done = connection.execute(QLatin1String(statement)); !done)
            return done;
    }
    for (const char *statement : schema) {
        if (Status done = connection.execute(QLatin1String(statement)); !done)
            return done;
    }
    if (Status done = connection.execute(QStringLiteral("PRAGMA user_version=%1").arg(schemaVersion)); !done)
        return done;
    return connection.execute(QStringLiteral("COMMIT"));
}

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
    if (*version == 0) {
        if (Status created = createSchema(connection); !created)
            return created;
    }
    for (const char *pragma :
         {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA cache_size=-2048",
          "PRAGMA wal_autocheckpoint=1000", "PRAGMA journal_size_limit=4194304"}) {
        if (Status done = connection.execute(QLatin1String(pragma)); !done)
            return done;
    }
    return {};
}

/// The connections of one reading thread, one per backend; they close with the thread.
struct Reader
{
    explicit Reader(const std::filesystem::path &file)
        : connection(file, SqliteConnection::Access::ReadOnly)
    {
    }

    SqliteConnection connection;
    std::optional<QSqlQuery> packQuery;
};

std::map<uint64_t, std::unique_ptr<Reader>> &readersOfThisThread()
{
    thread_local std::map<uint64_t, std::unique_ptr<Reader>> readers;
    return readers;
}

uint64_t nextInstance()
{
    static std::atomic<uint64_t> last = 0;
    return ++last;
}

Result<Reader *> readerOfThisThread(uint64_t instance, const std::filesystem::path &file)
{
    auto &readers = readersOfThisThread();
    if (const auto it = readers.find(instance); it != readers.end())
        return it->second.get();
    auto reader = std::make_unique<Reader>(file);
    if (!reader->connection.opened())
        return reader->connection.opened().error();
    auto query = reader->connection.prepare(
        QStringLiteral("SELECT id, data FROM pack WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1"));
    if (!query)
        return query.error();
    reader->packQuery.emplace(std::move(*query));
    return readers.emplace(instance, std::move(reader)).first->second.get();
}

/// Runs one prepared statement once per row of values.
template<typename Rows, typename Bind>
Status writeRows(SqliteConnection &connection, const char *sql, const Rows &rows, Bind bind)
{
    if (rows.empty())
        return {};
    auto query = connection.prepare(QLatin1String(sql));
    if (!query)
        return query.error();
    for (const auto &row : rows) {
        bind(*query, row);
        if (Status done = connection.execute(*query); !done)
            return done;
    }
    return {};
}

void bindSeal(QSqlQuery &query, const StoredSeal &seal)
{
    query.bindValue(0, qint64(seal.id));
    query.bindValue(1, qint64(seal.windowStartMs));
    query.bindValue(2, qint64(seal.minMs));
    query.bindValue(3, qint64(seal.maxMs));
    query.bindValue(4, qint64(seal.samples));
    query.bindValue(5, qint64(seal.bytes));
    query.bindValue(6, qint64(seal.journalSequence));
    query.bindValue(7, blob(seal.series));
}

Status writeSeals(SqliteConnection &connection, const BackendWrite &write)
{
    Status done = writeRows(connection, "DELETE FROM seal WHERE id=?", write.removedSeals,
                            [](QSqlQuery &query, uint32_t seal) { query.bindValue(0, qint64(seal)); });
    if (done)
        done = writeRows(connection, "DELETE FROM pack WHERE id BETWEEN ? AND ?", write.removedSeals,
                         [](QSqlQuery &query, uint32_t seal) {
                             query.bindValue(0, packKey(seal, 0));
                             query.bindValue(1, packKey(seal, UINT32_MAX));
                         });
    if (done)
        done = writeRows(connection, "INSERT INTO seal VALUES (?,?,?,?,?,?,?,?)", write.seals, bindSeal);
    if (done)
        done = writeRows(connection, "INSERT INTO pack VALUES (?,?)", write.packs,
                         [](QSqlQuery &query, const StoredPack &pack) {
                             query.bindValue(0, packKey(pack.seal, pack.firstSeries));
                             query.bindValue(1, blob(pack.data));
                         });
    return done;
}

Status writeBlocks(SqliteConnection &connection, const BackendWrite &write)
{
    std::vector<std::string_view> catalogue;
    if (!write.catalogue.empty())
        catalogue.push_back(write.catalogue);
    std::vector<std::string_view> receipts;
    if (!write.receipts.empty())
        receipts.push_back(write.receipts);
    std::vector<int64_t> expiries;
    if (write.expireReceiptsMs > 0)
        expiries.push_back(write.expireReceiptsMs);

    Status done = writeRows(connection, "INSERT INTO catalogue (data) VALUES (?)", catalogue,
                            [](QSqlQuery &query, std::string_view data) { query.bindValue(0, blob(data)); });
    if (done)
        done = writeRows(connection, "DELETE FROM receipts WHERE newest_ms<?", expiries,
                         [](QSqlQuery &query, int64_t beforeMs) { query.bindValue(0, qint64(beforeMs)); });
    if (done)
        done = writeRows(connection, "INSERT INTO receipts (newest_ms, data) VALUES (?,?)", receipts,
                         [&](QSqlQuery &query, std::string_view data) {
                             query.bindValue(0, qint64(write.receiptsNewestMs));
                             query.bindValue(1, blob(data));
                         });
    if (done)
        done = writeRows(connection, "INSERT OR REPLACE INTO meta VALUES (?,?)", write.meta,
                         [](QSqlQuery &query, const auto &entry) {
                             query.bindValue(0, text(entry.first));
                             query.bindValue(1, text(entry.second));
                         });
    return done;
}

Status writeDocument(SqliteConnection &connection, const DocumentChange &change)
{
    auto query = connection.prepare(
        change.removed
            ? QStringLiteral("DELETE FROM document WHERE project=? AND collection=? AND id=?")
            : QStringLiteral("INSERT OR REPLACE INTO document (project, collection, id, updated_ms, body) "
                             "VALUES (?,?,?,?,?)"));
    if (!query)
        return query.error();
    query->bindValue(0, change.project);
    query->bindValue(1, text(change.collection));
    query->bindValue(2, text(change.document.id));
    if (!change.removed) {
        query->bindValue(3, qint64(change.document.updatedMs));
        query->bindValue(4, text(change.document.body));
    }
    return connection.execute(*query);
}

Status writeAll(SqliteConnection &connection, const BackendWrite &write)
{
    Status done = writeSeals(connection, write);
    if (done)
        done = writeBlocks(connection, write);
    for (const DocumentChange &change : write.documents) {
        if (done)
            done = writeDocument(connection, change);
    }
    return done;
}

/// Calls `take` with each row of a query.
template<typename Take>
Status readRows(SqliteConnection &connection, const char *sql, Take take)
{
    auto query = connection.prepare(QLatin1String(sql));
    if (!query)
        return query.error();
    if (Status done = connection.execute(*query); !done)
        return done;
    while (query->next())
        take(*query);
    if (query->lastError().isValid())
        return connection.errorOf(*query);
    return {};
}

} // namespace

struct SqliteBackend::Writer
{
    explicit Writer(const std::filesystem::path &file)
        : connection(file, SqliteConnection::Access::ReadWrite)
    {
    }
    SqliteConnection connection;
};

SqliteBackend::SqliteBackend(std::filesystem::path file)
    : m_file(std::move(file))
    , m_instance(nextInstance())
{
}

SqliteBackend::~SqliteBackend() { readersOfThisThread().erase(m_instance); }

Status SqliteBackend::open()
{
    m_writer = std::make_unique<Writer>(m_file);
    Status opened = m_writer->connection.opened();
    if (opened)
        opened = prepareFile(m_writer->connection, m_file);
    if (!opened)
        m_writer.reset();
    return opened;
}

Status SqliteBackend::close()
{
    if (!m_writer)
        return {};
    const Status done = m_writer->connection.execute(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)"));
    m_writer.reset();
    return done;
}

Result<BackendState> SqliteBackend::load()
{
    BackendState state;
    SqliteConnection &connection = m_writer->connection;
    Status done = readRows(connection, "SELECT key, value FROM meta", [&](const QSqlQuery &row) {
        state.meta[textOf(row.value(0))] = textOf(row.value(1));
    });
    if (done)
        done = readRows(connection, "SELECT data FROM catalogue ORDER BY id",
                        [&](const QSqlQuery &row) { state.catalogue.push_back(bytesOf(row.value(0))); });
    if (done)
        done = readRows(connection, "SELECT data FROM receipts ORDER BY id",
                        [&](const QSqlQuery &row) { state.receipts.push_back(bytesOf(row.value(0))); });
    if (done)
        done = readRows(
            connection,
            "SELECT id, window_start_ms, min_ms, max_ms, samples, bytes, journal_sequence, series FROM seal "
            "ORDER BY id",
            [&](const QSqlQuery &row) {
                state.seals.push_back({row.value(0).toUInt(), row.value(1).toLongLong(),
                                       row.value(2).toLongLong(), row.value(3).toLongLong(),
                                       row.value(4).toULongLong(), row.value(5).toULongLong(),
                                       row.value(6).toULongLong(), bytesOf(row.value(7))});
            });
    if (!done)
        return done.error();
    return state;
}

Result<std::vector<DocumentChange>> SqliteBackend::loadDocuments()
{
    std::vector<DocumentChange> all;
    const Status done =
        readRows(m_writer->connection, "SELECT project, collection, id, updated_ms, body FROM document",
                 [&](const QSqlQuery &row) {
                     Document document{textOf(row.value(2)), textOf(row.value(4)), row.value(3).toLongLong()};
                     all.push_back({row.value(0).toUInt(), textOf(row.value(1)), std::move(document), false});
                 });
    if (!done)
        return done.error();
    return all;
}

Status SqliteBackend::write(const BackendWrite &write)
{
    SqliteConnection &connection = m_writer->connection;
    if (Status begun = connection.execute(QStringLiteral("BEGIN IMMEDIATE")); !begun)
        return begun;
    Status done = writeAll(connection, write);
    if (done)
        done = connection.execute(QStringLiteral("COMMIT"));
    if (!done)
        (void)connection.execute(QStringLiteral("ROLLBACK"));
    return done;
}

uint64_t SqliteBackend::bytes() const
{
    uint64_t total = 0;
    for (const char *suffix : {"", "-wal"}) {
        std::error_code error;
        const auto size = std::filesystem::file_size(m_file.string() + suffix, error);
        total += error ? 0 : size;
    }
    return total;
}

Result<StoredPack> SqliteBackend::readPack(uint32_t seal, uint32_t series) const
{
    const auto reader = readerOfThisThread(m_instance, m_file);
    if (!reader)
        return reader.error();
    QSqlQuery &query = *(*reader)->packQuery;
    query.bindValue(0, packKey(seal, 0));
    query.bindValue(1, packKey(seal, series));
    if (!query.exec())
        return (*reader)->connection.errorOf(query);
    if (!query.next()) {
        query.finish();
        return Error{ErrorCode::NotFound, "No pack of this seal reaches down to this series.", {}};
    }
    StoredPack pack{seal, static_cast<uint32_t>(query.value(0).toLongLong()), bytesOf(query.value(1))};
    query.finish();
    return pack;
}

} // namespace plimsoll
