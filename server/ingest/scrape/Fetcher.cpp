#include "server/ingest/scrape/Fetcher.h"

#include "server/ingest/NameRules.h"
#include "server/ingest/scrape/ScraperWord.h"
#include "storage/model/AddressSort.h"

#include <curl/curl.h>

#include <QFile>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace plimsoll::ingest {
namespace {

constexpr int maxRedirects = 5;
constexpr qint64 maxSecretBytes = 1 << 20;

struct FreeEasy
{
    void operator()(CURL *easy) const { curl_easy_cleanup(easy); }
};
struct FreeList
{
    void operator()(curl_slist *list) const { curl_slist_free_all(list); }
};
struct FreeUrl
{
    void operator()(CURLU *url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

std::string part(const Url &url, CURLUPart which, unsigned flags = 0)
{
    char *text = nullptr;
    if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK)
        return {};
    std::string out(text);
    curl_free(text);
    return out;
}

/// Scheme, host and port: where credentials may go.
std::string originOf(const std::string &address)
{
    const Url url(curl_url());
    if (curl_url_set(url.get(), CURLUPART_URL, address.c_str(), 0) != CURLUE_OK)
        return {};
    return part(url, CURLUPART_SCHEME) + "://" + part(url, CURLUPART_HOST) + ':' +
           part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
}

std::span<const uint8_t> bytesOf(const sockaddr &address)
{
    if (address.sa_family == AF_INET)
        return {reinterpret_cast<const uint8_t *>(&reinterpret_cast<const sockaddr_in &>(address).sin_addr),
                4};
    if (address.sa_family == AF_INET6)
        return {reinterpret_cast<const uint8_t *>(&reinterpret_cast<const sockaddr_in6 &>(address).sin6_addr),
                16};
    return {};
}

std::string textOf(const sockaddr &address)
{
    char text[INET6_ADDRSTRLEN] = "";
    const auto bytes = bytesOf(address);
    ::inet_ntop(address.sa_family, bytes.data(), text, sizeof text);
    return text;
}

Result<std::string> read(const ScrapeSecret &secret, bool trimmed)
{
    if (secret.file.empty())
        return secret.text;
    QFile file(QString::fromStdString(secret.file));
    if (!file.open(QIODevice::ReadOnly))
        return Error{ErrorCode::NotFound, "The file " + secret.file + " cannot be read.", {}};
    const QByteArray bytes = file.read(maxSecretBytes);
    return (trimmed ? bytes.trimmed() : bytes).toStdString();
}

curl_blob blobOf(const std::string &bytes)
{
    return {const_cast<char *>(bytes.data()), bytes.size(), CURL_BLOB_COPY};
}

} // namespace

struct Fetcher::Multi
{
    explicit Multi(std::string agent)
        : userAgent(std::move(agent))
    {
        static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
        (void)global;
        handle = curl_multi_init();
        curl_multi_setopt(handle, CURLMOPT_MAX_TOTAL_CONNECTIONS, 512L);
    }
    ~Multi() { curl_multi_cleanup(handle); }

    CURLM *handle;
    const std::string userAgent;
    std::map<CURL *, std::unique_ptr<Transfer>> transfers;
    size_t heldBytes = 0;
};

/// One request with its redirects.
class Fetcher::Transfer
{
public:
    Transfer(Multi &multi, const ScrapeTarget &target, Done done)
        : m_multi(multi)
        , m_target(target)
        , m_done(std::move(done))
        , m_easy(curl_easy_init())
        , m_url(target.url)
        , m_origin(originOf(target.url))
        , m_began(std::chrono::steady_clock::now())
    {
    }
    ~Transfer() { m_multi.heldBytes -= m_held; }

    CURL *easy() { return m_easy.get(); }

