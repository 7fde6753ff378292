#include "storage/backend/PostgresWrite.h"

#include "storage/backend/PostgresCopy.h"
#include "storage/backend/PostgresDays.h"

namespace plimsoll {

namespace {

/// Runs one prepared statement once per row of values.
template<typename Rows, typename Bind>
Status runEach(PostgresConnection &connection, const char *sql, const Rows &rows, Bind bind)
{
    for (const auto &row : rows) {
        const auto done = connection.run(sql, bind(row));
        if (!done)
            return done.error();
    }
    return {};
}

Status removeSeals(PostgresConnection &connection, int64_t node, const BackendWrite &write)
{
    std::vector<uint32_t> rows = write.removedSeals;
    rows.insert(rows.end(), write.retiredSeals.begin(), write.retiredSeals.end());
    std::vector<PackRange> ranges = write.removedPacks;
    for (const uint32_t seal : write.removedSeals)
        ranges.push_back({seal});
    Status done = runEach(connection, "DELETE FROM seal WHERE node = $1 AND id = $2", rows,
                          [&](uint32_t seal) { return PostgresParameters().bigint(node).bigint(seal); });
    if (!done)
        return done;
    return runEach(connection,
                   "DELETE FROM pack WHERE node = $1 AND seal = $2 AND first_series BETWEEN $3 AND $4",
                   ranges, [&](const PackRange &range) {
                       return PostgresParameters()
                           .bigint(node)
                           .bigint(range.seal)
                           .bigint(range.firstSeries)
                           .bigint(range.lastSeries);
                   });
}

Status writePacks(PostgresConnection &connection, int64_t node, const BackendWrite &write,
                  const std::set<uint32_t> &done)
{
    const bool any = std::any_of(write.packs.begin(), write.packs.end(),
                                 [&](const StoredPack &pack) { return !done.contains(pack.seal); });
    if (!any)
        return {};
    auto copy = PostgresCopy::begin(connection,
                                    "COPY pack (node, seal, first_series, data) FROM STDIN (FORMAT binary)");
    if (!copy)
        return copy.error();
    for (const StoredPack &pack : write.packs) {
        if (done.contains(pack.seal))
            continue;
        copy->row(4).bigint(node).bigint(pack.seal).bigint(pack.firstSeries).bytes(pack.data);
        if (Status sent = copy->end(); !sent)
            return sent;
    }
    return copy->finish();
}

Status writeSeals(PostgresConnection &connection, int64_t node, const BackendWrite &write,
                  const std::set<uint32_t> &done)
{
    std::vector<StoredSeal> seals;
    for (const StoredSeal &seal : write.seals) {
        if (!done.contains(seal.id))
            seals.push_back(seal);
    }
    const Status written =
        runEach(connection,
                "INSERT INTO seal (node, id, window_start_ms, span_ms, resolution_ms, min_ms, max_ms, "
                "samples, bytes, "
                "journal_sequence, series) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
                seals, [&](const StoredSeal &seal) {
                    PostgresParameters row;
                    row.bigint(node)
                        .bigint(seal.id)
                        .bigint(seal.windowStartMs)
                        .bigint(seal.spanMs)
                        .bigint(seal.resolutionMs);
                    row.bigint(seal.minMs).bigint(seal.maxMs).bigint(static_cast<int64_t>(seal.samples));
                    row.bigint(static_cast<int64_t>(seal.bytes))
                        .bigint(static_cast<int64_t>(seal.journalSequence))
                        .bytes(seal.series);
                    return row;
                });
    return written ? writePacks(connection, node, write, done) : written;
}

Status writeBlocks(PostgresConnection &connection, int64_t node, const BackendWrite &write)
{
    const auto only = [](const auto &value, bool there) {
        return there ? std::vector{value} : std::vector<std::decay_t<decltype(value)>>();
    };
    Status done =
        runEach(connection, "INSERT INTO catalogue (node, data) VALUES ($1, $2)",
                only(std::string_view(write.catalogue), !write.catalogue.empty()),
                [&](std::string_view data) { return PostgresParameters().bigint(node).bytes(data); });
    if (done)
        done = runEach(connection, "DELETE FROM receipts WHERE node = $1 AND newest_ms < $2",
                       only(write.expireReceiptsMs, write.expireReceiptsMs > 0),
                       [&](int64_t beforeMs) { return PostgresParameters().bigint(node).bigint(beforeMs); });
    if (done)
        done = runEach(
            connection, "INSERT INTO receipts (node, newest_ms, data) VALUES ($1, $2, $3)",
            only(std::string_view(write.receipts), !write.receipts.empty()), [&](std::string_view data) {
                return PostgresParameters().bigint(node).bigint(write.receiptsNewestMs).bytes(data);
            });
    return done;
}

Status writeMeta(PostgresConnection &connection, int64_t node, const BackendWrite &write)
{
    for (const auto &[key, value] : write.meta) {
        const auto done = value.empty()
                              ? connection.run("DELETE FROM meta WHERE node = $1 AND key = $2",
                                               PostgresParameters().bigint(node).text(key))
                              : connection.run("INSERT INTO meta (node, key, value) VALUES ($1, $2, $3) "
                                               "ON CONFLICT (node, key) DO UPDATE SET value = excluded.value",
                                               PostgresParameters().bigint(node).text(key).text(value));
        if (!done)
            return done.error();
    }
    return {};
}

Status writeDocuments(PostgresConnection &connection, const BackendWrite &write)
{
    for (const DocumentChange &change : write.documents) {
        PostgresParameters row;
        row.bigint(change.project).text(change.collection).text(change.document.id);
        if (!change.removed)
            row.bigint(change.document.updatedMs).text(change.document.body);
        const auto done =
            change.removed
                ? connection.run("DELETE FROM document WHERE project = $1 AND collection = $2 AND id = $3",
                                 row)
                : connection.run("INSERT INTO document (project, collection, id, updated_ms, body) "
                                 "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (project, collection, id) "
                                 "DO UPDATE SET updated_ms = excluded.updated_ms, body = excluded.body",
                                 row);
        if (!done)
            return done.error();
    }
    return {};
}

/// Tells the other nodes, at the moment of the COMMIT.
Status notify(PostgresConnection &connection, int64_t node, const BackendWrite &write)
{
    std::vector<std::string_view> topics;
    if (!write.documents.empty())
        topics.push_back("document");
    if (!write.seals.empty() || !write.removedSeals.empty() || !write.retiredSeals.empty())
        topics.push_back("seal");
    return runEach(
        connection, "SELECT pg_notify('plimsoll', current_schema() || ' ' || $1 || ' ' || $2)", topics,
        [&](std::string_view topic) { return PostgresParameters().text(topic).text(std::to_string(node)); });
}

} // namespace

Status writePostgres(PostgresConnection &connection, int64_t node, const BackendWrite &write,
                     const std::set<uint32_t> &done)
{
    Status written = removeSeals(connection, node, write);
    if (written)
        written = writeSeals(connection, node, write, done);
    if (written)
        written = writeBlocks(connection, node, write);
    if (written)
        written = writeMeta(connection, node, write);
    if (written)
        written = writePostgresDays(connection, node, write);
    if (written)
        written = writeDocuments(connection, write);
    if (written)
        written = notify(connection, node, write);
    return written;
}

} // namespace plimsoll
