#pragma once

#include "server/ingest/Descriptor.h"
#include "storage/model/Result.h"

#include <cstdint>
#include <string>
#include <string_view>

#include <sys/socket.h>

namespace plimsoll::ingest {

/// An address and a port to listen on.
struct SocketEndpoint
{
    sockaddr_storage storage{};
    socklen_t size = 0;
    std::string text; ///< as it was written

    /// "127.0.0.1:8125", "[::1]:8125", "localhost:8125", ":8125" and "*:8125" (all addresses of the machine).
    static Result<SocketEndpoint> parse(std::string_view text);
    uint16_t port() const;
    void setPort(uint16_t port);
};

/// A bound, non-blocking socket; for TCP (SOCK_STREAM) it listens. Fails with Conflict for a port that is
/// taken.
Result<Descriptor> bindSocket(const SocketEndpoint &endpoint, int type);

/// The port that a socket was bound to.
uint16_t boundPort(const Descriptor &socket);

} // namespace plimsoll::ingest
