#pragma once

#include <QHostAddress>
#include <QProcess>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

namespace plimsoll::test {

/// A real Redis on a free port of 127.0.0.1, without files. It ends with the test.
class RedisServer
{
public:
    /// Why there is no server here, for QSKIP; null where there can be one.
    static const char *whyNot()
    {
        return QStandardPaths::findExecutable("redis-server").isEmpty() ? "redis-server is not installed."
                                                                        : nullptr;
    }

    ~RedisServer() { stop(); }

    /// `arguments` as redis-server takes them: {"--requirepass", "secret"}.
    bool start(const QStringList &arguments = {})
    {
        if (m_port == 0) {
            QTcpServer probe;
            probe.listen(QHostAddress::LocalHost);
            m_port = probe.serverPort();
        }
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.start("redis-server", QStringList{"--port", QString::number(m_port), "--bind", "127.0.0.1",
                                                    "--save", "", "--appendonly", "no"} +
                                            arguments);
        return QTest::qWaitFor([this] { return answers(); }, 20'000);
    }
    void stop()
    {
        if (m_process.state() == QProcess::NotRunning)
            return;
        m_process.kill();
        m_process.waitForFinished();
    }
    quint16 port() const { return m_port; }

private:
    bool answers() const
    {
        QTcpSocket socket;
        socket.connectToHost(QHostAddress::LocalHost, m_port);
        return socket.waitForConnected(200);
    }

    quint16 m_port = 0;
    QProcess m_process;
};

} // namespace plimsoll::test
