#include "tests/support/PostgresServer.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QThread>

#include <csignal>

#include <arpa/inet.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace plimsoll::test {

namespace {

constexpr int patienceMs = 60'000;
constexpr int fastPatienceMs = 15'000; ///< for a fast stop, before it becomes an immediate one

/// Where Debian keeps the server's programs; empty where there are none.
QString binaries()
{
    const QDir versions(QStringLiteral("/usr/lib/postgresql"));
    for (const QString &version :
         versions.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name | QDir::Reversed)) {
        const QString folder = versions.filePath(version) + QStringLiteral("/bin/");
        if (QFile::exists(folder + QStringLiteral("initdb")) &&
            QFile::exists(folder + QStringLiteral("postgres")))
            return folder;
    }
    return {};
}

const passwd *serverUser() { return ::geteuid() == 0 ? ::getpwnam("postgres") : nullptr; }

int freePort()
{
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(descriptor, reinterpret_cast<sockaddr *>(&address), size);
    ::getsockname(descriptor, reinterpret_cast<sockaddr *>(&address), &size);
    ::close(descriptor);
    return ntohs(address.sin_port);
}

} // namespace

const char *PostgresServer::whyNot()
{
#ifdef __SANITIZE_THREAD__
    return "ThreadSanitizer misses the locks that a thread takes once QProcess has started a server";
#else
    const bool there = !binaries().isEmpty() && (::geteuid() != 0 || serverUser());
    return there ? nullptr : "PostgreSQL is not installed";
#endif
}

PostgresServer::PostgresServer()
{
    if (const passwd *user = serverUser())
        (void)!::chown(qPrintable(m_directory.path()), user->pw_uid, user->pw_gid);
}

PostgresServer::~PostgresServer() { stop(Stop::Immediate); }

QString PostgresServer::program(const char *name) const { return binaries() + QLatin1String(name); }

/// A process as the server's user, which ends when this thread does.
std::unique_ptr<QProcess> PostgresServer::process() const
{
    auto process = std::make_unique<QProcess>();
    process->setProcessChannelMode(QProcess::MergedChannels);
    process->setWorkingDirectory(m_directory.path());
    const passwd *user = serverUser();
    const uid_t uid = user ? user->pw_uid : ::geteuid();
    const gid_t gid = user ? user->pw_gid : ::getegid();
    process->setChildProcessModifier([uid, gid, drops = user != nullptr] {
        if (drops && (::setgroups(1, &gid) != 0 || ::setgid(gid) != 0 || ::setuid(uid) != 0))
            ::_exit(127);
        ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
    });
    return process;
}

bool PostgresServer::makeCluster()
{
    const auto initdb = process();
    initdb->start(program("initdb"), {"-D", m_directory.filePath("data"), "-U", "plimsoll", "-A", "trust",
                                      "-E", "UTF8", "--no-locale", "--no-sync", "--no-instructions"});
    if (!initdb->waitForFinished(patienceMs) || initdb->exitCode() != 0)
        return false;
    QFile rules(m_directory.filePath("data/pg_hba.conf"));
    if (!rules.open(QIODevice::ReadOnly))
        return false;
    const QByteArray usual = rules.readAll();
    rules.close();
    if (!rules.open(QIODevice::WriteOnly))
        return false;
    rules.write("host all guarded 127.0.0.1/32 scram-sha-256\n" + usual);
    m_port = freePort();
    return true;
}

bool PostgresServer::start()
{
    const bool first = !m_made;
    if (first && !makeCluster())
        return false;
    m_made = true;
    m_server = process();
    m_server->setStandardOutputFile(m_directory.filePath("log"), QIODevice::Append);
    m_server->start(program("postgres"),
                    {"-D", m_directory.filePath("data"), "-p", QString::number(m_port), "-k",
                     m_directory.path(), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c",
                     "full_page_writes=off", "-c", "max_connections=100", "-c", "shared_buffers=32MB", "-c",
                     "restart_after_crash=on"});
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < patienceMs && isRunning()) {
        if (m_server->state() == QProcess::Running && sql(QStringLiteral("SELECT 1")).trimmed() == "1") {
            if (first)
                sql(QStringLiteral("CREATE ROLE guarded LOGIN PASSWORD 'right'"));
            return true;
        }
        m_server->waitForFinished(50);
    }
    return false;
}

void PostgresServer::stop(Stop how)
{
    if (!m_server)
        return;
    if (isRunning())
        ::kill(pid_t(m_server->processId()), how == Stop::Fast ? SIGINT : SIGQUIT);
    if (!m_server->waitForFinished(fastPatienceMs))
        ::kill(pid_t(m_server->processId()), SIGQUIT);
    m_server->waitForFinished(patienceMs);
    m_server.reset();
}

bool PostgresServer::restart(Stop how)
{
    stop(how);
    return start();
}

std::string PostgresServer::newUrl()
{
    return "postgresql://plimsoll@127.0.0.1:" + std::to_string(m_port) + "/postgres?search_path=test" +
           std::to_string(++m_schemas);
}

std::string PostgresServer::guardedUrl(const std::string &password) const
{
    return "postgresql://guarded:" + password + "@127.0.0.1:" + std::to_string(m_port) + "/postgres";
}

QByteArray PostgresServer::sql(const QString &statement) const
{
    const auto psql = process();
    psql->setStandardErrorFile(QProcess::nullDevice());
    psql->setProcessChannelMode(QProcess::SeparateChannels);
    psql->start(program("psql"),
                {"-h", "127.0.0.1", "-p", QString::number(m_port), "-U", "plimsoll", "-d", "postgres", "-X",
                 "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement});
    if (!psql->waitForFinished(patienceMs) || psql->exitCode() != 0)
        return {};
    return psql->readAllStandardOutput();
}

int PostgresServer::dropConnections() const
{
    return sql(QStringLiteral("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                              "WHERE application_name = 'plimsoll'"))
        .trimmed()
        .toInt();
}

void PostgresServer::killOneBackend() const
{
    const int backend =
        sql(QStringLiteral("SELECT pid FROM pg_stat_activity WHERE application_name = 'plimsoll' LIMIT 1"))
            .trimmed()
            .toInt();
    if (backend <= 0)
        return;
    ::kill(backend, SIGKILL);
    // The server ends all others and recovers; told to stop in that moment it may forget it.
    for (int i = 0; i < 100 && (i == 0 || sql(QStringLiteral("SELECT 1")).trimmed() != "1"); i++)
        QThread::msleep(100);
}

QByteArray PostgresServer::output() const
{
    QFile log(m_directory.filePath("log"));
    return log.open(QIODevice::ReadOnly) ? log.readAll() : QByteArray();
}

} // namespace plimsoll::test
