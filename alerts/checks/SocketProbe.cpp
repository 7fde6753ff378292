#include "alerts/checks/SocketProbe.h"

#include "alerts/checks/Check.h"
#include "alerts/checks/ProbeContext.h"

#include <QNetworkProxy>
#include <QSslSocket>

namespace plimsoll::alerts {

SocketProbe::SocketProbe(const Check &check, ProbeContext &context, Endpoint endpoint, ProbeTls tls)
    : Probe(check)
    , m_context(context)
    , m_endpoint(std::move(endpoint))
    , m_tls(std::move(tls))
    , m_nextAddress(this)
{
    m_nextAddress.setSingleShot(true);
    connect(&m_nextAddress, &QTimer::timeout, this, [this] { tryNext(); });
}

SocketProbe::~SocketProbe()
{
    if (m_socket)
        m_socket->disconnect(this);
}

const std::string &SocketProbe::serverName() const
{
    return m_tls.serverName.empty() ? m_endpoint.host : m_tls.serverName;
}

void SocketProbe::begin()
{
    m_context.lookup().find(m_endpoint.host, this, [this](const HostLookup::Addresses &found) {
        if (isFinished())
            return;
        if (!found)
            return fail(found.error().message);
        m_addresses = *found;
        tryNext();
    });
}

/// Each address gets an equal part of the time that is left.
void SocketProbe::tryNext()
{
    const QHostAddress address = m_addresses.takeFirst();
    if (m_socket) {
        m_socket->disconnect(this);
        m_socket.release()->deleteLater();
    }
    m_socket = std::make_unique<QSslSocket>();
    m_socket->setProxy(QNetworkProxy::NoProxy);
    connect(m_socket.get(), &QSslSocket::connected, this, [this] { onConnected(); });
    connect(m_socket.get(), &QSslSocket::encrypted, this, [this] {
        m_open = true;
        connected();
    });
    connect(m_socket.get(), &QSslSocket::sslErrors, this, [this](const QList<QSslError> &errors) {
        m_tlsErrors = errors;
        if (m_tls.verify != ProbeTls::Verify::Full)
            m_socket->ignoreSslErrors();
    });
    connect(m_socket.get(), &QSslSocket::readyRead, this, [this] { onReadyRead(); });
    connect(m_socket.get(), &QSslSocket::errorOccurred, this, [this] { onError(); });
    if (!m_addresses.isEmpty())
        m_nextAddress.start(std::chrono::milliseconds(remainingMs() / (m_addresses.size() + 1)));
    m_socket->connectToHost(address, m_endpoint.port);
}

void SocketProbe::onConnected()
{
    m_nextAddress.stop();
    m_connected = true;
    if (m_tls.enabled)
        return startTls();
    m_open = true;
    connected();
}

void SocketProbe::startTls()
{
    const QString name = QString::fromStdString(serverName());
    m_socket->setPeerVerifyName(name);
    m_socket->setPeerVerifyMode(m_tls.verify == ProbeTls::Verify::Full ? QSslSocket::VerifyPeer
                                                                       : QSslSocket::QueryPeer);
    m_socket->startClientEncryption();
}

void SocketProbe::onError()
{
    if (isFinished())
        return;
    if (!m_connected && !m_addresses.isEmpty()) {
        m_nextAddress.start(0);
        return;
    }
    const std::string where = m_endpoint.toString();
    if (!m_connected && m_socket->error() == QAbstractSocket::ConnectionRefusedError)
        return fail(where + " refused the connection.");
    if (!m_connected)
        return fail(where + " cannot be reached: " + m_socket->errorString().toStdString() + ".");
    if (m_open && m_socket->error() == QAbstractSocket::RemoteHostClosedError) {
        onReadyRead();
        return isFinished() ? void() : closed();
    }
    if (!m_open && m_tls.enabled && !m_tlsErrors.isEmpty())
        return fail(tlsProblem(m_tlsErrors));
    if (!m_open && m_tls.enabled)
        return fail(where + " did not agree on TLS: " + m_socket->errorString().toStdString() + ".");
    fail(where + " broke the connection: " + m_socket->errorString().toStdString() + ".");
}

void SocketProbe::onReadyRead()
{
    if (isFinished() || !m_open)
        return;
    m_received += m_socket->read(maxReceivedBytes - m_received.size());
    const bool full = m_received.size() >= maxReceivedBytes;
    received(m_received);
    if (full && !isFinished())
        fail("The answer is longer than " + std::to_string(maxReceivedBytes / 1024) + " KiB.");
}

void SocketProbe::closed() { fail(m_endpoint.toString() + " closed the connection without an answer."); }

void SocketProbe::send(const QByteArray &bytes) { m_socket->write(bytes); }

std::string SocketProbe::lateMessage() const
{
    if (m_open)
        return m_endpoint.toString() + " did not answer in time.";
    if (m_connected)
        return m_endpoint.toString() + " did not agree on TLS in time.";
    return m_endpoint.toString() + " could not be reached in time.";
}

std::string tlsProblem(const QList<QSslError> &errors)
{
    QStringList texts;
    for (const QSslError &error : errors) {
        if (!texts.contains(error.errorString()))
            texts.append(error.errorString());
    }
    std::string problem = "The certificate is not accepted: " + texts.join("; ").toStdString();
    return problem.ends_with('.') ? problem : problem + ".";
}

} // namespace plimsoll::alerts
