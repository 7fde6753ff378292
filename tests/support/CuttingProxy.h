#pragma once

#include <atomic>
#include <cstring>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace plimsoll::test {

/// Stands between a client and a server on 127.0.0.1 and passes bytes on, until it is told to cut: the
/// connection that next sends some text ends, either before the server hears of it or after it has answered,
/// so that the client cannot know which.
class CuttingProxy
{
public:
    enum class Cut { Never, Before, After };

    explicit CuttingProxy(int serverPort)
        : m_serverPort(serverPort)
        , m_listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof address;
        ::bind(m_listener, reinterpret_cast<sockaddr *>(&address), size);
        ::getsockname(m_listener, reinterpret_cast<sockaddr *>(&address), &size);
        m_port = ntohs(address.sin_port);
        ::listen(m_listener, 16);
        m_acceptor = std::thread([this] { accept(); });
    }
    ~CuttingProxy()
    {
        m_stopping = true;
        m_acceptor.join();
        for (std::thread &pair : m_pairs)
            pair.join();
        ::close(m_listener);
    }
    CuttingProxy(const CuttingProxy &) = delete;
    CuttingProxy &operator=(const CuttingProxy &) = delete;

    int port() const { return m_port; }
    /// Cuts the next connection that sends "COMMIT", once.
    void cutNextCommit(Cut cut) { m_cut = cut; }
    int cuts() const { return m_cuts; }

private:
    static sockaddr_in loopback(int port)
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }

    static bool readable(int descriptor, int limitMs)
    {
        pollfd waiting{descriptor, POLLIN, 0};
        return ::poll(&waiting, 1, limitMs) > 0;
    }

    void accept()
    {
        while (!m_stopping) {
            if (!readable(m_listener, 50))
                continue;
            const int client = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
            if (client >= 0)
                m_pairs.emplace_back([this, client] { serve(client); });
        }
    }

    void serve(int client)
    {
        const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in address = loopback(m_serverPort);
        if (::connect(server, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0)
            passOn(client, server);
        ::close(server);
        ::close(client);
    }

    void passOn(int client, int server)
    {
        std::vector<char> buffer(64 << 10);
        while (!m_stopping) {
            pollfd both[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
            if (::poll(both, 2, 50) <= 0)
                continue;
            for (const bool fromClient : {true, false}) {
                if (both[fromClient ? 0 : 1].revents == 0)
                    continue;
                const ssize_t size = ::recv(fromClient ? client : server, buffer.data(), buffer.size(), 0);
                if (size <= 0)
                    return;
                const std::string_view bytes(buffer.data(), size_t(size));
                const Cut cut = fromClient && bytes.find("COMMIT") != std::string_view::npos
                                    ? m_cut.exchange(Cut::Never)
                                    : Cut::Never;
                m_cuts += cut == Cut::Never ? 0 : 1;
                if (cut == Cut::Before || !sendAll(fromClient ? server : client, bytes))
                    return;
                if (cut == Cut::After) {
                    readable(server, 10'000);
                    return;
                }
            }
        }
    }

    static bool sendAll(int descriptor, std::string_view bytes)
    {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0)
                return false;
            bytes.remove_prefix(size_t(sent));
        }
        return true;
    }

    const int m_serverPort;
    const int m_listener;
    int m_port = 0;
    std::atomic<bool> m_stopping = false;
    std::atomic<Cut> m_cut = Cut::Never;
    std::atomic<int> m_cuts = 0;
    std::thread m_acceptor;
    std::vector<std::thread> m_pairs;
};

} // namespace plimsoll::test
