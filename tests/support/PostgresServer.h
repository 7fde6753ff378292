#pragma once

#include <QByteArray>
#include <QProcess>
#include <QString>
#include <QTemporaryDir>

#include <memory>
#include <string>

namespace plimsoll::test {

/// A real PostgreSQL server with a cluster of its own in a temporary directory, on a free port of 127.0.0.1.
/// It runs as the user postgres where the test runs as root, and ends with the test, however that ends. It
/// does not sync: what these tests take away from it is its processes, not its power.
///
/// One server serves a whole test program; each test takes a schema of its own:
///
///     if (const char *why = PostgresServer::whyNot()) QSKIP(why);
///     server.start();
///     PostgresSettings::parse(server.newUrl());
class PostgresServer
{
public:
    enum class Stop { Fast, Immediate };

    /// Why there is no server here, for QSKIP; null where there can be one. Under ThreadSanitizer there is
    /// none: once QProcess has started a server, it misses the locks that the thread takes, and reports every
    /// hand-over.
    static const char *whyNot();

    PostgresServer();
    ~PostgresServer();
    PostgresServer(const PostgresServer &) = delete;
    PostgresServer &operator=(const PostgresServer &) = delete;

    /// Makes the cluster at the first call, starts it and waits until it takes connections; false, with its
    /// log in output(), where that does not come.
    bool start();
    void stop(Stop how = Stop::Fast);
    bool restart(Stop how = Stop::Fast);
    bool isRunning() const { return m_server && m_server->state() != QProcess::NotRunning; }

    /// A URL with a schema that nobody used before; the user may do everything.
    std::string newUrl();
    /// The same for a user whose password is "right".
    std::string guardedUrl(const std::string &password) const;
    int port() const { return m_port; }

    /// Runs SQL as superuser; what it prints, without headers. Empty where it fails.
    QByteArray sql(const QString &statement) const;
    /// Ends the connections of appliances and engines, as an administrator would; how many there were.
    int dropConnections() const;
    /// Kills one of their server processes with SIGKILL, upon which the server restarts itself.
    void killOneBackend() const;

    QByteArray output() const;

private:
    bool makeCluster();
    QString program(const char *name) const;
    std::unique_ptr<QProcess> process() const;

    QTemporaryDir m_directory;
    std::unique_ptr<QProcess> m_server;
    int m_port = 0;
    int m_schemas = 0;
    bool m_made = false;
};

} // namespace plimsoll::test
