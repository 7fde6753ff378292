#pragma once

#include "storage/upkeep/Progress.h"

#include <QJsonObject>
#include <QString>

namespace plimsoll::app {

/// The progress of a shell command: one line on a terminal that is written over, and Ctrl-C. The handler of
/// SIGINT stays in place afterwards.
Progress terminalProgress(const char *doing);
/// Clears that line.
void clearProgress();

/// Starts a job of a running appliance by a command of its control socket, and waits for its end; Ctrl-C
/// cancels it. The job's result, or its failure; NotFound where no appliance runs on the directory.
Result<QJsonObject> runJob(const QString &dataDirectory, const std::string &command,
                           const QJsonObject &arguments, const char *doing);

} // namespace plimsoll::app
