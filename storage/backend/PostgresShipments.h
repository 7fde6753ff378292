#pragma once

#include "storage/backend/Backoff.h"
#include "storage/backend/Neighbours.h"
#include "storage/backend/PostgresReaders.h"

namespace plimsoll {

/// Table `shipment` and the leader's lock, through a connection of its own.
class PostgresShipments final : public Shipments
{
public:
    PostgresShipments(std::shared_ptr<PostgresReaders> database, int64_t node);

    Status send(const std::vector<ShippedFrame> &frames, uint64_t covered) override;
    Result<bool> lead() override;

private:
    Status connect();
    Status transact(const std::vector<ShippedFrame> &frames, uint64_t covered);
    Status copyFrames(const std::vector<ShippedFrame> &frames);

    std::shared_ptr<PostgresReaders> m_database;
    const int64_t m_node;
    std::unique_ptr<PostgresConnection> m_connection;
    Backoff m_backoff{std::chrono::seconds(2)};
    Error m_failure;
    bool m_leads = false;
    uint64_t m_removed = 0;
};

} // namespace plimsoll
