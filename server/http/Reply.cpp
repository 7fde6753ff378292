#include "server/http/ReplyConnection.h"

namespace plimsoll::http {

Reply::Reply(std::shared_ptr<Connection> connection)
    : m_connection(std::move(connection))
{
}

Reply::Reply(Reply &&) noexcept = default;

Reply &Reply::operator=(Reply &&other) noexcept
{
    if (this != &other) {
        const Reply unanswered(std::move(*this));
        m_connection = std::move(other.m_connection);
    }
    return *this;
}

Reply::~Reply()
{
    if (m_connection && !m_connection->answered())
        m_connection->send(Response::error({ErrorCode::Internal, "The request was not answered.",
                                            "Try again; if it stays, look at the log."}));
}

void Reply::send(Response response)
{
    if (m_connection)
        m_connection->send(std::move(response));
}

std::shared_ptr<Stream> Reply::startStream(Response response)
{
    return m_connection->startStream(std::move(response));
}

bool Reply::clientGone() const { return !m_connection || m_connection->clientGone(); }

void Reply::onClientGone(std::function<void()> callback)
{
    if (m_connection)
        m_connection->onClientGone(std::move(callback));
}

} // namespace plimsoll::http
