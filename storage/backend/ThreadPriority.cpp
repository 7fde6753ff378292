#include "storage/backend/ThreadPriority.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace plimsoll {

namespace {
constexpr int backgroundNice = 3; ///< each step is a quarter more or less of a shared core
constexpr int queryNice = 10;
} // namespace

/// On Linux a nice value belongs to a thread, and anyone may raise it.
void giveWayToForeground()
{
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), backgroundNice);
}

void giveWayToIngest()
{
    const sched_param none{};
    (void)::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &none);
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), queryNice);
}

} // namespace plimsoll
