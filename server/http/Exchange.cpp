#include "server/http/Exchange.h"

#include "server/http/GuardedConnection.h"
#include "server/http/Mailbox.h"

namespace plimsoll::http {

namespace {

/// The writer's end of a streamed answer. Dropping it unfinished breaks the connection off, so that the
/// client does not take a part for the whole.
class ExchangeStream final : public Stream
{
public:
    ExchangeStream(std::shared_ptr<ConnectionLink> link, std::shared_ptr<Exchange> exchange,
                   std::shared_ptr<StreamState> state)
        : m_link(std::move(link))
        , m_exchange(std::move(exchange))
        , m_state(std::move(state))
    {
    }
    ~ExchangeStream() override { end(false); }

    bool write(QByteArray piece) override
    {
        if (m_ended || m_state->closed())
            return false;
        if (piece.isEmpty())
            return true;
        if (!m_state->post(piece.size())) {
            end(false);
            return false;
        }
        return m_link->run([exchange = m_exchange, piece = std::move(piece)](GuardedConnection &connection) {
            connection.takePiece(exchange, piece);
        });
    }
    qint64 pendingBytes() const override { return m_state->pending(); }
    bool closed() const override { return m_ended || m_state->closed(); }
    void finish() override { end(true); }

private:
    void end(bool complete)
    {
        if (m_ended.exchange(true))
            return;
        m_link->run([exchange = m_exchange, complete](GuardedConnection &connection) {
            connection.endStream(exchange, complete);
        });
    }

    std::shared_ptr<ConnectionLink> m_link;
    std::shared_ptr<Exchange> m_exchange;
    std::shared_ptr<StreamState> m_state;
    std::atomic<bool> m_ended{false};
};

/// What a second answer gets: nobody reads it.
class ClosedStream final : public Stream
{
public:
    bool write(QByteArray) override { return false; }
    qint64 pendingBytes() const override { return 0; }
    bool closed() const override { return true; }
    void finish() override {}
};

} // namespace

ConnectionLink::ConnectionLink(GuardedConnection *connection, std::shared_ptr<Mailbox> mailbox)
    : m_mailbox(std::move(mailbox))
    , m_thread(QThread::currentThread())
    , m_connection(connection)
{
}

bool ConnectionLink::run(std::function<void(GuardedConnection &)> work)
{
    if (m_cut)
        return false;
    if (QThread::currentThread() != m_thread) {
        return m_mailbox->post([self = shared_from_this(), work = std::move(work)] {
            if (self->m_connection)
                work(*self->m_connection);
        });
    }
    work(*m_connection);
    return true;
}

void ConnectionLink::cut()
{
    m_cut = true;
    m_connection = nullptr;
}

bool StreamState::post(qint64 bytes)
{
    if (m_closed || pending() > m_maxPending)
        return false;
    m_posted += bytes;
    return true;
}

Exchange::Exchange(std::shared_ptr<ConnectionLink> link, const ServerContext &context,
                   AnswerShape answerShape, int64_t startMs)
    : shape(std::move(answerShape))
    , startedMs(startMs)
    , charge(context.stats.inFlight)
    , m_link(std::move(link))
    , m_maxStreamPending(context.limits.maxStreamPendingBytes)
    , m_maxEventPending(context.limits.maxEventPendingBytes)
{
}

void Exchange::send(Response response)
{
    if (!claim())
        return;
    charge.release();
    m_link->run([self = shared_from_this(), response = std::move(response)](GuardedConnection &connection) {
        connection.answer(self, response);
    });
}

std::shared_ptr<Stream> Exchange::startStream(Response response)
{
    if (!claim())
        return std::make_shared<ClosedStream>();
    charge.release();
    const bool events = response.contentType.startsWith("text/event-stream");
    auto state = std::make_shared<StreamState>(events ? m_maxEventPending : m_maxStreamPending);
    const bool posted = m_link->run([self = shared_from_this(), response = std::move(response), state,
                                     events](GuardedConnection &connection) {
        self->events = events;
        connection.startStream(self, response, state);
    });
    if (!posted)
        state->close();
    return std::make_shared<ExchangeStream>(m_link, shared_from_this(), std::move(state));
}

void Exchange::onClientGone(std::function<void()> callback)
{
    {
        const std::lock_guard lock(m_mutex);
        if (!m_gone) {
            m_goneCallbacks.push_back(std::move(callback));
            return;
        }
    }
    callback();
}

void Exchange::abandon()
{
    std::vector<std::function<void()>> callbacks;
    {
        const std::lock_guard lock(m_mutex);
        if (m_gone.exchange(true))
            return;
        callbacks.swap(m_goneCallbacks);
    }
    if (stream)
        stream->close();
    for (const auto &callback : callbacks)
        callback();
}

} // namespace plimsoll::http
