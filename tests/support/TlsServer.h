#pragma once

#include "tests/support/RunProgram.h"

#include <QFile>
#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <QSslServer>
#include <QSslSocket>
#include <QTemporaryDir>

namespace plimsoll::test {

/// A TLS server on a free loopback port, on the thread of the test's event loop, with a certificate that the
/// openssl program made and signed by itself. To what it is told it answers with what it was given.
class TlsServer
{
public:
    TlsServer()
    {
        QObject::connect(&m_server, &QTcpServer::pendingConnectionAvailable, &m_server, [this] {
            QTcpSocket *socket = m_server.nextPendingConnection();
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, socket] {
                socket->readAll();
                socket->write(m_answer);
            });
            QObject::connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        });
    }

    /// Takes a new certificate of that many days; false where it cannot be made.
    bool useCertificate(int days, const QString &name = "localhost")
    {
        const QString key = m_directory.filePath("key.pem");
        const QString certificate = m_directory.filePath("cert.pem");
        const tests::ProgramResult made = tests::runProgram(
            "openssl", {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-subj", "/CN=" + name, "-addext", "subjectAltName=DNS:" + name, "-days",
                        QString::number(days), "-keyout", key, "-out", certificate});
        QFile file(key);
        if (made.exitCode != 0 || !file.open(QIODevice::ReadOnly))
            return false;
        QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
        configuration.setPrivateKey(QSslKey(&file, QSsl::Ec));
        configuration.setLocalCertificateChain(QSslCertificate::fromPath(certificate));
        configuration.setPeerVerifyMode(QSslSocket::VerifyNone);
        m_server.setSslConfiguration(configuration);
        return true;
    }
    bool listen()
    {
        const bool listens = m_server.isListening() || m_server.listen(QHostAddress::LocalHost, m_port);
        m_port = m_server.serverPort();
        return listens;
    }
    void close() { m_server.close(); }
    void setAnswer(const QByteArray &answer) { m_answer = answer; }
    quint16 port() const { return m_port; }
    QString address() const { return QStringLiteral("127.0.0.1:%1").arg(m_port); }

private:
    QTemporaryDir m_directory;
    QSslServer m_server;
    QByteArray m_answer;
    quint16 m_port = 0;
};

} // namespace plimsoll::test
