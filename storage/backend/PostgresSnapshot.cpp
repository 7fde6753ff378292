#include "storage/backend/PostgresSnapshot.h"

#include "storage/backend/PostgresDays.h"
#include "storage/backend/PostgresLoad.h"

namespace plimsoll {

Result<std::unique_ptr<BackendSnapshot>> PostgresSnapshot::open(const PostgresSettings &settings,
                                                                int64_t node)
{
    std::unique_ptr<PostgresSnapshot> snapshot(new PostgresSnapshot(settings, node));
    PostgresConnection &connection = snapshot->m_connection;
    Status done = connection.opened();
    // Who copies a snapshot may pause for longer than a writer may.
    if (done)
        done = connection.execute("SET idle_in_transaction_session_timeout=0");
    if (done)
        done = connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    // The transaction's view is taken by its first read.
    if (done)
        done = connection.execute("SELECT count(*) FROM schema_version");
    if (!done)
        return done.error();
    return std::unique_ptr<BackendSnapshot>(std::move(snapshot));
}

Result<BackendState> PostgresSnapshot::load()
{
    BackendState state;
    const Status loaded = readPostgresState(m_connection, m_node, state);
    if (!loaded)
        return loaded.error();
    return state;
}

Result<std::vector<DocumentChange>> PostgresSnapshot::loadDocuments()
{
    return loadPostgresDocuments(m_connection);
}

Result<std::vector<StoredPack>> PostgresSnapshot::packsAfter(uint32_t seal, uint32_t firstSeries,
                                                             size_t maxBytes)
{
    std::vector<StoredPack> packs;
    size_t bytes = 0;
    while (bytes < maxBytes) {
        const auto rows =
            m_connection.run("SELECT seal, first_series, data FROM pack WHERE node = $1 "
                             "AND (seal, first_series) > ($2, $3) ORDER BY seal, first_series LIMIT 32",
                             PostgresParameters().bigint(m_node).bigint(seal).bigint(firstSeries));
        if (!rows)
            return rows.error();
        for (int row = 0; row < rows->size() && bytes < maxBytes; row++) {
            seal = static_cast<uint32_t>(rows->number(row, 0));
            firstSeries = static_cast<uint32_t>(rows->number(row, 1));
            packs.push_back({seal, firstSeries, rows->text(row, 2)});
            bytes += packs.back().data.size();
        }
        if (rows->empty())
            break;
    }
    return packs;
}

Result<std::vector<StoredDay>> PostgresSnapshot::daysAfter(uint32_t series, int64_t startMs, size_t maxRows)
{
    const auto rows =
        m_connection.run("SELECT series, start_ms, end_ms, zone, count, sum, min, max, first, last, "
                         "increase, exact_sum, histogram, "
                         "p50, p95, p99 FROM daily WHERE node = $1 AND (series, start_ms) > ($2, $3) ORDER "
                         "BY series, start_ms LIMIT $4",
                         PostgresParameters().bigint(m_node).bigint(series).bigint(startMs).bigint(
                             static_cast<int64_t>(maxRows)));
    if (!rows)
        return rows.error();
    return daysIn(*rows);
}

Result<std::vector<StoredSeriesRow>> PostgresSnapshot::seriesRows()
{
    const auto rows =
        m_connection.run("SELECT id, project, name, labels, kind FROM series WHERE node = $1 ORDER BY id",
                         PostgresParameters().bigint(m_node));
    if (!rows)
        return rows.error();
    std::vector<StoredSeriesRow> all;
    for (int row = 0; row < rows->size(); row++)
        all.push_back({static_cast<uint32_t>(rows->number(row, 0)),
                       static_cast<ProjectId>(rows->number(row, 1)), rows->text(row, 2), rows->text(row, 3),
                       rows->text(row, 4)});
    return all;
}

} // namespace plimsoll
