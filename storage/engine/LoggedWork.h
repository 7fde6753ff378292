#pragma once

#include <QLoggingCategory>

namespace plimsoll {

/// What storage does in the background. Debug messages are off unless asked for, by
/// QT_LOGGING_RULES="plimsoll.storage.debug=true".
Q_DECLARE_LOGGING_CATEGORY(storageLog)

/// A piece of background work for the log: "<what> begins" now, "<what> ends" when this goes. Costs one test
/// of a flag where that is off.
class LoggedWork
{
public:
    /// `what` is a literal of two words at most.
    explicit LoggedWork(const char *what);
    ~LoggedWork();
    LoggedWork(const LoggedWork &) = delete;
    LoggedWork &operator=(const LoggedWork &) = delete;

private:
    const char *m_what;
};

} // namespace plimsoll
