#pragma once

#include "storage/model/Result.h"

#include <QSqlDatabase>
#include <QSqlQuery>

#include <filesystem>

namespace plimsoll {

/// One SQLite connection through QtSql; created, used and destroyed in one thread.
class SqliteConnection
{
public:
    enum class Access { ReadWrite, ReadOnly };

    SqliteConnection(const std::filesystem::path &file, Access access);
    ~SqliteConnection();
    SqliteConnection(const SqliteConnection &) = delete;
    SqliteConnection &operator=(const SqliteConnection &) = delete;

    /// How opening went.
    const Status &opened() const { return m_opened; }
    Status execute(const QString &sql);
    Status execute(QSqlQuery &query) const;
    Result<QSqlQuery> prepare(const QString &sql) const;
    Error errorOf(const QSqlQuery &query) const;
    QSqlDatabase &database() { return m_database; }

private:
    std::filesystem::path m_file;
    QString m_name;
    QSqlDatabase m_database;
    Status m_opened;
};

} // namespace plimsoll
