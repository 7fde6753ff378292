#pragma once

#include "tests/support/RunProgram.h"

#include <QDeadlineTimer>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>

#include <vector>

namespace plimsoll::test {

/// A real mail server (aiosmtpd) with a certificate for "localhost" that openssl makes. It ends with this
/// object, or when the test does: its standard input closes.
class SmtpServer
{
public:
    /// Why there can be none here; empty where there can.
    static QString whyNot()
    {
        const auto probe = tests::runProgram("/usr/bin/python3", {"-c", "import aiosmtpd"});
        return probe.exitCode == 0 ? QString() : QStringLiteral("python3-aiosmtpd is not installed");
    }

    SmtpServer()
    {
        tests::runProgram("openssl",
                          {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                           "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                           "subjectAltName=DNS:localhost", "-keyout", keyFile(), "-out", certificateFile()});
    }
    ~SmtpServer() { stop(); }

    /// "starttls", "tls" or "plain"; the same port again after stop().
    bool start(const QString &mode, const QStringList &login = {}, const QStringList &more = {})
    {
        const QString script = qEnvironmentVariable("PLIMSOLL_SOURCE_DIR") + "/tests/support/smtp_server.py";
        QStringList arguments{"-u", script, mode, certificateFile(), keyFile()};
        arguments += login;
        if (m_port > 0)
            arguments += {"--port", QString::number(m_port)};
        m_process.start("/usr/bin/python3", arguments + more);
        const QByteArray port = readLine();
        m_port = port.trimmed().toInt();
        return m_port > 0;
    }

    void stop()
    {
        if (m_process.state() == QProcess::NotRunning)
            return;
        m_process.kill();
        m_process.waitForFinished();
    }

    int port() const { return m_port; }
    QString certificate() const
    {
        QFile file(certificateFile());
        return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
    }
    /// The next mail that it took; empty after 30 s.
    QJsonObject nextMail() { return QJsonDocument::fromJson(readLine()).object(); }
    QByteArray errors() { return m_process.readAllStandardError(); }

private:
    QByteArray readLine()
    {
        const QDeadlineTimer deadline(30'000);
        while (!m_process.canReadLine() && !deadline.hasExpired() &&
               m_process.state() != QProcess::NotRunning)
            m_process.waitForReadyRead(100);
        return m_process.readLine();
    }
    QString certificateFile() const { return m_directory.filePath("certificate.pem"); }
    QString keyFile() const { return m_directory.filePath("key.pem"); }

    QTemporaryDir m_directory;
    QProcess m_process;
    int m_port = 0;
};

} // namespace plimsoll::test
