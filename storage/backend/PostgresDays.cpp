#include "storage/backend/PostgresDays.h"

#include "storage/backend/PostgresCopy.h"

#include <cmath>
#include <limits>
#include <map>

namespace plimsoll {

namespace {

/// The longest day there can be: 25 h, and a change of zone may add almost another.
constexpr int64_t longestDayMs = 50LL * 3'600'000;

void copyReal(PostgresCopy &copy, double value)
{
    if (std::isnan(value))
        copy.null();
    else
        copy.real(value);
}

void copyDay(PostgresCopy &copy, int64_t node, const StoredDay &day)
{
    copy.row(17).bigint(node).bigint(day.series).bigint(day.startMs).bigint(day.endMs).bytes(day.zone);
    copy.bigint(static_cast<int64_t>(day.count));
    for (const double value : {day.sum, day.min, day.max, day.first, day.last, day.increase})
        copyReal(copy, value);
    copy.bytes(day.exactSum);
    if (day.histogram.empty())
        copy.null();
    else
        copy.bytes(day.histogram);
    for (const double value : {day.p50, day.p95, day.p99})
        copyReal(copy, value);
}

double realAt(const PostgresRows &rows, int row, int column)
{
    return rows.isNull(row, column) ? std::numeric_limits<double>::quiet_NaN() : rows.real(row, column);
}

StoredDay dayAt(const PostgresRows &rows, int row)
{
    StoredDay day;
    day.series = static_cast<uint32_t>(rows.number(row, 0));
    day.startMs = rows.number(row, 1);
    day.endMs = rows.number(row, 2);
    day.zone = rows.text(row, 3);
    day.count = static_cast<uint64_t>(rows.number(row, 4));
    int column = 5;
    for (double *value : {&day.sum, &day.min, &day.max, &day.first, &day.last, &day.increase})
        *value = realAt(rows, row, column++);
    day.exactSum = rows.text(row, column++);
    day.histogram = rows.text(row, column++);
    for (double *value : {&day.p50, &day.p95, &day.p99})
        *value = realAt(rows, row, column++);
    return day;
}

Status expireDays(PostgresConnection &connection, int64_t node, const DayExpiry &expiry)
{
    if (expiry.series.empty()) {
        const auto done = connection.run("DELETE FROM daily WHERE node = $1 AND end_ms <= $2",
                                         PostgresParameters().bigint(node).bigint(expiry.endMs));
        return done ? Status() : Status(done.error());
    }
    for (const uint32_t series : expiry.series) {
        const auto done =
            connection.run("DELETE FROM daily WHERE node = $1 AND series = $2 AND end_ms <= $3",
                           PostgresParameters().bigint(node).bigint(series).bigint(expiry.endMs));
        if (!done)
            return done.error();
    }
    return {};
}

/// COPY cannot replace rows, so that they come by way of a temporary table.
Status replaceDays(PostgresConnection &connection, int64_t node, const std::vector<StoredDay> &days)
{
    std::map<std::pair<uint32_t, int64_t>, const StoredDay *> byKey;
    for (const StoredDay &day : days)
        byKey[{day.series, day.startMs}] = &day;
    Status done = connection.execute(
        "CREATE TEMPORARY TABLE IF NOT EXISTS new_daily (LIKE daily) ON COMMIT DELETE ROWS;"
        "TRUNCATE new_daily");
    if (!done)
        return done;
    auto copy = PostgresCopy::begin(
        connection,
        "COPY new_daily (node, series, start_ms, end_ms, zone, count, sum, min, max, first, last, increase, "
        "exact_sum, histogram, p50, p95, p99) FROM STDIN (FORMAT binary)");
    if (!copy)
        return copy.error();
    for (const auto &[key, day] : byKey) {
        copyDay(*copy, node, *day);
        if (Status sent = copy->end(); !sent)
            return sent;
    }
    if (done = copy->finish(); !done)
        return done;
    return connection.execute(
        "INSERT INTO daily SELECT * FROM new_daily ON CONFLICT (node, series, start_ms) DO UPDATE SET "
        "end_ms = excluded.end_ms, zone = excluded.zone, count = excluded.count, sum = excluded.sum, "
        "min = excluded.min, max = excluded.max, first = excluded.first, last = excluded.last, "
        "increase = excluded.increase, exact_sum = excluded.exact_sum, histogram = excluded.histogram, "
        "p50 = excluded.p50, p95 = excluded.p95, p99 = excluded.p99");
}

} // namespace

std::vector<StoredDay> daysIn(const PostgresRows &rows)
{
    std::vector<StoredDay> days;
    for (int row = 0; row < rows.size(); row++)
        days.push_back(dayAt(rows, row));
    return days;
}

Status writePostgresDays(PostgresConnection &connection, int64_t node, const BackendWrite &write)
{
    for (const DayExpiry &expiry : write.expireDays) {
        if (Status done = expireDays(connection, node, expiry); !done)
            return done;
    }
    if (!write.days.empty()) {
        if (Status done = replaceDays(connection, node, write.days); !done)
            return done;
    }
    for (const StoredSeriesRow &row : write.seriesRows) {
        PostgresParameters values;
        values.bigint(node).bigint(row.id).bigint(row.project).text(row.name).text(row.labels).text(row.kind);
        const auto done =
            connection.run("INSERT INTO series (node, id, project, name, labels, kind) "
                           "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (node, id) DO UPDATE SET "
                           "project = excluded.project, name = excluded.name, "
                           "labels = excluded.labels, kind = excluded.kind",
                           values);
        if (!done)
            return done.error();
    }
    return {};
}

Result<std::vector<StoredDay>> readPostgresDays(PostgresReaders &readers, int64_t node, uint32_t series,
                                                int64_t fromMs, int64_t toMs)
{
    const int64_t firstStart = fromMs < INT64_MIN + longestDayMs ? INT64_MIN : fromMs - longestDayMs;
    const auto rows = readers.run(
        "SELECT series, start_ms, end_ms, zone, count, sum, min, max, first, last, increase, exact_sum, "
        "histogram, "
        "p50, p95, p99 FROM daily WHERE node = $1 AND series = $2 AND start_ms BETWEEN $3 AND $4 AND end_ms "
        "> $5 "
        "ORDER BY start_ms",
        PostgresParameters().bigint(node).bigint(series).bigint(firstStart).bigint(toMs).bigint(fromMs));
    if (!rows)
        return rows.error();
    return daysIn(*rows);
}

} // namespace plimsoll
