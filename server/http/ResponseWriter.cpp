#include "server/http/ResponseWriter.h"

#include "server/http/ContentCoding.h"

#include <algorithm>

namespace plimsoll::http {

namespace {

constexpr qsizetype minCompressedBytes = 1024;

const char *reason(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 202:
        return "Accepted";
    case 204:
        return "No Content";
    case 206:
        return "Partial Content";
    case 301:
        return "Moved Permanently";
    case 302:
        return "Found";
    case 303:
        return "See Other";
    case 304:
        return "Not Modified";
    case 307:
        return "Temporary Redirect";
    case 308:
        return "Permanent Redirect";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 406:
        return "Not Acceptable";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 410:
        return "Gone";
    case 412:
        return "Precondition Failed";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 417:
        return "Expectation Failed";
    case 422:
        return "Unprocessable Content";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 505:
        return "HTTP Version Not Supported";
    case 507:
        return "Insufficient Storage";
    default:
        break;
    }
    return "Status";
}

bool bodyless(int status) { return status == 204 || status == 304 || status < 200; }

/// Without the characters that could start another header.
QByteArray cleaned(QByteArray value)
{
    value.removeIf([](char c) { return (uint8_t(c) < 0x20 && c != '\t') || c == 0x7f; });
    return value;
}

bool isHeaderName(const QByteArray &name)
{
    return !name.isEmpty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_';
    });
}

bool isCompressible(const QByteArray &type)
{
    return type.startsWith("text/") || type.contains("json") || type.contains("javascript") ||
           type.contains("xml") || type.contains("openmetrics");
}

/// Appends headers and remembers which of the defaults were given.
class HeaderBlock
{
public:
    explicit HeaderBlock(int status)
    {
        m_bytes.reserve(512);
        m_bytes += "HTTP/1.1 ";
        m_bytes += QByteArray::number(status);
        m_bytes += ' ';
        m_bytes += reason(status);
        m_bytes += "\r\n";
    }

    void add(const char *name, const QByteArray &value)
    {
        m_bytes += name;
        m_bytes += ": ";
        m_bytes += value;
        m_bytes += "\r\n";
    }

    void addGiven(const Response &response)
    {
        for (const auto &[name, value] : response.headers) {
            if (!isHeaderName(name) || isOurs(name))
                continue;
            note(name);
            add(name.constData(), cleaned(value));
        }
    }

    void addDefaults(const Response &response)
    {
        const bool page = response.contentType.startsWith("text/html");
        add("X-Content-Type-Options", "nosniff");
        if (!m_referrer)
            add("Referrer-Policy", "no-referrer");
        if (!m_caching)
            add("Cache-Control", "no-store");
        if (!m_policy)
            add("Content-Security-Policy", page ? pagePolicy : "default-src 'none'; frame-ancestors 'none'");
        if (!m_sharing)
            add("Cross-Origin-Resource-Policy", "same-origin");
        if (page)
            add("X-Frame-Options", "DENY");
    }

    void addConnection(const AnswerShape &shape)
    {
        if (shape.close)
            add("Connection", "close");
        else if (shape.http10)
            add("Connection", "keep-alive");
    }

    void addShare(const OriginShare &share)
    {
        if (share.variesByOrigin)
            add("Vary", "Origin");
        if (share.allowOrigin.isEmpty())
            return;
        add("Access-Control-Allow-Origin", share.allowOrigin);
        add("Access-Control-Expose-Headers", "Link, Retry-After, Idempotent-Replayed");
    }

    QByteArray finished()
    {
        m_bytes += "\r\n";
        return std::move(m_bytes);
    }

private:
    /// Headers that only the connection may set.
    static bool isOurs(const QByteArray &name)
    {
        for (const char *ours :
             {"content-length", "transfer-encoding", "connection", "date", "x-content-type-options"}) {
            if (!name.compare(ours, Qt::CaseInsensitive))
                return true;
        }
        return false;
    }

    void note(const QByteArray &name)
    {
        m_referrer = m_referrer || !name.compare("referrer-policy", Qt::CaseInsensitive);
        m_caching = m_caching || !name.compare("cache-control", Qt::CaseInsensitive);
        m_policy = m_policy || !name.compare("content-security-policy", Qt::CaseInsensitive);
        m_sharing = m_sharing || !name.compare("cross-origin-resource-policy", Qt::CaseInsensitive);
    }

    QByteArray m_bytes;
    bool m_referrer = false;
    bool m_caching = false;
    bool m_policy = false;
    bool m_sharing = false;
};

bool hasHeader(const Response &response, const char *name)
{
    return std::any_of(response.headers.begin(), response.headers.end(), [name](const auto &header) {
        return !header.first.compare(name, Qt::CaseInsensitive);
    });
}

/// A compressed answer has other bytes, so a strong validator becomes a weak one.
void weakenTag(Response &response)
{
    for (auto &[name, value] : response.headers) {
        if (!name.compare("etag", Qt::CaseInsensitive) && value.startsWith('"'))
            value.prepend("W/");
    }
}

void compress(Response &response, const AnswerShape &shape)
{
    if (bodyless(response.status) || response.status == 206 || response.body.size() < minCompressedBytes ||
        !isCompressible(response.contentType) || hasHeader(response, "content-encoding"))
        return;
    response.headers.emplace_back("Vary", "Accept-Encoding");
    const Coding coding = preferredCoding(shape.acceptEncoding);
    if (coding == Coding::Identity)
        return;
    QByteArray smaller = encodeContent(coding, response.body);
    if (smaller.isEmpty() || smaller.size() >= response.body.size())
        return;
    response.body = std::move(smaller);
    response.headers.emplace_back("Content-Encoding", coding == Coding::Gzip ? "gzip" : "zstd");
    weakenTag(response);
}

} // namespace

WireAnswer wireAnswer(Response response, const AnswerShape &shape, const QByteArray &date)
{
    compress(response, shape);
    HeaderBlock block(response.status);
    if (!date.isEmpty())
        block.add("Date", date);
    if (!bodyless(response.status)) {
        if (!response.contentType.isEmpty())
            block.add("Content-Type", cleaned(response.contentType));
        block.add("Content-Length", QByteArray::number(response.body.size()));
    }
    block.addGiven(response);
    block.addDefaults(response);
    block.addShare(shape.share);
    block.addConnection(shape);
    WireAnswer answer{block.finished(), {}};
    if (!bodyless(response.status) && !shape.head)
        answer.body = std::move(response.body);
    return answer;
}

QByteArray streamHead(const Response &response, const AnswerShape &shape, const QByteArray &date)
{
    HeaderBlock block(response.status);
    block.add("Date", date);
    block.add("Content-Type", cleaned(response.contentType));
    if (!shape.http10)
        block.add("Transfer-Encoding", "chunked");
    block.addGiven(response);
    block.addDefaults(response);
    block.addShare(shape.share);
    block.addConnection(shape);
    return block.finished();
}

} // namespace plimsoll::http
