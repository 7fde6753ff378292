#include "storage/backend/SqliteDays.h"

#include "storage/backend/SqliteRows.h"

#include <cmath>
#include <limits>

namespace plimsoll {

namespace {

/// The longest day there can be: 25 h, and a change of zone may add almost another.
constexpr int64_t longestDayMs = 50LL * 3'600'000;

QVariant realOf(double value) { return std::isnan(value) ? QVariant() : QVariant(value); }
double doubleOf(const QVariant &value)
{
    return value.isNull() ? std::numeric_limits<double>::quiet_NaN() : value.toDouble();
}

void bindDay(QSqlQuery &query, const StoredDay &day)
{
    query.bindValue(0, qint64(day.series));
    query.bindValue(1, qint64(day.startMs));
    query.bindValue(2, qint64(day.endMs));
    query.bindValue(3, text(day.zone));
    query.bindValue(4, qint64(day.count));
    int place = 5;
    for (const double value : {day.sum, day.min, day.max, day.first, day.last, day.increase})
        query.bindValue(place++, realOf(value));
    query.bindValue(place++, blob(day.exactSum));
    query.bindValue(place++, day.histogram.empty() ? QVariant() : QVariant(blob(day.histogram)));
    for (const double value : {day.p50, day.p95, day.p99})
        query.bindValue(place++, realOf(value));
}

StoredDay dayOf(const QSqlQuery &row)
{
    StoredDay day;
    day.series = row.value(0).toUInt();
    day.startMs = row.value(1).toLongLong();
    day.endMs = row.value(2).toLongLong();
    day.zone = textOf(row.value(3));
    day.count = row.value(4).toULongLong();
    int place = 5;
    for (double *value : {&day.sum, &day.min, &day.max, &day.first, &day.last, &day.increase})
        *value = doubleOf(row.value(place++));
    day.exactSum = bytesOf(row.value(place++));
    day.histogram = bytesOf(row.value(place++));
    for (double *value : {&day.p50, &day.p95, &day.p99})
        *value = doubleOf(row.value(place++));
    return day;
}

Status expireDays(SqliteConnection &connection, const DayExpiry &expiry)
{
    if (expiry.series.empty())
        return writeRows(connection, "DELETE FROM daily WHERE end_ms<=?", std::vector{expiry.endMs},
                         [](QSqlQuery &query, int64_t endMs) { query.bindValue(0, qint64(endMs)); });
    return writeRows(connection, "DELETE FROM daily WHERE series=? AND start_ms<? AND end_ms<=?",
                     expiry.series, [&](QSqlQuery &query, uint32_t series) {
                         query.bindValue(0, qint64(series));
                         query.bindValue(1, qint64(expiry.endMs));
                         query.bindValue(2, qint64(expiry.endMs));
                     });
}

} // namespace

Status writeDays(SqliteConnection &connection, const BackendWrite &write)
{
    for (const DayExpiry &expiry : write.expireDays) {
        if (Status done = expireDays(connection, expiry); !done)
            return done;
    }
    Status done =
        writeRows(connection, "INSERT OR REPLACE INTO daily VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                  write.days, bindDay);
    if (done)
        done = writeRows(connection, "INSERT OR REPLACE INTO series VALUES (?,?,?,?,?)", write.seriesRows,
                         [](QSqlQuery &query, const StoredSeriesRow &row) {
                             query.bindValue(0, qint64(row.id));
                             query.bindValue(1, row.project);
                             query.bindValue(2, text(row.name));
                             query.bindValue(3, text(row.labels));
                             query.bindValue(4, text(row.kind));
                         });
    return done;
}

Result<QSqlQuery> prepareDays(const SqliteConnection &connection)
{
    return connection.prepare(
        QStringLiteral("SELECT * FROM daily WHERE series=? AND start_ms BETWEEN ? AND ? AND "
                       "end_ms>? ORDER BY start_ms"));
}

Result<std::vector<StoredDay>> readDaysFrom(const SqliteConnection &connection, QSqlQuery &query,
                                            uint32_t series, int64_t fromMs, int64_t toMs)
{
    const int64_t firstStart = fromMs < INT64_MIN + longestDayMs ? INT64_MIN : fromMs - longestDayMs;
    query.bindValue(0, qint64(series));
    query.bindValue(1, qint64(firstStart));
    query.bindValue(2, qint64(toMs));
    query.bindValue(3, qint64(fromMs));
    return takeDays(connection, query);
}

Result<std::vector<StoredDay>> takeDays(const SqliteConnection &connection, QSqlQuery &query)
{
    if (!query.exec())
        return connection.errorOf(query);
    std::vector<StoredDay> days;
    while (query.next())
        days.push_back(dayOf(query));
    const bool failed = query.lastError().isValid();
    const Error error = failed ? connection.errorOf(query) : Error();
    query.finish();
    if (failed)
        return error;
    return days;
}

} // namespace plimsoll
