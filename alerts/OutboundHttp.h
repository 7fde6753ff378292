#pragma once

#include "alerts/OutboundPolicy.h"

#include <QCoroTask>
#include <QFuture>
#include <QNetworkAccessManager>
#include <QObject>
#include <QPointer>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plimsoll::alerts {

/// How one attempt to send ended.
struct SendOutcome
{
    bool delivered = false;
    std::optional<int> status; ///< of HTTP, where there was an answer
    std::string body;          ///< the beginning of the answer, valid UTF-8
    std::string error;         ///< empty when delivered
    int64_t durationMs = 0;
    std::optional<int64_t> retryAfterMs; ///< what the receiver asked for
    bool connected = true;               ///< false where nothing can have reached the receiver
};

/// One request to send.
struct OutboundRequest
{
    using Headers = std::vector<std::pair<QByteArray, QByteArray>>;

    OutboundRequest() = default;

    QByteArray method = "POST";
    QUrl url;
    Headers headers;
    Headers ownHeaders;        ///< may be secret: they go to the origin of `url` only, also after redirects
    bool bodyIsSecret = false; ///< then a redirect to another origin is refused
    QByteArray body;
};

/// Sends requests to servers of other people: looks the name up, checks every address against the policy, and
/// connects to an address that was checked. Uses no proxy, keeps no cookies, reads at most `maxAnswerBytes`,
/// ends within `timeoutMs`. Belongs to one thread with an event loop.
///
/// Follows up to `maxRedirects` redirects, each looked up and checked anew: 301, 302, 307 and 308 with the
/// same method and body, 303 with GET. Refused: from a public address to a private one, from https to http,
/// to another scheme.
class OutboundHttp : public QObject
{
    Q_OBJECT

public:
    using Addresses = QList<QHostAddress>;
    /// Looks a name up; none when there is no such host.
    using Resolver = std::function<QFuture<Addresses>(const QString &host)>;

    struct Options
    {
        int timeoutMs = 10'000; ///< look-up, connection, redirects and answer together
        int maxRedirects = 5;
        qint64 maxAnswerBytes = 64 * 1024;
        qsizetype shownAnswerBytes = 4096;
        QByteArray userAgent = "Plimsoll";
        Resolver resolver; ///< the system's where there is none
    };

    OutboundHttp(OutboundPolicy policy, Options options, QObject *parent = nullptr);
    ~OutboundHttp() override;

    QCoro::Task<SendOutcome> send(OutboundRequest request);
    /// Ends what is under way; it reports an error. Nothing can be sent afterwards.
    void stop();

    /// The addresses of a host, unchecked; none when it is not found, the time is up or stop() was called.
    QFuture<Addresses> resolve(const QString &host, int timeoutMs);
    const OutboundPolicy &policy() const { return m_policy; }
    const Options &options() const { return m_options; }

    struct Answer; ///< what has been read of one answer
    struct Hop;    ///< one request of a chain of redirects

private:
    QFuture<void> follow(QNetworkReply *reply, const std::shared_ptr<Answer> &answer, qint64 maxBytes,
                         int64_t deadlineMs);
    QCoro::Task<Hop> go(OutboundRequest request, bool cameFromPublic, int64_t deadlineMs);
    QCoro::Task<Hop> goTo(OutboundRequest request, QHostAddress address, int64_t deadlineMs);
    Status allow(const QHostAddress &address, bool cameFromPublic) const;
    QNetworkReply *start(const OutboundRequest &request, const QHostAddress &address);

    OutboundPolicy m_policy;
    Options m_options;
    std::unique_ptr<QNetworkAccessManager> m_network; ///< made at the first use, on the owner's thread
    bool m_stopped = false;

Q_SIGNALS:
    void stopping();
};

} // namespace plimsoll::alerts
