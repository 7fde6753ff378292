#include "storage/backend/SqliteBackend.h"

#include "storage/backend/SqliteConnection.h"
#include "storage/backend/SqliteDays.h"
#include "storage/backend/SqliteLoad.h"
#include "storage/backend/SqliteRows.h"
#include "storage/backend/SqliteSchema.h"
#include "storage/backend/SqliteSnapshot.h"

#include <atomic>
#include <map>
#include <optional>

namespace plimsoll {

namespace {

qint64 packKey(uint32_t seal, uint32_t series) { return qint64(uint64_t(seal) << 32 | series); }

/// The connections of one reading thread, one per backend; they close with the thread.
struct Reader
{
    explicit Reader(const std::filesystem::path &file)
        : connection(file, SqliteConnection::Access::ReadOnly)
    {
    }

    SqliteConnection connection;
    std::optional<QSqlQuery> packQuery;
    std::optional<QSqlQuery> daysQuery;
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
    auto days = prepareDays(reader->connection);
    if (!days)
        return days.error();
    reader->packQuery.emplace(std::move(*query));
    reader->daysQuery.emplace(std::move(*days));
    return readers.emplace(instance, std::move(reader)).first->second.get();
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
    query.bindValue(8, qint64(seal.resolutionMs));
    query.bindValue(9, qint64(seal.spanMs));
}

Status removeSeals(SqliteConnection &connection, const BackendWrite &write)
{
    std::vector<uint32_t> rows = write.removedSeals;
    rows.insert(rows.end(), write.retiredSeals.begin(), write.retiredSeals.end());
    std::vector<PackRange> ranges = write.removedPacks;
    for (const uint32_t seal : write.removedSeals)
        ranges.push_back({seal});
    Status done = writeRows(connection, "DELETE FROM seal WHERE id=?", rows,
                            [](QSqlQuery &query, uint32_t seal) { query.bindValue(0, qint64(seal)); });
    if (done)
        done = writeRows(connection, "DELETE FROM pack WHERE id BETWEEN ? AND ?", ranges,
                         [](QSqlQuery &query, const PackRange &range) {
                             query.bindValue(0, packKey(range.seal, range.firstSeries));
                             query.bindValue(1, packKey(range.seal, range.lastSeries));
                         });
    return done;
}

Status writeSeals(SqliteConnection &connection, const BackendWrite &write)
{
    Status done = removeSeals(connection, write);
    if (done)
        done = writeRows(connection, "INSERT INTO seal VALUES (?,?,?,?,?,?,?,?,?,?)", write.seals, bindSeal);
    if (done)
        done = writeRows(connection, "INSERT INTO pack VALUES (?,?)", write.packs,
                         [](QSqlQuery &query, const StoredPack &pack) {
                             query.bindValue(0, packKey(pack.seal, pack.firstSeries));
                             query.bindValue(1, blob(pack.data));
                         });
    return done;
}

Status writeMeta(SqliteConnection &connection, const BackendWrite &write)
{
    std::map<std::string, std::string> kept;
    std::vector<std::string> removed;
    for (const auto &[key, value] : write.meta) {
        if (value.empty())
            removed.push_back(key);
        else
            kept[key] = value;
    }
    Status done = writeRows(connection, "INSERT OR REPLACE INTO meta VALUES (?,?)", kept,
                            [](QSqlQuery &query, const auto &entry) {
                                query.bindValue(0, text(entry.first));
                                query.bindValue(1, text(entry.second));
                            });
    if (done)
        done = writeRows(connection, "DELETE FROM meta WHERE key=?", removed,
                         [](QSqlQuery &query, const std::string &key) { query.bindValue(0, text(key)); });
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
    if (done)
        done = writeMeta(connection, write);
    if (done)
        done = writeDays(connection, write);
    for (const DocumentChange &change : write.documents) {
        if (done)
            done = writeDocument(connection, change);
    }
    return done;
}

} // namespace

struct SqliteBackend::Writer
{
    explicit Writer(const std::filesystem::path &file)
        : connection(file, SqliteConnection::Access::ReadWrite)
    {
    }
    SqliteConnection connection;
    bool hurried = true; ///< as SqliteConnection opens it
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

Result<BackendState> SqliteBackend::load() { return loadState(m_writer->connection); }

Result<std::vector<DocumentChange>> SqliteBackend::loadDocuments()
{
    return loadAllDocuments(m_writer->connection);
}

Status SqliteBackend::write(const BackendWrite &write)
{
    return transact(write.unhurried,
                    [&](SqliteConnection &connection) { return writeAll(connection, write); });
}

Status SqliteBackend::transact(bool unhurried, const std::function<Status(SqliteConnection &)> &work)
{
    SqliteConnection &connection = m_writer->connection;
    if (Status set = hurry(!unhurried); !set)
        return set;
    if (Status begun = connection.execute(QStringLiteral("BEGIN IMMEDIATE")); !begun)
        return begun;
    Status done = work(connection);
    if (done)
        done = connection.execute(QStringLiteral("COMMIT"));
    if (!done)
        (void)connection.execute(QStringLiteral("ROLLBACK"));
    return done;
}

/// Unhurried transactions are written to the write-ahead log and not synced: syncs of the store thread hold
/// up those of the journal on the same disk. The next hurried one syncs the log up to itself.
Status SqliteBackend::hurry(bool wanted)
{
    if (m_writer->hurried == wanted)
        return {};
    const Status set = m_writer->connection.execute(wanted ? QStringLiteral("PRAGMA synchronous=FULL")
                                                           : QStringLiteral("PRAGMA synchronous=NORMAL"));
    if (set)
        m_writer->hurried = wanted;
    return set;
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

Result<std::vector<StoredDay>> SqliteBackend::readDays(uint32_t series, int64_t fromMs, int64_t toMs) const
{
    const auto reader = readerOfThisThread(m_instance, m_file);
    if (!reader)
        return reader.error();
    return readDaysFrom((*reader)->connection, *(*reader)->daysQuery, series, fromMs, toMs);
}

uint64_t SqliteBackend::freePages() const
{
    uint64_t pages = 0;
    if (m_writer)
        (void)readRows(m_writer->connection, "PRAGMA freelist_count",
                       [&](const QSqlQuery &row) { pages = row.value(0).toULongLong(); });
    return pages;
}

/// The pragma gives one page back with each step of its cursor, which has no columns: QtSql takes the first
/// step only, so it runs once a page, in one transaction.
Status SqliteBackend::giveBack(uint64_t maxPages)
{
    const uint64_t pages = std::min(maxPages, freePages());
    return transact(true, [&](SqliteConnection &connection) {
        return writeRows(connection, "PRAGMA incremental_vacuum(1)", std::vector<char>(pages),
                         [](QSqlQuery &, char) {});
    });
}

Result<std::unique_ptr<BackendSnapshot>> SqliteBackend::snapshot() const
{
    return SqliteSnapshot::open(m_file);
}

} // namespace plimsoll
