#include "storage/backend/ThreadPriority.h"

#include <sys/resource.h>
#include <unistd.h>

namespace plimsoll {

namespace {
constexpr int backgroundNice = 3; ///< each step is a quarter more or less of a shared core
} // namespace

/// On Linux a nice value belongs to a thread, and anyone may raise it.
void giveWayToForeground()
{
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), backgroundNice);
}

} // namespace plimsoll
