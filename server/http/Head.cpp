#include "server/http/Head.h"

#include "server/http/Method.h"
#include "server/http/PercentCoding.h"

#include <charconv>

namespace plimsoll::http {

namespace {

bool isTokenChar(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

bool isToken(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), isTokenChar);
}

bool isFieldValue(std::string_view text)
{
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return c == '\t' || (uint8_t(c) >= 0x20 && uint8_t(c) != 0x7f); });
}

std::string lowered(std::string_view text)
{
    std::string out(text);
    for (char &c : out)
        c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
    return out;
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

Response badRequest(const std::string &message) { return Response::error(400, "bad_request", message); }

/// Takes the next line, which ends with CR LF or with the text.
std::string_view takeLine(std::string_view &text)
{
    const size_t end = text.find("\r\n");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    return line;
}

/// The parser's state while it goes through the lines.
class HeadParser
{
public:
    explicit HeadParser(int maxHeaders)
        : m_maxHeaders(maxHeaders)
    {
    }

    std::variant<Head, Response> parse(std::string_view text)
    {
        auto failed = requestLine(takeLine(text));
        while (!failed && !text.empty())
            failed = headerLine(takeLine(text));
        if (!failed)
            failed = conclusion();
        if (failed)
            return std::move(*failed);
        return std::move(m_head);
    }

private:
    using Failure = std::optional<Response>;

    Failure requestLine(std::string_view line)
    {
        const size_t first = line.find(' ');
        const size_t last = line.rfind(' ');
        if (first == std::string_view::npos || first == last || !isToken(line.substr(0, first)))
            return badRequest("The request line is malformed.");
        if (Failure failed = version(line.substr(last + 1)))
            return failed;
        const auto method = methodNamed(line.substr(0, first));
        if (!method)
            return Response::error(501, "unknown_method", "This method is not known here.");
        m_head.method = *method;
        return target(line.substr(first + 1, last - first - 1));
    }

    Failure version(std::string_view text)
    {
        if (text.size() != 8 || !text.starts_with("HTTP/") || text[6] != '.')
            return badRequest("The request line is malformed.");
        if (text[5] != '1' || (text[7] != '0' && text[7] != '1'))
            return Response::error(505, "version", "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
        m_head.http10 = text[7] == '0';
        m_head.keepAlive = !m_head.http10;
        return {};
    }

    Failure target(std::string_view text)
    {
        for (const std::string_view scheme : {"http://", "https://"}) {
            if (!text.starts_with(scheme))
                continue;
            const size_t slash = text.find('/', scheme.size());
            m_authority = lowered(text.substr(scheme.size(), slash - scheme.size()));
            text = slash == std::string_view::npos ? std::string_view("/") : text.substr(slash);
        }
        m_head.target = text;
        const size_t question = text.find('?');
        if (question != std::string_view::npos)
            m_head.rawQuery = text.substr(question + 1);
        const bool clean = std::all_of(text.begin(), text.end(), [](char c) {
            return uint8_t(c) > 0x20 && uint8_t(c) != 0x7f && c != '#';
        });
        auto path = clean ? decodedPath(text.substr(0, question)) : std::nullopt;
        if (!path)
            return Response::error(400, "bad_path", "The path is malformed or leads outside.",
                                   "Dot segments, encoded slashes and control characters are refused.");
        m_head.path = std::move(*path);
        return {};
    }

    Failure headerLine(std::string_view line)
    {
        if (int(m_head.headers.size()) >= m_maxHeaders)
            return Response::error(431, "head_too_large", "The request has too many headers.");
        const size_t colon = line.find(':');
        if (colon == std::string_view::npos || !isToken(line.substr(0, colon)))
            return badRequest("A header line is malformed.");
        const std::string_view value = trimmed(line.substr(colon + 1));
        if (!isFieldValue(value))
            return badRequest("A header value has control characters.");
        m_head.headers.emplace_back(lowered(line.substr(0, colon)), std::string(value));
        return meaning(m_head.headers.back().first, m_head.headers.back().second);
    }

    Failure meaning(const std::string &name, const std::string &value)
    {
        if (name == "content-length")
            return contentLength(value);
        if (name == "transfer-encoding")
            return transferEncoding(value);
        if (name == "connection")
            return connection(lowered(value));
        if (name == "expect") {
            if (lowered(value) != "100-continue")
                return Response::error(417, "expectation", "Only 100-continue can be expected.");
            m_head.expectsContinue = true;
        } else if (name == "host") {
            m_hosts++;
            if (!m_authority.empty() && m_authority != lowered(value))
                return badRequest("The Host header and the request line name different hosts.");
        }
        return {};
    }

    Failure contentLength(std::string_view value)
    {
        int64_t length = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
        if (m_head.contentLength || error != std::errc() || end != value.data() + value.size() ||
            value.front() == '-')
            return badRequest("Content-Length is malformed or given twice.");
        m_head.contentLength = length;
        return {};
    }

    Failure transferEncoding(const std::string &value)
    {
        if (m_head.chunked)
            return badRequest("Transfer-Encoding is given twice.");
        if (lowered(value) != "chunked")
            return Response::error(501, "transfer_encoding",
                                   "Only the chunked transfer encoding is known here.");
        m_head.chunked = true;
        return {};
    }

    Failure connection(std::string_view value)
    {
        while (!value.empty()) {
            const size_t comma = value.find(',');
            const std::string_view option = trimmed(value.substr(0, comma));
            value.remove_prefix(comma == std::string_view::npos ? value.size() : comma + 1);
            m_close = m_close || option == "close";
            m_keep = m_keep || option == "keep-alive";
        }
        return {};
    }

    Failure conclusion()
    {
        if (m_head.chunked && (m_head.contentLength || m_head.http10))
            return badRequest("Transfer-Encoding goes with neither Content-Length nor HTTP/1.0.");
        if (m_hosts > 1 || (m_hosts == 0 && !m_head.http10))
            return badRequest("A request names its host once.");
        m_head.keepAlive = !m_close && (m_head.keepAlive || m_keep);
        m_head.expectsContinue = m_head.expectsContinue && !m_head.http10;
        return {};
    }

    const int m_maxHeaders;
    Head m_head;
    std::string m_authority;
    int m_hosts = 0;
    bool m_close = false;
    bool m_keep = false;
};

} // namespace

std::optional<std::string> decodedPath(std::string_view target)
{
    if (target.empty() || target.front() != '/')
        return std::nullopt;
    for (size_t i = target.find('%'); i != std::string_view::npos; i = target.find('%', i + 1)) {
        const std::string escape = lowered(target.substr(i, 3));
        if (escape == "%2f" || escape == "%5c" || escape == "%00")
            return std::nullopt;
    }
    auto path = percentDecoded(target, false);
    if (!path || !isUtf8(*path))
        return std::nullopt;
    if (std::any_of(path->begin(), path->end(),
                    [](char c) { return uint8_t(c) < 0x20 || c == 0x7f || c == '\\'; }))
        return std::nullopt;
    for (size_t at = 0; at != std::string::npos; at = path->find('/', at + 1)) {
        const std::string_view segment = std::string_view(*path).substr(at + 1);
        if (segment == "." || segment == ".." || segment.starts_with("./") || segment.starts_with("../"))
            return std::nullopt;
    }
    return path;
}

std::variant<Head, Response> parseHead(std::string_view text, int maxHeaders)
{
    return HeadParser(maxHeaders).parse(text);
}

size_t endOfHead(std::string_view bytes, size_t from, bool &broken)
{
    for (size_t i = bytes.find('\n', from); i != std::string_view::npos; i = bytes.find('\n', i + 1)) {
        if (i == 0 || bytes[i - 1] != '\r') {
            broken = true;
            return std::string_view::npos;
        }
        if (i >= 3 && bytes[i - 2] == '\n')
            return i + 1;
    }
    return std::string_view::npos;
}

} // namespace plimsoll::http
