#include "alerts/OutboundHttp.h"

#include "alerts/OneWayBody.h"

#include <QCoroFuture>
#include <QElapsedTimer>
#include <QHostInfo>
#include <QNetworkProxy>
#include <QNetworkReply>
#include <QPromise>
#include <QTimer>

namespace plimsoll::alerts {

/// What has been read of an answer; shared with the slots that read it.
struct OutboundHttp::Answer
{
    QByteArray body;
    std::optional<int> status;
    std::optional<int64_t> retryAfterMs;
    QByteArray location;
    bool timedOut = false;
    QNetworkReply::NetworkError error = QNetworkReply::OperationCanceledError;
    QString errorText;
};

struct OutboundHttp::Hop
{
    Hop() = default;

    SendOutcome outcome;
    QByteArray location;   ///< where the answer redirects
    bool isPublic = false; ///< the address that was connected to
};

namespace {

int64_t monotonicMs()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

SendOutcome failed(std::string error)
{
    SendOutcome outcome;
    outcome.error = std::move(error);
    return outcome;
}

std::optional<int64_t> retryAfterOf(const QNetworkReply &reply)
{
    bool isNumber = false;
    const qint64 seconds = reply.rawHeader("Retry-After").trimmed().toLongLong(&isNumber);
    return isNumber && seconds >= 0 ? std::optional<int64_t>(std::min<qint64>(seconds, 3600) * 1000)
                                    : std::nullopt;
}

void readInto(const std::shared_ptr<OutboundHttp::Answer> &answer, QNetworkReply *reply, qint64 maxBytes)
{
    if (const QVariant status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute);
        status.isValid()) {
        answer->status = status.toInt();
        answer->retryAfterMs = retryAfterOf(*reply);
        answer->location = reply->rawHeader("Location");
    }
    const qint64 room = maxBytes - answer->body.size();
    answer->body += reply->read(room);
    if (answer->body.size() >= maxBytes && reply->isRunning())
        reply->abort();
}

/// The answer's beginning as text; bytes that are not UTF-8 become U+FFFD.
std::string shown(const QByteArray &body, qsizetype maxBytes)
{
    return QString::fromUtf8(body.left(maxBytes)).toStdString();
}

/// True where nothing can have reached the receiver, so that its next address may be tried.
bool neverConnected(QNetworkReply::NetworkError error)
{
    return error == QNetworkReply::ConnectionRefusedError || error == QNetworkReply::HostNotFoundError ||
           error == QNetworkReply::UnknownNetworkError || error == QNetworkReply::NetworkSessionFailedError;
}

SendOutcome toOutcome(const OutboundHttp::Answer &answer, qsizetype shownBytes)
{
    SendOutcome outcome;
    outcome.status = answer.status;
    outcome.retryAfterMs = answer.retryAfterMs;
    outcome.connected = answer.status || !neverConnected(answer.error);
    outcome.body = shown(answer.body, shownBytes);
    if (answer.status) {
        outcome.delivered = *answer.status >= 200 && *answer.status < 300;
        if (!outcome.delivered)
            outcome.error = "The receiver answered " + std::to_string(*answer.status) + ".";
    } else if (answer.timedOut) {
        outcome.error = "The receiver did not answer in time.";
    } else {
        outcome.error = answer.error == QNetworkReply::NoError ? "The receiver gave no answer."
                                                               : answer.errorText.toStdString();
    }
    return outcome;
}

bool isRedirect(const SendOutcome &outcome)
{
    constexpr std::array redirects{301, 302, 303, 307, 308};
    return outcome.status &&
           std::find(redirects.begin(), redirects.end(), *outcome.status) != redirects.end();
}

bool sameOrigin(const QUrl &a, const QUrl &b)
{
    const auto port = [](const QUrl &url) { return url.port(url.scheme() == "https" ? 443 : 80); };
    return a.host() == b.host() && a.scheme() == b.scheme() && port(a) == port(b);
}

/// http to https of the same host, both on their usual ports.
bool isUpgrade(const QUrl &from, const QUrl &to)
{
    return from.host() == to.host() && from.scheme() == "http" && to.scheme() == "https" &&
           from.port(80) == 80 && to.port(443) == 443;
}

/// Turns a request into the one that the answer asks for; the method and the body stay, but for 303.
Status redirect(OutboundRequest &request, const QByteArray &location, int status)
{
    const std::string where = "The receiver redirects (" + std::to_string(status) + ") ";
    const QUrl next = request.url.resolved(QUrl::fromEncoded(location.trimmed(), QUrl::StrictMode));
    if (location.isEmpty())
        return Error{ErrorCode::Invalid, where + "without saying where.", {}};
    if (Status allowed = OutboundPolicy::checkUrl(next); !allowed)
        return Error{ErrorCode::Forbidden, where + "to a URL that " + allowed.error().message, {}};
    if (request.url.scheme() == "https" && next.scheme() == "http")
        return Error{ErrorCode::Forbidden, where + "from https to http.", {}};
    if (!sameOrigin(request.url, next) && !isUpgrade(request.url, next)) {
        if (request.bodyIsSecret)
            return Error{
                ErrorCode::Forbidden, where + "to another host, which must not see the secrets.", {}};
        request.ownHeaders.clear();
    }
    request.url = next;
    if (status == 303) {
        request.method = "GET";
        request.body.clear();
        std::erase_if(request.headers, [](const auto &header) { return header.first == "Content-Type"; });
    }
    return {};
}

} // namespace

