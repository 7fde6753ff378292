#include "storage/upkeep/Restore.h"

#include "storage/backend/SqliteBackend.h"
#include "storage/backend/SqliteRows.h"
#include "storage/backend/SqliteSnapshot.h"
#include "storage/engine/Journal.h"
#include "storage/engine/PosixDisk.h"
#include "storage/engine/SettingNumber.h"
#include "storage/engine/SystemError.h"
#include "storage/upkeep/DatabaseCopy.h"

#include <fstream>

namespace plimsoll {

namespace {

namespace fs = std::filesystem;

constexpr const char *databaseName = "plimsoll.db";
constexpr const char *stagingName = "restore.new";
constexpr const char *unfinishedName = "restore.unfinished";
constexpr uint64_t segmentBytes = 1 << 20;
/// What a data directory is made of; other things in it are left alone.
constexpr const char *const parts[] = {"plimsoll.db", "plimsoll.db-wal", "plimsoll.db-shm", "journal",
                                       "spool"};

Status moveTo(const fs::path &from, const fs::path &to)
{
    std::error_code error;
    fs::rename(from, to, error);
    if (error)
        return systemError("Moving", from, error.value());
    return {};
}

/// Makes the directory's parts in a directory of their own inside it, and puts them into place at the end.
class Restoration
{
public:
    Restoration(const fs::path &file, const RestoreOptions &options, const Progress &progress)
        : m_file(file)
        , m_options(options)
        , m_progress(progress)
        , m_staging(options.directory / stagingName)
        , m_database(m_staging / databaseName)
    {
    }

    Result<RestoreReport> run()
    {
        Status done = prepare();
        if (done)
            done = unpack();
        if (done && m_options.otherDatabase)
            done = copyElsewhere();
        if (done)
            done = putIntoPlace();
        std::error_code ignored;
        fs::remove_all(m_staging, ignored);
        if (!done)
            return done.error();
        return m_report;
    }

private:
    Status prepare()
    {
        std::error_code error;
        for (const char *part : parts) {
            if (fs::exists(m_options.directory / part, error))
                m_inTheWay.emplace_back(part);
        }
        if (!m_inTheWay.empty() && !m_options.force && checkNoUnfinishedRestore(m_options.directory))
            return Error{ErrorCode::Conflict,
                         "The directory " + m_options.directory.string() + " is not empty.",
                         "Name an empty one with --data, or add --force: what is there is moved aside."};
        fs::remove_all(m_staging, error);
        fs::create_directory(m_staging, error);
        if (error)
            return systemError("Making", m_staging, error.value());
        const auto checked = checkBackupFile(m_file, m_database, m_progress);
        if (!checked)
            return checked.error();
        m_report.backup = *checked;
        return {};
    }

    /// Brings the database up to this version and its frames into a journal.
    Status unpack()
    {
        SqliteBackend backend(m_database);
        if (Status opened = backend.open(); !opened)
            return opened;
        const auto state = backend.load();
        Status done = state ? writeJournal(*state) : Status(state.error());
        if (done)
            done = dropTables();
        const Status closed = backend.close();
        return done ? closed : done;
    }

    Status writeJournal(const BackendState &state)
    {
        const auto released = static_cast<uint64_t>(numberIn(state.meta, "released_sequence", 0));
        uint64_t used = released;
        for (const StoredSeal &seal : state.seals)
            used = std::max(used, seal.journalSequence);
        Journal journal(m_disk, m_staging / "journal", segmentBytes);
        const auto opened = journal.open(released, used, [](uint64_t, std::string_view) {});
        if (!opened)
            return opened.error();
        SqliteConnection connection(m_database, SqliteConnection::Access::ReadOnly);
        if (!connection.opened())
            return connection.opened();
        Status written;
        const Status read =
            readRows(connection, "SELECT data FROM frame ORDER BY id", [&](const QSqlQuery &row) {
                if (written)
                    written = journal.append(bytesOf(row.value(0)));
                m_report.frames++;
            });
        if (!read || !written)
            return read ? written : read;
        return setReleased(used);
    }

