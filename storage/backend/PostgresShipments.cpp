#include "storage/backend/PostgresShipments.h"

#include "storage/backend/PostgresCopy.h"

namespace plimsoll {

PostgresShipments::PostgresShipments(std::shared_ptr<PostgresReaders> database, int64_t node)
    : m_database(std::move(database))
    , m_node(node)
{
}

Status PostgresShipments::connect()
{
    if (m_connection && !m_connection->lost())
        return {};
    m_leads = false;
    m_connection.reset();
    if (!m_backoff.isDue())
        return m_failure;
    m_connection = std::make_unique<PostgresConnection>(m_database->settings());
    Status done = m_connection->opened();
    if (done)
        done = m_connection->execute(
            "CREATE TEMPORARY TABLE new_shipment (LIKE shipment) ON COMMIT DELETE ROWS");
    if (done) {
        m_backoff.succeeded();
        m_database->state().setUp();
        return {};
    }
    m_connection.reset();
    m_backoff.failed();
    m_failure = done.error();
    m_database->state().setDown(m_failure);
    return done;
}

Status PostgresShipments::send(const std::vector<ShippedFrame> &frames, uint64_t covered)
{
    if (frames.empty() && covered <= m_removed)
        return {};
    if (Status connected = connect(); !connected)
        return connected;
    const Status done = transact(frames, covered);
    if (done)
        m_removed = std::max(m_removed, covered);
    else if (m_connection->lost())
        m_database->state().setDown(done.error());
    else
        (void)m_connection->execute("ROLLBACK");
    return done;
}

Status PostgresShipments::transact(const std::vector<ShippedFrame> &frames, uint64_t covered)
{
    Status done = m_connection->execute("BEGIN");
    if (done && !frames.empty())
        done = copyFrames(frames);
    if (!done)
        return done;
    if (covered > 0) {
        const auto removed =
            m_connection->run("DELETE FROM shipment WHERE node = $1 AND sequence <= $2",
                              PostgresParameters().bigint(m_node).bigint(static_cast<int64_t>(covered)));
        if (!removed)
            return removed.error();
    }
    if (!frames.empty()) {
        const auto told =
            m_connection->run("SELECT pg_notify('plimsoll', current_schema() || ' shipment ' || $1)",
                              PostgresParameters().text(std::to_string(m_node)));
        if (!told)
            return told.error();
    }
    return m_connection->execute("COMMIT");
}

/// COPY cannot leave out what is there, so that frames come by way of a temporary table.
Status PostgresShipments::copyFrames(const std::vector<ShippedFrame> &frames)
{
    auto copy = PostgresCopy::begin(*m_connection,
                                    "COPY new_shipment (node, sequence, payload) FROM STDIN (FORMAT binary)");
    if (!copy)
        return copy.error();
    for (const ShippedFrame &frame : frames) {
        copy->row(3).bigint(m_node).bigint(static_cast<int64_t>(frame.sequence)).bytes(frame.payload);
        if (Status sent = copy->end(); !sent)
            return sent;
    }
    if (Status done = copy->finish(); !done)
        return done;
    return m_connection->execute(
        "INSERT INTO shipment SELECT * FROM new_shipment ON CONFLICT (node, sequence) DO NOTHING");
}

Result<bool> PostgresShipments::lead()
{
    if (Status connected = connect(); !connected)
        return connected.error();
    // A session may take its own lock again; asking whether it has it also shows that the server answers.
    const auto held = m_connection->run(
        m_leads ? "SELECT 1"
                : "SELECT pg_try_advisory_lock(hashtext(current_schema() || ':leader'), 0)::integer");
    if (!held) {
        m_leads = false;
        return held.error();
    }
    m_leads = held->number(0, 0) == 1;
    return m_leads;
}

} // namespace plimsoll
