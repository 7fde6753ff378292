#include "server/http/Outbox.h"

namespace plimsoll::http {

bool Outbox::pump()
{
    while (!m_closed && !m_exchanges.empty() && m_exchanges.front()->ready) {
        const std::shared_ptr<Exchange> exchange = m_exchanges.front();
        writeOut(*exchange);
        if (!exchange->finished)
            break;
        m_exchanges.pop_front();
        m_closed = exchange->shape.close;
    }
    noteWritten();
    return m_closed;
}

void Outbox::writeOut(Exchange &exchange)
{
    m_stats.sentBytes += uint64_t(exchange.wire.size() + exchange.wireBody.size());
    if (!exchange.wire.isEmpty())
        m_transport.write(std::exchange(exchange.wire, {}));
    if (!exchange.wireBody.isEmpty())
        m_transport.write(std::exchange(exchange.wireBody, {}));
}

void Outbox::noteWritten()
{
    const qint64 waiting = pendingBytes();
    for (const auto &exchange : m_exchanges) {
        if (exchange->stream)
            exchange->stream->setBuffered(waiting + exchange->wire.size() + exchange->wireBody.size());
    }
}

void Outbox::abandon()
{
    const auto exchanges = std::exchange(m_exchanges, {});
    for (const auto &exchange : exchanges)
        exchange->abandon();
}

} // namespace plimsoll::http
