#include "storage/backend/PostgresCopy.h"

#include <libpq-fe.h>
#include <poll.h>

namespace plimsoll {

namespace {

constexpr size_t sendBytes = 256U << 10;
constexpr std::string_view header("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", 19);

} // namespace

Result<PostgresCopy> PostgresCopy::begin(PostgresConnection &connection, const std::string &sql)
{
    if (Status begun = connection.execute(sql); !begun)
        return begun.error();
    PostgresCopy copy(connection);
    copy.m_buffer = header;
    return copy;
}

PostgresCopy &PostgresCopy::row(int16_t columns)
{
    appendNetwork(m_buffer, columns);
    return *this;
}

PostgresCopy &PostgresCopy::integer(int32_t value)
{
    appendNetwork(m_buffer, int32_t(sizeof value));
    appendNetwork(m_buffer, value);
    return *this;
}

PostgresCopy &PostgresCopy::bigint(int64_t value)
{
    appendNetwork(m_buffer, int32_t(sizeof value));
    appendNetwork(m_buffer, value);
    return *this;
}

PostgresCopy &PostgresCopy::real(double value) { return bigint(std::bit_cast<int64_t>(value)); }

PostgresCopy &PostgresCopy::bytes(std::string_view value)
{
    appendNetwork(m_buffer, static_cast<int32_t>(value.size()));
    m_buffer.append(value);
    return *this;
}

PostgresCopy &PostgresCopy::null()
{
    appendNetwork(m_buffer, int32_t(-1));
    return *this;
}

Status PostgresCopy::end() { return m_buffer.size() < sendBytes ? Status() : send(); }

Status PostgresCopy::send()
{
    const auto limit = m_connection->limit();
    int sent = 0;
    while ((sent = PQputCopyData(m_connection->m_connection, m_buffer.data(),
                                 static_cast<int>(m_buffer.size()))) == 0) {
        if (Status flushed = m_connection->flush(limit); !flushed)
            return flushed;
    }
    m_buffer.clear();
    return sent == 1 ? m_connection->flush(limit) : Status(m_connection->lostError());
}

Status PostgresCopy::finish()
{
    appendNetwork(m_buffer, int16_t(-1));
    if (Status sent = send(); !sent)
        return sent;
    if (PQputCopyEnd(m_connection->m_connection, nullptr) != 1)
        return m_connection->lostError();
    auto done = m_connection->finish(m_connection->limit());
    return done ? Status() : Status(done.error());
}

} // namespace plimsoll
