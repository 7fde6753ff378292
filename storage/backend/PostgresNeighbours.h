#pragma once

#include "storage/backend/Backoff.h"
#include "storage/backend/Neighbours.h"
#include "storage/backend/PostgresReaders.h"

namespace plimsoll {

/// The other nodes on one PostgreSQL database, through a connection of its own that listens.
class PostgresNeighbours final : public Neighbours
{
public:
    PostgresNeighbours(std::shared_ptr<PostgresReaders> database, int64_t node);

    Result<std::map<int64_t, int64_t>> all() override;
    Result<NeighbourNews> read(int64_t node, const NeighbourPosition &from) override;
    std::unique_ptr<Backend> backendOf(int64_t node) const override;
    Result<Happening> wait(std::chrono::milliseconds limit) override;

private:
    Status connect();
    Status readAll(int64_t node, NeighbourNews &news);
    Status readFrames(int64_t node, NeighbourNews &news);

    std::shared_ptr<PostgresReaders> m_database;
    const int64_t m_node;
    std::unique_ptr<PostgresConnection> m_connection;
    Backoff m_backoff{std::chrono::seconds(2)};
    Error m_failure;
    bool m_fresh = false; ///< notifications before the connection was made were missed
};

} // namespace plimsoll