    /// The frames follow the newest seal: whatever came before them is in the database.
    Status setReleased(uint64_t sequence)
    {
        SqliteConnection connection(m_database, SqliteConnection::Access::ReadWrite);
        return connection.execute(
            QStringLiteral("INSERT OR REPLACE INTO meta VALUES ('released_sequence', '%1')").arg(sequence));
    }

    Status dropTables()
    {
        SqliteConnection connection(m_database, SqliteConnection::Access::ReadWrite);
        for (const char *statement : {"DROP TABLE frame", "DROP TABLE backup"}) {
            if (Status done = connection.execute(QLatin1String(statement)); !done)
                return done;
        }
        return {};
    }

    Status copyElsewhere()
    {
        auto target = m_options.otherDatabase();
        if (!target)
            return target.error();
        const auto state = (*target)->load();
        if (!state)
            return state.error();
        if (!state->seals.empty() || !state->catalogue.empty())
            return Error{ErrorCode::Conflict, "The database holds samples already.",
                         "Name an empty one with --storage."};
        auto snapshot = SqliteSnapshot::open(m_database);
        Status done = snapshot ? copyDatabase(**snapshot, **target, m_progress) : Status(snapshot.error());
        if (snapshot)
            snapshot->reset();
        std::error_code ignored;
        for (const char *suffix : {"", "-wal", "-shm"})
            fs::remove(m_database.string() + suffix, ignored);
        const Status closed = (*target)->close();
        return done ? closed : done;
    }

    /// From here on a crash leaves a mark that the next start finds.
    Status putIntoPlace()
    {
        const fs::path mark = m_options.directory / unfinishedName;
        std::ofstream(mark) << "A restore did not come to its end.\n";
        Status done = sync(m_options.directory);
        if (done && !m_inTheWay.empty())
            done = moveAside();
        if (done)
            done = sync(m_staging);
        for (const fs::directory_entry &entry : fs::directory_iterator(m_staging)) {
            if (done)
                done = moveTo(entry.path(), m_options.directory / entry.path().filename());
        }
        if (done)
            done = sync(m_options.directory);
        std::error_code ignored;
        if (done)
            fs::remove(mark, ignored);
        return done ? sync(m_options.directory) : done;
    }

    Status moveAside()
    {
        const fs::path aside = m_options.directory / ("replaced-" + std::to_string(m_options.nowMs));
        std::error_code error;
        fs::create_directory(aside, error);
        if (error)
            return systemError("Making", aside, error.value());
        for (const std::string &part : m_inTheWay) {
            if (Status done = moveTo(m_options.directory / part, aside / part); !done)
                return done;
        }
        m_report.movedAsideTo = aside;
        return sync(aside);
    }

    Status sync(const fs::path &directory) { return m_disk.syncDirectory(directory); }

    const fs::path m_file;
    const RestoreOptions &m_options;
    const Progress &m_progress;
    const fs::path m_staging;
    const fs::path m_database;
    std::vector<std::string> m_inTheWay;
    PosixDisk m_disk;
    RestoreReport m_report;
};

} // namespace

Result<RestoreReport> restoreBackup(const fs::path &file, const RestoreOptions &options,
                                    const Progress &progress)
{
    // Found out before anything is made: most mistakes are a wrong name.
    if (const auto info = readBackupInfo(file); !info)
        return info.error();
    return Restoration(file, options, progress).run();
}

Status checkNoUnfinishedRestore(const fs::path &directory)
{
    std::error_code ignored;
    if (!fs::exists(directory / unfinishedName, ignored))
        return {};
    return Error{ErrorCode::Conflict, "A restore into " + directory.string() + " did not come to its end.",
                 "Run plimsoll restore again."};
}

} // namespace plimsoll
