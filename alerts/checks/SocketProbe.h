#pragma once

#include "alerts/checks/Endpoint.h"
#include "alerts/checks/Probe.h"

#include <QHostAddress>
#include <QList>
#include <QSslError>

class QSslSocket;

namespace plimsoll::alerts {

/// How a probe speaks TLS.
struct ProbeTls
{
    enum class Verify { Full, Nothing, Report }; ///< Report: goes on, and keeps the errors for the kind

    bool enabled = false;
    Verify verify = Verify::Full;
    std::string serverName; ///< empty: the host
};

/// A run that talks over one TCP connection: looks the host up, tries its addresses in turn, speaks TLS where
/// it should, then leaves the rest to the kind. What is received is bounded.
class SocketProbe : public Probe
{
    Q_OBJECT

public:
    static constexpr qsizetype maxReceivedBytes = 64 * 1024;

    SocketProbe(const Check &check, ProbeContext &context, Endpoint endpoint, ProbeTls tls);
    ~SocketProbe() override;

protected:
    void begin() override;
    std::string lateMessage() const override;

    /// The connection is there, encrypted where it should be.
    virtual void connected() = 0;
    /// More of the answer is there; `all` is what came so far.
    virtual void received(const QByteArray &all) = 0;
    /// The other side closed before the run was finished.
    virtual void closed();

    void send(const QByteArray &bytes);
    QSslSocket &socket() { return *m_socket; }
    const QList<QSslError> &tlsErrors() const { return m_tlsErrors; }
    const Endpoint &endpoint() const { return m_endpoint; }
    const std::string &serverName() const;

private:
    void tryNext();
    void startTls();
    void onConnected();
    void onError();
    void onReadyRead();

    ProbeContext &m_context;
    Endpoint m_endpoint;
    ProbeTls m_tls;
    QList<QHostAddress> m_addresses;
    std::unique_ptr<QSslSocket> m_socket;
    QTimer m_nextAddress;
    QList<QSslError> m_tlsErrors;
    QByteArray m_received;
    bool m_connected = false;
    bool m_open = false; ///< connected() was called
};

/// What is wrong with a certificate, in one sentence.
std::string tlsProblem(const QList<QSslError> &errors);

} // namespace plimsoll::alerts
