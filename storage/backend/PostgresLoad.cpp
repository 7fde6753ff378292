#include "storage/backend/PostgresLoad.h"

namespace plimsoll {

Status readPostgresState(PostgresConnection &connection, int64_t node, BackendState &state)
{
    const PostgresParameters ours = PostgresParameters().bigint(node);
    const auto meta = connection.run("SELECT key, value FROM meta WHERE node = $1", ours);
    if (!meta)
        return meta.error();
    for (int row = 0; row < meta->size(); row++)
        state.meta[meta->text(row, 0)] = meta->text(row, 1);
    const auto catalogue = connection.run("SELECT data FROM catalogue WHERE node = $1 ORDER BY id", ours);
    if (!catalogue)
        return catalogue.error();
    for (int row = 0; row < catalogue->size(); row++)
        state.catalogue.push_back(catalogue->text(row, 0));
    const auto receipts = connection.run("SELECT data FROM receipts WHERE node = $1 ORDER BY id", ours);
    if (!receipts)
        return receipts.error();
    for (int row = 0; row < receipts->size(); row++)
        state.receipts.push_back(receipts->text(row, 0));
    const auto seals = connection.run(
        "SELECT id, window_start_ms, min_ms, max_ms, samples, bytes, journal_sequence, series, "
        "resolution_ms, span_ms FROM seal WHERE node = $1 ORDER BY id",
        ours);
    if (!seals)
        return seals.error();
    state.seals = sealsIn(*seals);
    return {};
}

std::vector<StoredSeal> sealsIn(const PostgresRows &rows)
{
    std::vector<StoredSeal> seals;
    for (int row = 0; row < rows.size(); row++) {
        StoredSeal seal;
        seal.id = static_cast<uint32_t>(rows.number(row, 0));
        seal.windowStartMs = rows.number(row, 1);
        seal.minMs = rows.number(row, 2);
        seal.maxMs = rows.number(row, 3);
        seal.samples = static_cast<uint64_t>(rows.number(row, 4));
        seal.bytes = static_cast<uint64_t>(rows.number(row, 5));
        seal.journalSequence = static_cast<uint64_t>(rows.number(row, 6));
        seal.series = rows.text(row, 7);
        seal.resolutionMs = rows.number(row, 8);
        seal.spanMs = rows.number(row, 9);
        seals.push_back(std::move(seal));
    }
    return seals;
}

Result<BackendState> loadPostgres(PostgresConnection &connection, int64_t node)
{
    if (Status begun = connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); !begun)
        return begun.error();
    BackendState state;
    const Status loaded = readPostgresState(connection, node, state);
    (void)connection.execute("ROLLBACK");
    if (!loaded)
        return loaded.error();
    return state;
}

Result<std::vector<DocumentChange>> loadPostgresDocuments(PostgresConnection &connection)
{
    const auto rows = connection.run("SELECT project, collection, id, updated_ms, body FROM document");
    if (!rows)
        return rows.error();
    std::vector<DocumentChange> all;
    for (int row = 0; row < rows->size(); row++) {
        Document document{rows->text(row, 2), rows->text(row, 4), rows->number(row, 3)};
        all.push_back(
            {static_cast<ProjectId>(rows->number(row, 0)), rows->text(row, 1), std::move(document), false});
    }
    return all;
}

} // namespace plimsoll
