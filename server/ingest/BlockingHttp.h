#pragma once

#include "storage/model/Result.h"

#include <QByteArray>
#include <QList>
#include <QUrl>

#include <memory>
#include <utility>

class QTcpSocket;
class QDeadlineTimer;

namespace plimsoll::ingest {

/// Posts large bodies to one server over one kept connection, blocking the calling thread, without an event
/// loop. QNetworkAccessManager hands a body over in pieces of 16 KiB between two threads, which an import
/// would feel. HTTP and HTTPS; used by one thread.
class BlockingHttp
{
public:
    struct Answer
    {
        int status = 0;
        QByteArray body;
        QList<std::pair<QByteArray, QByteArray>> headers;

        /// The first header of that name, in any case; empty where there is none.
        QByteArray header(const char *name) const;
    };
    using Headers = QList<std::pair<QByteArray, QByteArray>>;

    explicit BlockingHttp(const QUrl &base);
    ~BlockingHttp();

    /// The whole answer, or Unavailable where there was none within the time. A kept connection that the
    /// server closed in the meantime is opened again; nothing else is tried twice.
    Result<Answer> post(const QByteArray &path, const Headers &headers, const QByteArray &body,
                        int64_t timeoutMs);

private:
    Status connectToServer(const QDeadlineTimer &deadline);
    Status sendAll(const QByteArray &bytes, const QDeadlineTimer &deadline);
    Result<Answer> receive(const QDeadlineTimer &deadline);
    Result<QByteArray> receiveBody(const Answer &answer, QByteArray bytes, const QDeadlineTimer &deadline);
    Status fill(QByteArray &bytes, const QDeadlineTimer &deadline);
    Error failure(const char *what) const;

    QUrl m_base;
    std::unique_ptr<QTcpSocket> m_socket;
};

} // namespace plimsoll::ingest
