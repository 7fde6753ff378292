#include "alerts/checks/HttpProbe.h"

#include "alerts/OutboundPolicy.h"
#include "alerts/checks/ProbeContext.h"

namespace plimsoll::alerts {

namespace {

constexpr double msPerDay = 24.0 * 3'600'000;

long curlVersion(const QString &version)
{
    if (version == "1.0")
        return CURL_SSLVERSION_TLSv1_0;
    if (version == "1.1")
        return CURL_SSLVERSION_TLSv1_1;
    return version == "1.3" ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2;
}

/// The days until the first certificate of the chain ends, where the server showed one.
std::optional<double> expiryDays(CURL *transfer, int64_t nowMs)
{
    curl_certinfo *chain = nullptr;
    if (curl_easy_getinfo(transfer, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain)
        return {};
    std::optional<double> soonest;
    for (int i = 0; i < chain->num_of_certs; i++) {
        for (const curl_slist *line = chain->certinfo[i]; line; line = line->next) {
            const std::string_view text(line->data);
            if (!text.starts_with("Expire date:"))
                continue;
            const time_t ends = curl_getdate(line->data + sizeof "Expire date:" - 1, nullptr);
            const double days = (double(ends) * 1000 - double(nowMs)) / msPerDay;
            if (ends > 0)
                soonest = std::min(soonest.value_or(days), days);
        }
    }
    return soonest;
}

bool isRedirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

} // namespace

HttpProbe::HttpProbe(const Check &check, ProbeContext &context)
    : Probe(check)
    , m_context(context)
    , m_first(QString::fromStdString(check.target), QUrl::StrictMode)
    , m_settings(check.settings)
    , m_expectation(check.expect)
    , m_method(check.settings.value("method").toString())
    , m_requestBody(check.settings.value("body").toString().toUtf8())
    , m_redirectsLeft(check.settings.value("redirects").toInt())
{
}

HttpProbe::~HttpProbe() { release(); }

void HttpProbe::release()
{
    if (m_transfer) {
        m_context.curl().remove(m_transfer);
        curl_easy_cleanup(m_transfer);
    }
    curl_slist_free_all(m_headers);
    curl_slist_free_all(m_connectTo);
    m_transfer = nullptr;
    m_headers = nullptr;
    m_connectTo = nullptr;
}

void HttpProbe::begin() { visit(m_first); }

void HttpProbe::visit(const QUrl &url)
{
    m_url = url;
    if (const Status status = OutboundPolicy::checkUrl(url); !status)
        return fail("The URL " + status.error().message);
    const std::string host = url.host(QUrl::FullyEncoded).toStdString();
    m_context.lookup().find(host, this, [this](const HostLookup::Addresses &found) {
        if (isFinished())
            return;
        if (!found)
            return fail(found.error().message);
        m_addresses = *found;
        tryNext();
    });
}

/// Each address gets an equal part of the time that is left for connecting.
void HttpProbe::tryNext()
{
    release();
    const int64_t connectMs =
        m_addresses.size() == 1 ? remainingMs() + 1000 : remainingMs() / m_addresses.size();
    const QHostAddress address = m_addresses.takeFirst();
    if (m_wasPublic && HostLookup::isPrivate(address))
        return fail("The redirect leads from a public to a private address; it is not followed.");
    m_body.clear();
    m_transfer = curl_easy_init();
    prepare(address);
    prepareTls();
    prepareHeaders();
    curl_easy_setopt(m_transfer, CURLOPT_CONNECTTIMEOUT_MS, long(connectMs));
    m_wasPublic = m_wasPublic || !HostLookup::isPrivate(address);
    m_context.curl().add(m_transfer, [this](CURLcode code) { ended(code); });
}

void HttpProbe::prepare(const QHostAddress &address)
{
    const QString literal = address.protocol() == QAbstractSocket::IPv6Protocol
                                ? "[" + address.toString() + "]"
                                : address.toString();
    // An empty host and port stand for any: the connection goes to this address, names stay as they are.
    m_connectTo = curl_slist_append(nullptr, ("::" + literal.toStdString() + ":").c_str());
    curl_easy_setopt(m_transfer, CURLOPT_CONNECT_TO, m_connectTo);
    curl_easy_setopt(m_transfer, CURLOPT_URL, m_url.toEncoded(QUrl::RemoveFragment).constData());
    curl_easy_setopt(m_transfer, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(m_transfer, CURLOPT_PROXY, "");
    curl_easy_setopt(m_transfer, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(m_transfer, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(m_transfer, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(m_transfer, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(m_transfer, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(m_transfer, CURLOPT_TIMEOUT_MS, long(remainingMs() + 1000));
    curl_easy_setopt(m_transfer, CURLOPT_USERAGENT, m_context.options().userAgent.c_str());
    curl_easy_setopt(m_transfer, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(m_transfer, CURLOPT_ERRORBUFFER, m_errorText.data());
    curl_easy_setopt(m_transfer, CURLOPT_WRITEFUNCTION, &HttpProbe::onBody);
    curl_easy_setopt(m_transfer, CURLOPT_WRITEDATA, this);
}

void HttpProbe::prepareTls()
{
    const QJsonObject tls = m_settings.value("tls").toObject();
    const bool verify = tls.value("verify").toBool(true);
    curl_easy_setopt(m_transfer, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
    curl_easy_setopt(m_transfer, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
    curl_easy_setopt(m_transfer, CURLOPT_SSLVERSION, curlVersion(tls.value("min_version").toString()));
    curl_easy_setopt(m_transfer, CURLOPT_CERTINFO, 1L);
}

void HttpProbe::prepareHeaders()
{
    if (m_method == "HEAD")
        curl_easy_setopt(m_transfer, CURLOPT_NOBODY, 1L);
    else
        curl_easy_setopt(m_transfer, CURLOPT_CUSTOMREQUEST, m_method.toLatin1().constData());
    if (!m_requestBody.isEmpty()) {
        curl_easy_setopt(m_transfer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(m_requestBody.size()));
        curl_easy_setopt(m_transfer, CURLOPT_POSTFIELDS, m_requestBody.constData());
    }
    m_headers = curl_slist_append(nullptr, "Expect:");
    const bool ownHost = m_url.host() == m_first.host() && m_url.port() == m_first.port() &&
                         m_url.scheme() == m_first.scheme();
    const QJsonObject headers = ownHost ? m_settings.value("headers").toObject() : QJsonObject();
    for (auto it = headers.begin(); it != headers.end(); ++it) {
        const QByteArray value = it->toString().toUtf8();
        const QByteArray line = it.key().toUtf8() + (value.isEmpty() ? ";" : ": " + value);
        m_headers = curl_slist_append(m_headers, line.constData());
    }
    curl_easy_setopt(m_transfer, CURLOPT_HTTPHEADER, m_headers);
}

/// Stops the transfer where enough was read.
size_t HttpProbe::onBody(char *bytes, size_t size, size_t count, void *probe)
{
    QByteArray &body = static_cast<HttpProbe *>(probe)->m_body;
    const size_t length = size * count;
    const size_t room = size_t(maxAnswerBytes - body.size());
    body.append(bytes, qsizetype(std::min(length, room)));
    return length <= room ? length : CURL_WRITEFUNC_ERROR;
}

void HttpProbe::ended(CURLcode code)
{
    if (isFinished())
        return;
    const bool cut = code == CURLE_WRITE_ERROR && m_body.size() >= maxAnswerBytes;
    if (code == CURLE_OK || cut)
        return answered();
    long connects = 0;
    curl_easy_getinfo(m_transfer, CURLINFO_NUM_CONNECTS, &connects);
    const bool never = code == CURLE_COULDNT_CONNECT || (code == CURLE_OPERATION_TIMEDOUT && connects == 0);
    if (never && !m_addresses.isEmpty())
        return tryNext();
    fail(problemOf(code));
}

void HttpProbe::answered()
{
    long status = 0;
    char *location = nullptr;
    curl_easy_getinfo(m_transfer, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(m_transfer, CURLINFO_REDIRECT_URL, &location);
    if (isRedirect(int(status)) && location && m_settings.value("redirects").toInt() > 0)
        return follow(int(status), QUrl(QString::fromUtf8(location), QUrl::StrictMode));
    ProbeResult result = m_expectation.judge(int(status), m_body);
    if (const auto days = expiryDays(m_transfer, m_context.clock().nowMs()))
        result.figures.emplace_back("check_tls_expiry_days", *days);
    result.figures.emplace_back("check_http_status", double(status));
    finish(std::move(result));
}

void HttpProbe::follow(int status, const QUrl &location)
{
    if (m_redirectsLeft-- <= 0)
        return fail("There were more than " + std::to_string(m_settings.value("redirects").toInt()) +
                    " redirects.");
    if (status == 303 || ((status == 301 || status == 302) && m_method == "POST")) {
        m_method = m_method == "HEAD" ? "HEAD" : "GET";
        m_requestBody.clear();
    }
    // The transfer ends within its own call; the next one begins from the event loop.
    QTimer::singleShot(0, this, [this, location] { isFinished() ? void() : visit(location); });
}

std::string HttpProbe::problemOf(CURLcode code) const
{
    const std::string host = m_url.authority().toStdString();
    const std::string detail = m_errorText[0] ? m_errorText.data() : curl_easy_strerror(code);
    switch (code) {
    case CURLE_COULDNT_CONNECT:
        return host + " cannot be reached: the connection was refused or there is no way there.";
    case CURLE_OPERATION_TIMEDOUT:
        return lateMessage();
    case CURLE_PEER_FAILED_VERIFICATION:
        return "The certificate of " + host + " is not accepted: " + detail + ".";
    case CURLE_GOT_NOTHING:
        return host + " closed the connection without an answer.";
    default:
        return host + " gave no answer: " + detail + ".";
    }
}

std::string HttpProbe::lateMessage() const
{
    return m_url.authority().toStdString() + " did not answer in time.";
}

} // namespace plimsoll::alerts
