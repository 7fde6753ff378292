#pragma once

#include <QMap>
#include <QProcess>
#include <QString>
#include <QTemporaryDir>

#include <memory>

namespace plimsoll::test {

/// The real program, `plimsoll serve`, on a data directory and a free port. The binary is $PLIMSOLL_BIN.
class ApplianceProcess
{
public:
    /// A directory of its own, removed at the end.
    ApplianceProcess()
        : m_own(std::make_unique<QTemporaryDir>())
        , m_directory(m_own->filePath(QStringLiteral("data")))
    {
    }
    ~ApplianceProcess() { kill(); }
    ApplianceProcess(const ApplianceProcess &) = delete;
    ApplianceProcess &operator=(const ApplianceProcess &) = delete;

    /// Starts it and waits for the ready line; false, with what it printed in output(), where that does not
    /// come.
    bool start(const QStringList &extraArguments = {}, const QMap<QString, QString> &environment = {});
    /// Where the next one that is started writes its standard error; otherwise it is part of output().
    void setErrorFile(const QString &path) { m_errorFile = path; }
    /// SIGTERM; true where it ended with exit code 0.
    bool stop();
    /// SIGKILL, at once.
    void kill();

    int port() const { return m_port; }
    qint64 processId() const { return m_process ? m_process->processId() : 0; }
    QString dataDirectory() const { return m_directory; }
    QByteArray output() const { return m_output; }
    /// From exec to the ready line, of the last start.
    qint64 readyMs() const { return m_readyMs; }
    /// A line of /proc/PID/status in KiB, such as "VmRSS".
    qint64 statusKiB(const QByteArray &field) const;

private:
    std::unique_ptr<QTemporaryDir> m_own;
    QString m_directory;
    std::unique_ptr<QProcess> m_process;
    QByteArray m_output;
    QString m_errorFile;
    int m_port = 0;
    qint64 m_readyMs = 0;
};

} // namespace plimsoll::test
