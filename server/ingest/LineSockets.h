#pragma once

#include "server/ingest/LineDoor.h"

#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace plimsoll::ingest {

/// Listens for line formats over UDP and TCP, on a thread of its own that never waits for the ingest thread:
/// what cannot be stored yet stays with the kernel.
///
/// Over TCP a line has at most 64 KiB and ends with a line feed or the connection; a door has at most 512
/// connections, and a further one takes the place of that which was silent longest. A connection that begins
/// like HTTP is closed: pages in a browser can send such to the loopback.
class LineSockets
{
public:
    static constexpr size_t maxLineBytes = 64 << 10;
    static constexpr size_t maxConnections = 512; ///< of a door

    LineSockets();
    /// Stops it.
    ~LineSockets();
    LineSockets(const LineSockets &) = delete;
    LineSockets &operator=(const LineSockets &) = delete;

    /// Before start(). The door outlives the run. With port 0 a free one is taken, the same for UDP and TCP.
    /// The port that it is.
    Result<uint16_t> listen(LineDoor &door, std::string_view address, bool alsoUdp);

    /// Does nothing where nothing listens.
    void start();
    /// Reads what has arrived, hands it on and ends. Safe to call again.
    void stop();

private:
    class Watched;
    class UdpSocket;
    class TcpListener;
    class Connection;
    struct Door
    {
        LineDoor *door = nullptr;
        std::list<std::unique_ptr<Connection>> connections; ///< the one heard of last is at the end
    };

    Result<uint16_t> bindBoth(Door &door, std::string_view address, bool alsoUdp);
    void watch(int descriptor, Watched *watched) const;
    void run();
    bool stalled() const;
    int waitMs() const;
    void serve(int waitMs);
    void flushDue(bool all);

    std::list<Door> m_doors;
    std::vector<std::unique_ptr<Watched>> m_sockets;
    Descriptor m_poll;
    std::shared_ptr<Descriptor> m_wakeUp;
    std::vector<Connection *> m_closing;
    std::atomic<bool> m_stops{false};
    std::thread m_thread;
};

} // namespace plimsoll::ingest
