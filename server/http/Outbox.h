#pragma once

#include "server/http/Exchange.h"
#include "server/http/Transport.h"

#include <deque>
#include <functional>
#include <memory>

namespace plimsoll::http {

/// The answers of a connection, written in the order of their requests. On the connection's thread only.
class Outbox
{
public:
    Outbox(Transport &transport, ThreadStats &stats)
        : m_transport(transport)
        , m_stats(stats)
    {
    }

    void add(std::shared_ptr<Exchange> exchange) { m_exchanges.push_back(std::move(exchange)); }
    bool empty() const { return m_exchanges.empty(); }
    size_t size() const { return m_exchanges.size(); }
    const std::deque<std::shared_ptr<Exchange>> &exchanges() const { return m_exchanges; }
    bool isLast(const std::shared_ptr<Exchange> &exchange) const
    {
        return !m_exchanges.empty() && m_exchanges.back() == exchange;
    }

    /// Writes what may be written. True once the answer that closes the connection was written: nothing
    /// follows it.
    bool pump();
    /// Bytes that the kernel has not taken yet.
    qint64 pendingBytes() const { return m_transport.pendingBytes(); }
    /// Tells the stream in front how much of it still waits.
    void noteWritten();
    /// Everyone who still has to answer learns that the client is gone.
    void abandon();

private:
    void writeOut(Exchange &exchange);

    Transport &m_transport;
    ThreadStats &m_stats;
    std::deque<std::shared_ptr<Exchange>> m_exchanges;
    bool m_closed = false;
};

} // namespace plimsoll::http