    /// Everything for the next request; a reason where it cannot be made.
    Status prepare()
    {
        curl_easy_reset(easy());
        m_fetched = {};
        const int64_t left = m_target.timeoutMs - int64_t(elapsed() * 1000);
        if (left <= 0)
            return Error{ErrorCode::Timeout, timeoutText(), {}};
        set(CURLOPT_URL, m_url.c_str());
        set(CURLOPT_PROTOCOLS_STR, "http,https");
        set(CURLOPT_PROXY, "");
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_HTTP_VERSION, long(CURL_HTTP_VERSION_1_1));
        set(CURLOPT_TIMEOUT_MS, long(left));
        set(CURLOPT_USERAGENT, m_multi.userAgent.c_str());
        set(CURLOPT_PRIVATE, this);
        set(CURLOPT_ERRORBUFFER, m_errorText);
        set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::openSocket);
        set(CURLOPT_OPENSOCKETDATA, this);
        set(CURLOPT_WRITEFUNCTION, &Transfer::write);
        set(CURLOPT_WRITEDATA, this);
        // A connection that a redirect opens is checked anew and used once.
        set(CURLOPT_FRESH_CONNECT, m_redirects > 0 ? 1L : 0L);
        set(CURLOPT_FORBID_REUSE, m_redirects > 0 ? 1L : 0L);
        if (m_target.compression)
            set(CURLOPT_ACCEPT_ENCODING, "gzip");
        if (Status headers = setHeaders(originOf(m_url) == m_origin); !headers)
            return headers;
        return setTls(originOf(m_url) == m_origin);
    }

    /// After a request: true where another one follows.
    bool redirects()
    {
        const long status = number(CURLINFO_RESPONSE_CODE);
        char *next = nullptr;
        curl_easy_getinfo(easy(), CURLINFO_REDIRECT_URL, &next);
        if (!m_target.followRedirects || !next || status < 300 || status >= 400)
            return false;
        if (++m_redirects > maxRedirects) {
            m_refusal = "The target redirects more than " + std::to_string(maxRedirects) + " times.";
            return false;
        }
        m_url = next;
        m_wasPublic = m_wasPublic || reach() == AddressSort::Reach::Public;
        release();
        return true;
    }

    void finish(CURLcode result)
    {
        Fetched fetched = std::move(m_fetched);
        fetched.seconds = elapsed();
        const long status = number(CURLINFO_RESPONSE_CODE);
        char *type = nullptr;
        curl_easy_getinfo(easy(), CURLINFO_CONTENT_TYPE, &type);
        fetched.contentType = type ? type : "";
        if (!m_refusal.empty())
            fetched.error = m_refusal;
        else if (result == CURLE_OPERATION_TIMEDOUT)
            fetched.error = timeoutText();
        else if (result != CURLE_OK)
            fetched.error = *m_errorText ? m_errorText : curl_easy_strerror(result);
        else if (status != 200)
            fetched.error = "The target answered " + std::to_string(status) + " in place of 200.";
        if (!fetched.error.empty())
            fetched.body.clear();
        release();
        m_done(std::move(fetched));
    }
    void fail(const std::string &reason)
    {
        m_refusal = reason;
        finish(CURLE_OK);
    }

