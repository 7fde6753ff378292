#include "storage/engine/LoggedWork.h"

namespace plimsoll {

Q_LOGGING_CATEGORY(storageLog, "plimsoll.storage", QtInfoMsg)

LoggedWork::LoggedWork(const char *what)
    : m_what(what)
{
    qCDebug(storageLog, "%s begins", m_what);
}

LoggedWork::~LoggedWork() { qCDebug(storageLog, "%s ends", m_what); }

} // namespace plimsoll