OutboundHttp::OutboundHttp(OutboundPolicy policy, Options options, QObject *parent)
    : QObject(parent)
    , m_policy(policy)
    , m_options(std::move(options))
{
}

OutboundHttp::~OutboundHttp() { stop(); }

void OutboundHttp::stop()
{
    m_stopped = true;
    Q_EMIT stopping();
}

QFuture<OutboundHttp::Addresses> OutboundHttp::resolve(const QString &host, int timeoutMs)
{
    auto promise = std::make_shared<QPromise<Addresses>>();
    auto answered = std::make_shared<bool>(false);
    promise->start();
    const auto answer = [promise, answered](const Addresses &addresses) {
        if (std::exchange(*answered, true))
            return;
        promise->addResult(addresses);
        promise->finish();
    };
    if (const QHostAddress literal(host); !literal.isNull()) {
        answer({literal});
        return promise->future();
    }
    if (m_options.resolver)
        m_options.resolver(host).then(this, answer);
    else
        QHostInfo::lookupHost(host, this, [answer](const QHostInfo &info) { answer(info.addresses()); });
    QTimer::singleShot(std::max(timeoutMs, 1), this, [answer] { answer({}); });
    connect(this, &OutboundHttp::stopping, this, [answer] { answer({}); });
    return promise->future();
}

QCoro::Task<SendOutcome> OutboundHttp::send(OutboundRequest request)
{
    const QPointer<OutboundHttp> self(this);
    const int64_t begunMs = monotonicMs();
    const int64_t deadlineMs = begunMs + m_options.timeoutMs;
    bool cameFromPublic = false;
    SendOutcome outcome;
    if (Status status = OutboundPolicy::checkUrl(request.url); !status)
        co_return failed("The URL " + status.error().message);
    for (int redirects = 0;; redirects++) {
        auto going = go(request, cameFromPublic, deadlineMs);
        const Hop hop = co_await going;
        outcome = hop.outcome;
        if (!self || m_stopped || !isRedirect(outcome))
            break;
        cameFromPublic = cameFromPublic || hop.isPublic;
        if (Status status = redirect(request, hop.location, *outcome.status); !status)
            outcome.error = status.error().message;
        else if (redirects < m_options.maxRedirects)
            continue;
        else
            outcome.error = "The receiver redirects more than " + std::to_string(redirects) + " times.";
        break;
    }
    outcome.durationMs = monotonicMs() - begunMs;
    co_return outcome;
}

/// One request to the first address of its host that is allowed and can be connected to.
QCoro::Task<OutboundHttp::Hop> OutboundHttp::go(OutboundRequest request, bool cameFromPublic,
                                                int64_t deadlineMs)
{
    const QPointer<OutboundHttp> self(this);
    Hop hop;
    const auto lookup = resolve(request.url.host(), int(deadlineMs - monotonicMs()));
    const Addresses addresses = co_await lookup;
    hop.outcome = failed("The host " + request.url.host().toStdString() + " was not found.");
    if (!self || m_stopped) {
        hop.outcome = failed("The appliance is stopping.");
        co_return hop;
    }
    for (const QHostAddress &address : addresses) {
        if (Status allowed = allow(address, cameFromPublic); !allowed) {
            hop.outcome = failed(allowed.error().message);
            continue;
        }
        auto attempt = goTo(request, address, deadlineMs);
        hop = co_await attempt;
        if (!self || m_stopped || hop.outcome.connected)
            break;
    }
    co_return hop;
}

