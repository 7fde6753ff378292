#pragma once

#include "alerts/OutboundPolicy.h"

#include <QCoroTask>
#include <QFuture>
#include <QNetworkAccessManager>
#include <QObject>
#include <QPointer>

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
    OutboundRequest() = default;

    QUrl url;
    std::vector<std::pair<QByteArray, QByteArray>> headers;
    QByteArray body;
};

/// Posts to receivers of other people: looks the name up, checks every address against the policy, and
/// connects to an address that was checked. Follows no redirect, uses no proxy, keeps no cookies, reads at
/// most `maxAnswerBytes`, ends within `timeoutMs`. Belongs to one thread with an event loop.
class OutboundHttp : public QObject
{
    Q_OBJECT

public:
    struct Options
    {
        int timeoutMs = 10'000; ///< look-up, connection and answer together
        qint64 maxAnswerBytes = 64 * 1024;
        qsizetype shownAnswerBytes = 4096;
        QByteArray userAgent = "Plimsoll";
    };

    OutboundHttp(OutboundPolicy policy, Options options, QObject *parent = nullptr);
    ~OutboundHttp() override;

    QCoro::Task<SendOutcome> post(OutboundRequest request);
    /// Ends what is under way; it reports an error. Nothing can be posted afterwards.
    void stop();

    struct Answer; ///< what has been read of one answer

private:
    QFuture<void> follow(QNetworkReply *reply, const std::shared_ptr<Answer> &answer, qint64 maxBytes,
                         int64_t deadlineMs);
    QCoro::Task<SendOutcome> postTo(OutboundRequest request, QHostAddress address, int64_t deadlineMs);
    QNetworkReply *start(const OutboundRequest &request, const QHostAddress &address);

    OutboundPolicy m_policy;
    Options m_options;
    std::unique_ptr<QNetworkAccessManager> m_network; ///< made at the first use, on the owner's thread
    bool m_stopped = false;

Q_SIGNALS:
    void stopping();
};

} // namespace plimsoll::alerts
