#include "tests/support/ApplianceProcess.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QRegularExpression>

#include <csignal>

namespace plimsoll::test {

bool ApplianceProcess::start(const QStringList &extraArguments, const QMap<QString, QString> &environment)
{
    QDir().mkpath(m_directory);
    m_process = std::make_unique<QProcess>();
    if (m_errorFile.isEmpty())
        m_process->setProcessChannelMode(QProcess::MergedChannels);
    else
        m_process->setStandardErrorFile(m_errorFile);
    QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
    // Only one of those that run at a time could have the usual port.
    variables.insert(QStringLiteral("PLIMSOLL_STATSD"), QStringLiteral("off"));
    for (auto it = environment.begin(); it != environment.end(); ++it)
        variables.insert(it.key(), it.value());
    m_process->setProcessEnvironment(variables);
    m_output.clear();

    QElapsedTimer timer;
    timer.start();
    const QStringList arguments{QStringLiteral("serve"), QStringLiteral("--data"), m_directory,
                                QStringLiteral("--listen"), QStringLiteral("127.0.0.1:0")};
    m_process->start(qEnvironmentVariable("PLIMSOLL_BIN"), arguments + extraArguments);
    static const QRegularExpression ready(QStringLiteral("Plimsoll is ready at https?://[^ \n]*:(\\d+)"));
    while (timer.elapsed() < 60'000) {
        m_process->waitForReadyRead(100);
        m_output += m_process->readAll();
        if (const auto match = ready.match(QString::fromUtf8(m_output)); match.hasMatch()) {
            m_readyMs = timer.elapsed();
            m_port = match.captured(1).toInt();
            return true;
        }
        if (m_process->state() == QProcess::NotRunning)
            break;
    }
    if (QFile errors(m_errorFile); !m_errorFile.isEmpty() && errors.open(QIODevice::ReadOnly))
        m_output += errors.readAll();
    return false;
}

bool ApplianceProcess::stop()
{
    m_process->terminate();
    const bool ended = m_process->waitForFinished(60'000);
    m_output += m_process->readAll();
    return ended && m_process->exitStatus() == QProcess::NormalExit && m_process->exitCode() == 0;
}

void ApplianceProcess::kill()
{
    if (!m_process || m_process->state() == QProcess::NotRunning)
        return;
    ::kill(pid_t(m_process->processId()), SIGKILL);
    m_process->waitForFinished(60'000);
}

qint64 ApplianceProcess::statusKiB(const QByteArray &field) const
{
    QFile file(QStringLiteral("/proc/%1/status").arg(processId()));
    if (!file.open(QIODevice::ReadOnly))
        return -1;
    for (const QByteArray &line : file.readAll().split('\n')) {
        if (line.startsWith(field + ':'))
            return line.mid(field.size() + 1).simplified().split(' ').value(0).toLongLong();
    }
    return -1;
}

} // namespace plimsoll::test
