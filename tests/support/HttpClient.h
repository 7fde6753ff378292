#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plimsoll::test {

/// What a server answered.
struct HttpAnswer
{
    int status = 0;
    std::map<std::string, std::string> headers; ///< names in lower case
    std::string body;
};

/// A plain blocking HTTP/1.1 client over one keep-alive connection to 127.0.0.1, for tests: it knows nothing
/// of the code under test. Not thread-safe; a thread makes its own.
class HttpClient
{
public:
    using Headers = std::vector<std::pair<std::string, std::string>>;

    explicit HttpClient(int port, int timeoutMs = 60'000)
        : m_port(port)
        , m_timeoutMs(timeoutMs)
    {
    }
    ~HttpClient() { close(); }
    HttpClient(const HttpClient &) = delete;
    HttpClient &operator=(const HttpClient &) = delete;

    /// Nothing where the connection broke before a whole answer came: the request may or may not have been
    /// carried out.
    std::optional<HttpAnswer> request(std::string_view method, std::string_view path,
                                      std::string_view body = {}, const Headers &headers = {});
    std::optional<HttpAnswer> get(std::string_view path, const Headers &headers = {})
    {
        return request("GET", path, {}, headers);
    }
    std::optional<HttpAnswer> post(std::string_view path, std::string_view body, const Headers &headers = {})
    {
        return request("POST", path, body, headers);
    }
    void close();

private:
    bool connect();
    bool send(std::string_view bytes);
    bool receive();
    bool readAnswer(std::string_view method, HttpAnswer &answer);
    bool readHead(HttpAnswer &answer);
    std::optional<std::string> takeLine();
    bool takeBytes(size_t count, std::string &into);
    bool takeChunks(std::string &into);

    int m_port;
    int m_timeoutMs;
    int m_socket = -1;
    std::string m_buffer;
};

} // namespace plimsoll::test