private:
    template<typename Value>
    void set(CURLoption option, Value value)
    {
        curl_easy_setopt(easy(), option, value);
    }
    long number(CURLINFO info)
    {
        long value = 0;
        curl_easy_getinfo(easy(), info, &value);
        return value;
    }
    /// Where the last answer came from; its connection may be an older one.
    AddressSort::Reach reach()
    {
        char *text = nullptr;
        curl_easy_getinfo(easy(), CURLINFO_PRIMARY_IP, &text);
        uint8_t bytes[16];
        if (text && ::inet_pton(AF_INET, text, bytes) == 1)
            return AddressSort::of({bytes, 4}).reach;
        if (text && ::inet_pton(AF_INET6, text, bytes) == 1)
            return AddressSort::of({bytes, 16}).reach;
        return AddressSort::Reach::Public;
    }
    double elapsed() const
    {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - m_began).count();
    }
    std::string timeoutText() const
    {
        return "The target did not answer within " + std::to_string(m_target.timeoutMs) + " ms.";
    }
    void release()
    {
        m_multi.heldBytes -= std::exchange(m_held, 0);
        m_fetched.body = {};
    }

    void addHeader(const std::string &line)
    {
        m_headers.reset(curl_slist_append(m_headers.release(), line.c_str()));
    }

    Status setHeaders(bool withSecrets)
    {
        m_headers.reset();
        addHeader("Accept: " + acceptHeader(m_target.protocols));
        addHeader(std::string(scraperHeader) + ": " + scraperWord());
        char seconds[32];
        std::snprintf(seconds, sizeof seconds, "%g", double(m_target.timeoutMs) / 1000);
        addHeader(std::string("X-Prometheus-Scrape-Timeout-Seconds: ") + seconds);
        for (size_t i = 0; withSecrets && i < m_target.headers.size(); i++) {
            const auto &[name, secret] = m_target.headers[i];
            const auto value = read(secret, true);
            if (!value)
                return value.error();
            if (value->find_first_of("\r\n") != std::string::npos)
                return Error{ErrorCode::Invalid,
                             "The header " + quoted(std::string_view(name)) + " holds a line break.",
                             {}};
            addHeader(value->empty() ? name + ';' : name + ": " + *value);
        }
        if (withSecrets && m_target.auth.kind != ScrapeAuth::Kind::None) {
            const auto secret = read(m_target.auth.secret, true);
            if (!secret)
                return secret.error();
            if (secret->find_first_of("\r\n") != std::string::npos)
                return Error{ErrorCode::Invalid, "The credentials hold a line break.", {}};
            const bool basic = m_target.auth.kind == ScrapeAuth::Kind::Basic;
            const std::string pair = m_target.auth.user + ':' + *secret;
            const std::string words =
                basic ? "Basic " + QByteArray::fromStdString(pair).toBase64().toStdString()
                      : m_target.auth.scheme + ' ' + *secret;
            addHeader("Authorization: " + words);
        }
        set(CURLOPT_HTTPHEADER, m_headers.get());
        return {};
    }

    Status setTls(bool withSecrets)
    {
        const ScrapeTls &tls = m_target.tls;
        if (tls.insecureSkipVerify) {
            set(CURLOPT_SSL_VERIFYPEER, 0L);
            set(CURLOPT_SSL_VERIFYHOST, 0L);
        }
        const auto ca = read(tls.ca, false);
        const auto certificate = read(tls.certificate, false);
        const auto key = read(tls.key, false);
        for (const auto *each : {&ca, &certificate, &key}) {
            if (!*each)
                return each->error();
        }
        if (!ca->empty())
            setBlob(CURLOPT_CAINFO_BLOB, *ca);
        if (withSecrets && !certificate->empty()) {
            setBlob(CURLOPT_SSLCERT_BLOB, *certificate);
            setBlob(CURLOPT_SSLKEY_BLOB, *key);
        }
        return withSecrets && !tls.serverName.empty() ? setServerName() : Status();
    }
    void setBlob(CURLoption option, const std::string &bytes)
    {
        curl_blob blob = blobOf(bytes);
        set(option, &blob);
    }

    /// The other name stands in the URL, so that the certificate is checked against it; the connection and
    /// the Host header are those of the target.
    Status setServerName()
    {
        const Url url(curl_url());
        if (curl_url_set(url.get(), CURLUPART_URL, m_url.c_str(), 0) != CURLUE_OK)
            return Error{ErrorCode::Invalid, "The URL cannot be read.", {}};
        const std::string host = part(url, CURLUPART_HOST);
        const std::string port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
        const std::string ownPort = part(url, CURLUPART_PORT);
        if (part(url, CURLUPART_SCHEME) != "https")
            return {};
        curl_url_set(url.get(), CURLUPART_HOST, m_target.tls.serverName.c_str(), 0);
        set(CURLOPT_URL, part(url, CURLUPART_URL).c_str());
        m_connectTo.reset(curl_slist_append(nullptr, ("::" + host + ':' + port).c_str()));
        set(CURLOPT_CONNECT_TO, m_connectTo.get());
        addHeader("Host: " + host + (ownPort.empty() ? "" : ':' + ownPort));
        set(CURLOPT_HTTPHEADER, m_headers.get());
        return {};
    }

    /// The connection goes to the address that is checked here.
    static curl_socket_t openSocket(void *self, curlsocktype, curl_sockaddr *address)
    {
        auto &transfer = *static_cast<Transfer *>(self);
        const AddressSort sort = AddressSort::of(bytesOf(address->addr));
        const std::string text = textOf(address->addr);
        if (sort.reach == AddressSort::Reach::Refused) {
            transfer.m_refusal = text + " is " + sort.what + "; scrapes never go there.";
            return CURL_SOCKET_BAD;
        }
        if (transfer.m_wasPublic && sort.reach == AddressSort::Reach::Private) {
            transfer.m_refusal =
                "The target redirects from a public address to " + text + ", " + sort.what + ".";
            return CURL_SOCKET_BAD;
        }
        transfer.m_refusal.clear();
        return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    }

    static size_t write(char *bytes, size_t, size_t count, void *self)
    {
        auto &transfer = *static_cast<Transfer *>(self);
        if (transfer.number(CURLINFO_RESPONSE_CODE) != 200)
            return count; // nobody reads it
        std::string &body = transfer.m_fetched.body;
        if (body.size() + count > size_t(transfer.m_target.bounds.bodyBytes)) {
            transfer.m_refusal = "The body has more than " +
                                 std::to_string(transfer.m_target.bounds.bodyBytes) +
                                 " bytes (body_size_limit).";
            return 0;
        }
        if (transfer.m_multi.heldBytes + count > maxHeldBytes) {
            transfer.m_refusal = "Too many large bodies of targets are under way at once.";
            return 0;
        }
        body.append(bytes, count);
        transfer.m_held += count;
        transfer.m_multi.heldBytes += count;
        return count;
    }

    Multi &m_multi;
    const ScrapeTarget m_target;
    Done m_done;
    std::unique_ptr<CURL, FreeEasy> m_easy;
    std::unique_ptr<curl_slist, FreeList> m_headers;
    std::unique_ptr<curl_slist, FreeList> m_connectTo;
    std::string m_url;
    const std::string m_origin;
    const std::chrono::steady_clock::time_point m_began;
    Fetched m_fetched;
    std::string m_refusal; ///< ours, in place of what curl says
    char m_errorText[CURL_ERROR_SIZE] = "";
    bool m_wasPublic = false; ///< one of the redirects before was
    int m_redirects = 0;
    size_t m_held = 0;
};