Status OutboundHttp::allow(const QHostAddress &address, bool cameFromPublic) const
{
    if (Status allowed = m_policy.checkAddress(address); !allowed)
        return allowed;
    const AddressSort sort = OutboundPolicy::sortOf(address);
    if (cameFromPublic && sort.reach != AddressSort::Reach::Public)
        return Error{ErrorCode::Forbidden,
                     "The receiver redirects from a public address to " + address.toString().toStdString() +
                         ", " + sort.what + ".",
                     {}};
    return {};
}

QCoro::Task<OutboundHttp::Hop> OutboundHttp::goTo(OutboundRequest request, QHostAddress address,
                                                  int64_t deadlineMs)
{
    const qsizetype shownBytes = m_options.shownAnswerBytes;
    const auto answer = std::make_shared<Answer>();
    const auto finished = follow(start(request, address), answer, m_options.maxAnswerBytes, deadlineMs);
    co_await finished;
    Hop hop;
    hop.outcome = toOutcome(*answer, shownBytes);
    hop.location = answer->location;
    hop.isPublic = OutboundPolicy::sortOf(address).reach == AddressSort::Reach::Public;
    co_return hop;
}

/// Reads the answer as it comes; the future finishes with the reply, at the latest at the deadline or with
/// stop().
QFuture<void> OutboundHttp::follow(QNetworkReply *reply, const std::shared_ptr<Answer> &answer,
                                   qint64 maxBytes, int64_t deadlineMs)
{
    auto promise = std::make_shared<QPromise<void>>();
    promise->start();
    const auto read = [answer, reply, maxBytes] { readInto(answer, reply, maxBytes); };
    connect(this, &OutboundHttp::stopping, reply, &QNetworkReply::abort);
    connect(reply, &QNetworkReply::metaDataChanged, reply, read);
    connect(reply, &QNetworkReply::readyRead, reply, read);
    connect(reply, &QNetworkReply::finished, reply, [promise, answer, reply, read] {
        if (reply->error() == QNetworkReply::NoError)
            read();
        answer->error = reply->error();
        answer->errorText = reply->errorString();
        reply->deleteLater();
        promise->finish();
    });
    QTimer::singleShot(std::max<int64_t>(1, deadlineMs - monotonicMs()), reply, [answer, reply] {
        answer->timedOut = true;
        reply->abort();
    });
    return promise->future();
}

QNetworkReply *OutboundHttp::start(const OutboundRequest &request, const QHostAddress &address)
{
    if (!m_network) {
        m_network = std::make_unique<QNetworkAccessManager>();
        m_network->setProxy(QNetworkProxy::NoProxy);
        m_network->setRedirectPolicy(QNetworkRequest::ManualRedirectPolicy);
    }
    QUrl url = request.url;
    const QString name = url.host();
    QString hostHeader = name.contains(':') ? "[" + name + "]" : QString::fromLatin1(QUrl::toAce(name));
    if (url.port() > 0)
        hostHeader += ":" + QString::number(url.port());
    url.setHost(address.toString());
    url.setFragment({});
    QNetworkRequest outgoing(url);
    outgoing.setPeerVerifyName(name);
    outgoing.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    outgoing.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    outgoing.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    outgoing.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
    outgoing.setRawHeader("Host", hostHeader.toUtf8());
    outgoing.setRawHeader("User-Agent", m_options.userAgent);
    outgoing.setRawHeader("Accept-Encoding", "identity");
    for (const auto *headers : {&request.headers, &request.ownHeaders}) {
        for (const auto &[header, value] : *headers)
            outgoing.setRawHeader(header, value);
    }
    QNetworkReply *reply = nullptr;
    if (request.body.isEmpty() && request.method != "POST") {
        reply = m_network->sendCustomRequest(outgoing, request.method);
    } else {
        outgoing.setHeader(QNetworkRequest::ContentLengthHeader, request.body.size());
        outgoing.setAttribute(QNetworkRequest::DoNotBufferUploadDataAttribute, true);
        auto *body = new OneWayBody(request.body, nullptr);
        reply = m_network->sendCustomRequest(outgoing, request.method, body);
        body->setParent(reply);
    }
    reply->setReadBufferSize(m_options.maxAnswerBytes + 1);
    return reply;
}

} // namespace plimsoll::alerts
