#include "storage/backend/SqliteConnection.h"

#include <QSqlError>

#include <atomic>
#include <mutex>

namespace plimsoll {

namespace {

/// QtSql keeps all connections of the process in one table; opening and closing them one at a time keeps it
/// simple.
std::mutex &connectionTable()
{
    static std::mutex mutex;
    return mutex;
}

Error toError(const QSqlError &error, const std::filesystem::path &file)
{
    const std::string code = error.nativeErrorCode().toStdString();
    const int primary = std::atoi(code.c_str()) & 0xff;
    const bool full = primary == 13;
    const bool corrupt = primary == 11 || primary == 26;
    return {full      ? ErrorCode::NoSpace
            : corrupt ? ErrorCode::Corrupt
                      : ErrorCode::Unavailable,
            "The database " + file.string() + " says: " + error.text().trimmed().toStdString() + ".",
            full      ? "Free space on that disk."
            : corrupt ? "Run plimsoll doctor on the data directory."
                      : "Check that the disk works and that Plimsoll may write there."};
}

} // namespace

SqliteConnection::SqliteConnection(const std::filesystem::path &file, Access access)
    : m_file(file)
{
    static std::atomic<uint64_t> serial = 0;
    m_name = QStringLiteral("plimsoll-%1").arg(++serial);
    const std::lock_guard lock(connectionTable());
    m_database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), m_name);
    m_database.setDatabaseName(QString::fromStdString(file.string()));
    m_database.setConnectOptions(access == Access::ReadOnly
                                     ? QStringLiteral("QSQLITE_OPEN_READONLY;QSQLITE_BUSY_TIMEOUT=10000")
                                     : QStringLiteral("QSQLITE_BUSY_TIMEOUT=10000"));
    if (!m_database.open())
        m_opened = toError(m_database.lastError(), m_file);
}

SqliteConnection::~SqliteConnection()
{
    const std::lock_guard lock(connectionTable());
    m_database.close();
    m_database = QSqlDatabase();
    QSqlDatabase::removeDatabase(m_name);
}

Status SqliteConnection::execute(const QString &sql)
{
    QSqlQuery query(m_database);
    if (!query.exec(sql))
        return errorOf(query);
    return {};
}

Status SqliteConnection::execute(QSqlQuery &query) const
{
    if (!query.exec())
        return errorOf(query);
    return {};
}

Result<QSqlQuery> SqliteConnection::prepare(const QString &sql) const
{
    QSqlQuery query(m_database);
    query.setForwardOnly(true);
    if (!query.prepare(sql))
        return errorOf(query);
    return query;
}

Error SqliteConnection::errorOf(const QSqlQuery &query) const { return toError(query.lastError(), m_file); }

} // namespace plimsoll
