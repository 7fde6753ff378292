#pragma once

#include "storage/backend/Backend.h"
#include "storage/backend/DatabaseState.h"
#include "storage/backend/PostgresConnection.h"

namespace plimsoll {

/// The connections for reading: one per thread, opened at its first question, reopened when dead, closed with
/// the thread. Several backends on one database share them. Safe from any thread.
class PostgresReaders
{
public:
    explicit PostgresReaders(PostgresSettings settings);
    ~PostgresReaders();
    PostgresReaders(const PostgresReaders &) = delete;
    PostgresReaders &operator=(const PostgresReaders &) = delete;

    /// Runs one statement on this thread's connection. `sql` must be a literal.
    Result<PostgresRows> run(const char *sql, const PostgresParameters &parameters);

    const PostgresSettings &settings() const { return m_settings; }
    DatabaseState &state() { return m_state; }

    /// What Backend asks, for one node.
    Result<StoredPack> readPack(int64_t node, uint32_t seal, uint32_t series);

private:
    Result<PostgresConnection *> connection();

    const PostgresSettings m_settings;
    const uint64_t
        m_instance; ///< tells the connections of one database from those of another in the same thread
    DatabaseState m_state;
};

} // namespace plimsoll
