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
    bool timedOut = false;
    QNetworkReply::NetworkError error = QNetworkReply::OperationCanceledError;
    QString errorText;
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

/// The addresses of a host, or nothing when the time is up first.
QFuture<QList<QHostAddress>> lookUp(const QString &host, int timeoutMs, OutboundHttp *context)
{
    auto promise = std::make_shared<QPromise<QList<QHostAddress>>>();
    auto answered = std::make_shared<bool>(false);
    promise->start();
    const auto answer = [promise, answered](const QList<QHostAddress> &addresses) {
        if (std::exchange(*answered, true))
            return;
        promise->addResult(addresses);
        promise->finish();
    };
    if (const QHostAddress literal(host); !literal.isNull()) {
        answer({literal});
        return promise->future();
    }
    QHostInfo::lookupHost(host, context, [answer](const QHostInfo &info) { answer(info.addresses()); });
    QTimer::singleShot(timeoutMs, context, [answer] { answer({}); });
    QObject::connect(context, &OutboundHttp::stopping, context, [answer] { answer({}); });
    return promise->future();
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
        if (*answer.status >= 300 && *answer.status < 400)
            outcome.error = "The receiver redirects (" + std::to_string(*answer.status) +
                            "); redirects are not followed. Enter the final URL.";
        else if (!outcome.delivered)
            outcome.error = "The receiver answered " + std::to_string(*answer.status) + ".";
    } else if (answer.timedOut) {
        outcome.error = "The receiver did not answer in time.";
    } else {
        outcome.error = answer.error == QNetworkReply::NoError ? "The receiver gave no answer."
                                                               : answer.errorText.toStdString();
    }
    return outcome;
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

QCoro::Task<SendOutcome> OutboundHttp::post(OutboundRequest request)
{
    const QPointer<OutboundHttp> self(this);
    const int64_t begunMs = monotonicMs();
    if (Status status = OutboundPolicy::checkUrl(request.url); !status)
        co_return failed("The URL " + status.error().message);
    const auto lookup = lookUp(request.url.host(), m_options.timeoutMs, this);
    const QList<QHostAddress> addresses = co_await lookup;
    SendOutcome outcome = failed("The host " + request.url.host().toStdString() + " was not found.");
    if (!self || m_stopped)
        co_return failed("The appliance is stopping.");
    const int64_t deadlineMs = begunMs + m_options.timeoutMs;
    for (const QHostAddress &address : addresses) {
        if (Status allowed = m_policy.checkAddress(address); !allowed) {
            outcome = failed(allowed.error().message);
            continue;
        }
        auto attempt = postTo(request, address, deadlineMs);
        outcome = co_await attempt;
        if (!self || m_stopped || outcome.connected)
            break;
    }
    outcome.durationMs = monotonicMs() - begunMs;
    co_return outcome;
}

QCoro::Task<SendOutcome> OutboundHttp::postTo(OutboundRequest request, QHostAddress address,
                                              int64_t deadlineMs)
{
    const qsizetype shownBytes = m_options.shownAnswerBytes;
    const auto answer = std::make_shared<Answer>();
    const auto finished = follow(start(request, address), answer, m_options.maxAnswerBytes, deadlineMs);
    co_await finished;
    co_return toOutcome(*answer, shownBytes);
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
    for (const auto &[header, value] : request.headers)
        outgoing.setRawHeader(header, value);
    outgoing.setHeader(QNetworkRequest::ContentLengthHeader, request.body.size());
    outgoing.setAttribute(QNetworkRequest::DoNotBufferUploadDataAttribute, true);
    auto *body = new OneWayBody(request.body, nullptr);
    QNetworkReply *reply = m_network->post(outgoing, body);
    body->setParent(reply);
    reply->setReadBufferSize(m_options.maxAnswerBytes + 1);
    return reply;
}

} // namespace plimsoll::alerts
