#include "server/ingest/BlockingHttp.h"

#include <QDeadlineTimer>
#include <QSslSocket>

namespace plimsoll::ingest {
namespace {

int millisecondsLeft(const QDeadlineTimer &deadline)
{
    return static_cast<int>(std::max<qint64>(deadline.remainingTime(), 0));
}

BlockingHttp::Answer parseHead(const QByteArray &head)
{
    BlockingHttp::Answer answer;
    const QList<QByteArray> lines = head.split('\n');
    answer.status = lines.first().split(' ').value(1).toInt();
    for (const QByteArray &line : lines.mid(1)) {
        const qsizetype colon = line.indexOf(':');
        if (colon > 0)
            answer.headers.append({line.left(colon), line.mid(colon + 1).trimmed()});
    }
    return answer;
}

} // namespace

QByteArray BlockingHttp::Answer::header(const char *name) const
{
    for (const auto &[key, value] : headers) {
        if (key.compare(name, Qt::CaseInsensitive) == 0)
            return value;
    }
    return {};
}

BlockingHttp::BlockingHttp(const QUrl &base)
    : m_base(base)
{
}
BlockingHttp::~BlockingHttp() = default;

Error BlockingHttp::failure(const char *what) const
{
    return {ErrorCode::Unavailable,
            m_base.toString().toStdString() + ' ' + what + " (" + m_socket->errorString().toStdString() +
                ").",
            {}};
}

Status BlockingHttp::connectToServer(const QDeadlineTimer &deadline)
{
    const bool secure = m_base.scheme() == "https";
    m_socket = secure ? std::make_unique<QSslSocket>() : std::make_unique<QTcpSocket>();
    const auto port = static_cast<quint16>(m_base.port(secure ? 443 : 80));
    bool connected = false;
    if (secure) {
        auto *socket = static_cast<QSslSocket *>(m_socket.get());
        socket->connectToHostEncrypted(m_base.host(), port);
        connected = socket->waitForEncrypted(millisecondsLeft(deadline));
    } else {
        m_socket->connectToHost(m_base.host(), port);
        connected = m_socket->waitForConnected(millisecondsLeft(deadline));
    }
    if (!connected)
        return failure("does not answer");
    m_socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    return {};
}

Result<BlockingHttp::Answer> BlockingHttp::post(const QByteArray &path, const Headers &headers,
                                                const QByteArray &body, int64_t timeoutMs)
{
    const QDeadlineTimer deadline(timeoutMs);
    QByteArray request = "POST " + path + " HTTP/1.1\r\nHost: " + m_base.authority().toUtf8() +
                         "\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n";
    for (const auto &[name, value] : headers)
        request += name + ": " + value + "\r\n";
    request += "\r\n";
    const bool kept = m_socket && m_socket->state() == QAbstractSocket::ConnectedState;
    for (bool mayReconnect = kept;; mayReconnect = false) {
        if (!mayReconnect) {
            if (Status connected = connectToServer(deadline); !connected)
                return connected.error();
        }
        Status sent = sendAll(request, deadline);
        if (sent)
            sent = sendAll(body, deadline);
        auto answer = sent ? receive(deadline) : Result<Answer>(sent.error());
        if (answer && answer->header("Connection").compare("close", Qt::CaseInsensitive) == 0)
            m_socket->close();
        if (answer || !mayReconnect)
            return answer;
    }
}

Status BlockingHttp::sendAll(const QByteArray &bytes, const QDeadlineTimer &deadline)
{
    m_socket->write(bytes);
    while (m_socket->bytesToWrite() > 0) {
        if (!m_socket->waitForBytesWritten(millisecondsLeft(deadline)))
            return failure("did not take the request");
    }
    return {};
}

Status BlockingHttp::fill(QByteArray &bytes, const QDeadlineTimer &deadline)
{
    if (m_socket->bytesAvailable() == 0 && !m_socket->waitForReadyRead(millisecondsLeft(deadline)))
        return failure("ended the connection without an answer");
    bytes += m_socket->readAll();
    return {};
}

Result<BlockingHttp::Answer> BlockingHttp::receive(const QDeadlineTimer &deadline)
{
    constexpr qsizetype maxHeadBytes = 64 << 10;
    QByteArray bytes;
    qsizetype end = -1;
    while ((end = bytes.indexOf("\r\n\r\n")) < 0) {
        if (Status filled = fill(bytes, deadline); !filled)
            return filled.error();
        if (bytes.size() > maxHeadBytes)
            return failure("sent an endless head");
    }
    Answer answer = parseHead(bytes.left(end));
    if (answer.status >= 100 && answer.status < 200)
        return failure("sent an interim answer that was not asked for");
    auto body = receiveBody(answer, bytes.mid(end + 4), deadline);
    if (!body)
        return body.error();
    answer.body = *body;
    return answer;
}

Result<QByteArray> BlockingHttp::receiveBody(const Answer &answer, QByteArray bytes,
                                             const QDeadlineTimer &deadline)
{
    constexpr qsizetype maxBodyBytes = 64 << 20;
    const bool chunked = answer.header("Transfer-Encoding").compare("chunked", Qt::CaseInsensitive) == 0;
    const qsizetype size = chunked ? 0 : answer.header("Content-Length").toLongLong();
    if (!chunked) {
        while (bytes.size() < std::min(size, maxBodyBytes)) {
            if (Status filled = fill(bytes, deadline); !filled)
                return filled.error();
        }
        return bytes;
    }
    QByteArray body;
    for (;;) {
        const qsizetype line = bytes.indexOf("\r\n");
        const qsizetype chunk = line < 0 ? 0 : bytes.left(line).toLongLong(nullptr, 16);
        if (line >= 0 && bytes.size() >= line + 4 + chunk) {
            body += bytes.mid(line + 2, chunk);
            bytes.remove(0, line + 4 + chunk);
            if (chunk == 0 || body.size() > maxBodyBytes)
                return body;
        } else if (Status filled = fill(bytes, deadline); !filled) {
            return filled.error();
        }
    }
}

} // namespace plimsoll::ingest
