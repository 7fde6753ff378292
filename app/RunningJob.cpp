#include "app/RunningJob.h"

#include "app/ControlSocket.h"

#include <QElapsedTimer>
#include <QThread>

#include <csignal>
#include <cstdio>
#include <unistd.h>

namespace plimsoll::app {

namespace {

constexpr unsigned long pollMs = 100;

std::atomic<bool> interrupted{false};
void onInterrupt(int) { interrupted = true; }

Error errorOf(const QJsonObject &job)
{
    if (job["state"].toString() == QLatin1String("cancelled"))
        return {ErrorCode::Cancelled, "It was cancelled.", {}};
    const QJsonObject error = job["error"].toObject();
    return {ErrorCode::Internal, error["message"].toString().toStdString(),
            error["hint"].toString().toStdString()};
}

} // namespace

Progress terminalProgress(const char *doing)
{
    std::signal(SIGINT, onInterrupt); // NOLINT(cert-err33-c)
    Progress progress;
    progress.cancelled = &interrupted;
    progress.tell = [doing, shown = std::make_shared<QElapsedTimer>()](uint64_t done, uint64_t total) {
        if (total == 0 || !isatty(STDERR_FILENO) || (shown->isValid() && shown->elapsed() < 200))
            return;
        shown->start();
        std::fprintf(stderr, "\r%s: %5.1f %% of %.1f MB  ", doing, 100.0 * double(done) / double(total),
                     double(total) / 1e6);
    };
    return progress;
}

void clearProgress()
{
    if (isatty(STDERR_FILENO))
        std::fputs("\r\033[K", stderr);
}

Result<QJsonObject> runJob(const QString &dataDirectory, const std::string &command,
                           const QJsonObject &arguments, const char *doing)
{
    auto job = ControlSocket::ask(dataDirectory, command, arguments);
    if (!job)
        return job.error();
    const QJsonObject id{{"id", (*job)["id"]}};
    const Progress progress = terminalProgress(doing);
    bool asked = false;
    while ((*job)["state"].toString() == QLatin1String("running")) {
        QThread::msleep(pollMs);
        if (interrupted && !std::exchange(asked, true))
            (void)ControlSocket::ask(dataDirectory, "job.cancel", id);
        job = ControlSocket::ask(dataDirectory, "job.get", id);
        if (!job)
            return job.error();
        progress.say(uint64_t((*job)["done_bytes"].toInteger()), uint64_t((*job)["total_bytes"].toInteger()));
    }
    clearProgress();
    if ((*job)["state"].toString() != QLatin1String("done"))
        return errorOf(*job);
    return (*job)["result"].toObject();
}

} // namespace plimsoll::app
