#include "storage/backend/SqliteLoad.h"

#include "storage/backend/SqliteRows.h"

namespace plimsoll {

Result<BackendState> loadState(SqliteConnection &connection)
{
    BackendState state;
    Status done = readRows(connection, "SELECT key, value FROM meta", [&](const QSqlQuery &row) {
        state.meta[textOf(row.value(0))] = textOf(row.value(1));
    });
    if (done)
        done = readRows(connection, "SELECT data FROM catalogue ORDER BY id",
                        [&](const QSqlQuery &row) { state.catalogue.push_back(bytesOf(row.value(0))); });
    if (done)
        done = readRows(connection, "SELECT data FROM receipts ORDER BY id",
                        [&](const QSqlQuery &row) { state.receipts.push_back(bytesOf(row.value(0))); });
    if (done)
        done = readRows(connection,
                        "SELECT id, window_start_ms, min_ms, max_ms, samples, bytes, journal_sequence, "
                        "series, resolution_ms, "
                        "span_ms FROM seal ORDER BY id",
                        [&](const QSqlQuery &row) {
                            state.seals.push_back({row.value(0).toUInt(), row.value(1).toLongLong(),
                                                   row.value(2).toLongLong(), row.value(3).toLongLong(),
                                                   row.value(4).toULongLong(), row.value(5).toULongLong(),
                                                   row.value(6).toULongLong(), bytesOf(row.value(7)),
                                                   row.value(8).toLongLong(), row.value(9).toLongLong()});
                        });
    if (!done)
        return done.error();
    return state;
}

Result<std::vector<DocumentChange>> loadAllDocuments(SqliteConnection &connection)
{
    std::vector<DocumentChange> all;
    const Status done =
        readRows(connection, "SELECT project, collection, id, updated_ms, body FROM document",
                 [&](const QSqlQuery &row) {
                     Document document{textOf(row.value(2)), textOf(row.value(4)), row.value(3).toLongLong()};
                     all.push_back({row.value(0).toUInt(), textOf(row.value(1)), std::move(document), false});
                 });
    if (!done)
        return done.error();
    return all;
}

} // namespace plimsoll
