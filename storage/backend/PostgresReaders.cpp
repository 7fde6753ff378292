#include "storage/backend/PostgresReaders.h"

#include "storage/backend/Backoff.h"

#include <atomic>

namespace plimsoll {

namespace {

struct Reader
{
    std::unique_ptr<PostgresConnection> connection;
    Backoff backoff{std::chrono::seconds(1)};
    Error error;
};

std::map<uint64_t, Reader> &readersOfThisThread()
{
    thread_local std::map<uint64_t, Reader> readers;
    return readers;
}

uint64_t nextInstance()
{
    static std::atomic<uint64_t> last = 0;
    return ++last;
}

} // namespace

PostgresReaders::PostgresReaders(PostgresSettings settings)
    : m_settings(std::move(settings))
    , m_instance(nextInstance())
{
}

PostgresReaders::~PostgresReaders() { readersOfThisThread().erase(m_instance); }

Result<PostgresConnection *> PostgresReaders::connection()
{
    Reader &reader = readersOfThisThread()[m_instance];
    if (reader.connection && !reader.connection->lost())
        return reader.connection.get();
    reader.connection.reset();
    if (!reader.backoff.isDue())
        return reader.error;
    auto connection = std::make_unique<PostgresConnection>(m_settings);
    if (!connection->opened()) {
        reader.error = connection->opened().error();
        reader.backoff.failed();
        return reader.error;
    }
    reader.backoff.succeeded();
    reader.connection = std::move(connection);
    return reader.connection.get();
}

Result<PostgresRows> PostgresReaders::run(const char *sql, const PostgresParameters &parameters)
{
    // A connection that died while it was idle is noticed only by using it; the second one is fresh.
    for (int attempt = 0;; attempt++) {
        const auto open = connection();
        if (!open)
            return open.error();
        auto rows = (*open)->run(sql, parameters);
        if (rows || !(*open)->lost() || attempt > 0)
            return rows;
    }
}

Result<StoredPack> PostgresReaders::readPack(int64_t node, uint32_t seal, uint32_t series)
{
    const auto rows =
        run("SELECT first_series, data FROM pack WHERE node = $1 AND seal = $2 AND first_series <= $3 "
            "ORDER BY first_series DESC LIMIT 1",
            PostgresParameters().bigint(node).bigint(seal).bigint(series));
    if (!rows)
        return rows.error();
    if (rows->empty())
        return Error{ErrorCode::NotFound, "No pack of this seal reaches down to this series.", {}};
    return StoredPack{seal, static_cast<uint32_t>(rows->number(0, 0)), rows->text(0, 1)};
}

} // namespace plimsoll