Fetcher::Fetcher(std::string userAgent)
    : m_multi(std::make_unique<Multi>(std::move(userAgent)))
{
}

Fetcher::~Fetcher()
{
    for (const auto &[easy, transfer] : m_multi->transfers)
        curl_multi_remove_handle(m_multi->handle, easy);
    m_multi->transfers.clear();
}

void Fetcher::start(const ScrapeTarget &target, Done done)
{
    auto transfer = std::make_unique<Transfer>(*m_multi, target, std::move(done));
    if (const Status ready = transfer->prepare(); !ready) {
        transfer->fail(ready.error().message);
        return;
    }
    CURL *easy = transfer->easy();
    m_multi->transfers.emplace(easy, std::move(transfer));
    curl_multi_add_handle(m_multi->handle, easy);
}

void Fetcher::run(int64_t maxWaitMs)
{
    int running = 0;
    curl_multi_perform(m_multi->handle, &running);
    int left = 0;
    bool ended = false;
    while (const CURLMsg *message = curl_multi_info_read(m_multi->handle, &left)) {
        if (message->msg != CURLMSG_DONE)
            continue;
        const auto found = m_multi->transfers.find(message->easy_handle);
        finish(*found->second, message->data.result);
        ended = true;
    }
    if (!ended)
        curl_multi_poll(m_multi->handle, nullptr, 0, static_cast<int>(maxWaitMs), nullptr);
}

void Fetcher::finish(Transfer &transfer, int result)
{
    CURL *easy = transfer.easy();
    curl_multi_remove_handle(m_multi->handle, easy);
    if (result == CURLE_OK && transfer.redirects()) {
        const Status ready = transfer.prepare();
        if (ready) {
            curl_multi_add_handle(m_multi->handle, easy);
            return;
        }
        transfer.fail(ready.error().message);
    } else {
        transfer.finish(static_cast<CURLcode>(result));
    }
    m_multi->transfers.erase(easy);
}

void Fetcher::wake() { curl_multi_wakeup(m_multi->handle); }
size_t Fetcher::underWay() const { return m_multi->transfers.size(); }

} // namespace plimsoll::ingest
