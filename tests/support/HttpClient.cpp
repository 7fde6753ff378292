#include "tests/support/HttpClient.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace plimsoll::test {

bool HttpClient::connect()
{
    if (m_socket >= 0)
        return true;
    m_buffer.clear();
    m_socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval limit{m_timeoutMs / 1000, (m_timeoutMs % 1000) * 1000};
    const int one = 1;
    setsockopt(m_socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(m_socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    setsockopt(m_socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(uint16_t(m_port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(m_socket, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0)
        return true;
    close();
    return false;
}

void HttpClient::close()
{
    if (m_socket >= 0)
        ::close(m_socket);
    m_socket = -1;
}

bool HttpClient::send(std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t sent = ::send(m_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes.remove_prefix(size_t(sent));
    }
    return true;
}

bool HttpClient::receive()
{
    char piece[64 * 1024];
    const ssize_t got = ::recv(m_socket, piece, sizeof piece, 0);
    if (got <= 0)
        return false;
    m_buffer.append(piece, size_t(got));
    return true;
}

std::optional<std::string> HttpClient::takeLine()
{
    size_t end = 0;
    while ((end = m_buffer.find("\r\n")) == std::string::npos) {
        if (!receive())
            return std::nullopt;
    }
    std::string line = m_buffer.substr(0, end);
    m_buffer.erase(0, end + 2);
    return line;
}

bool HttpClient::takeBytes(size_t count, std::string &into)
{
    while (m_buffer.size() < count) {
        if (!receive())
            return false;
    }
    into.append(m_buffer, 0, count);
    m_buffer.erase(0, count);
    return true;
}

bool HttpClient::takeChunks(std::string &into)
{
    while (true) {
        const auto line = takeLine();
        size_t size = 0;
        if (!line || std::from_chars(line->data(), line->data() + line->size(), size, 16).ec != std::errc())
            return false;
        if (!takeBytes(size, into) || !takeLine())
            return false;
        if (size == 0)
            return true;
    }
}

bool HttpClient::readHead(HttpAnswer &answer)
{
    auto line = takeLine();
    if (!line || line->size() < 12)
        return false;
    answer.status = std::atoi(line->c_str() + 9);
    while ((line = takeLine()) && !line->empty()) {
        const size_t colon = std::min(line->find(':'), line->size() - 1);
        std::string name = line->substr(0, colon);
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return std::tolower(c); });
        const size_t begin = line->find_first_not_of(' ', colon + 1);
        answer.headers[name] = begin == std::string::npos ? "" : line->substr(begin);
    }
    return line.has_value();
}

bool HttpClient::readAnswer(std::string_view method, HttpAnswer &answer)
{
    do {
        if (!readHead(answer))
            return false;
    } while (answer.status == 100);
    if (method == "HEAD" || answer.status == 204 || answer.status == 304)
        return true;
    if (answer.headers["transfer-encoding"] == "chunked")
        return takeChunks(answer.body);
    return takeBytes(size_t(std::atoll(answer.headers["content-length"].c_str())), answer.body);
}

std::optional<HttpAnswer> HttpClient::request(std::string_view method, std::string_view path,
                                              std::string_view body, const Headers &headers)
{
    if (!connect())
        return std::nullopt;
    std::string text = std::string(method) + " " + std::string(path) +
                       " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(m_port) + "\r\n";
    for (const auto &[name, value] : headers)
        text += name + ": " + value + "\r\n";
    if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH")
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    (text += "\r\n") += body;

    HttpAnswer answer;
    const bool complete = send(text) && readAnswer(method, answer);
    if (!complete || answer.headers["connection"] == "close")
        close();
    return complete ? std::optional(std::move(answer)) : std::nullopt;
}

} // namespace plimsoll::test
