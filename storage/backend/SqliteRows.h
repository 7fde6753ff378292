#pragma once

#include "storage/backend/SqliteConnection.h"

#include <QByteArray>
#include <QSqlError>
#include <QString>
#include <QVariant>

#include <string>
#include <string_view>

namespace plimsoll {

inline QByteArray blob(std::string_view bytes)
{
    return QByteArray::fromRawData(bytes.data(), qsizetype(bytes.size()));
}
inline QString text(std::string_view utf8) { return QString::fromUtf8(utf8.data(), qsizetype(utf8.size())); }
inline std::string bytesOf(const QVariant &value) { return value.toByteArray().toStdString(); }
inline std::string textOf(const QVariant &value) { return value.toString().toStdString(); }

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

} // namespace plimsoll
