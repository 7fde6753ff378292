#include "storage/model/ThreadPriority.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace plimsoll {

namespace {
constexpr int backgroundNice = 3; ///< each step is a quarter more or less of a shared core
constexpr int queryNice = 10;
constexpr uint64_t querySliceNs = 100'000'000;
constexpr uint64_t shortSliceNs = 100'000;

/// struct sched_attr of linux/sched/types.h, in its first version.
struct SchedulingAttributes
{
    uint32_t size = 0;
    uint32_t policy = 0;
    uint64_t flags = 0;
    int32_t nice = 0;
    uint32_t priority = 0;
    uint64_t runtime = 0;
    uint64_t deadline = 0;
    uint64_t period = 0;
};
static_assert(sizeof(SchedulingAttributes) == 48);

bool setSlice(pid_t thread, uint32_t policy, int nice, uint64_t sliceNs)
{
    SchedulingAttributes attributes;
    attributes.size = sizeof attributes;
    attributes.policy = policy;
    attributes.nice = nice;
    attributes.runtime = sliceNs;
    return ::syscall(SYS_sched_setattr, thread, &attributes, 0) == 0;
}

} // namespace

/// On Linux a nice value belongs to a thread, and anyone may raise it.
void giveWayToForeground()
{
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), backgroundNice);
}

/// Linux from 6.12 on lets a thread that wakes up interrupt one whose slice is longer, and so that of a query
/// is the longest there is; before, the nice value has that effect. Source: sched_setattr(2),
/// kernel/sched/fair.c (PREEMPT_SHORT).
void giveWayToIngest(pid_t thread)
{
    if (!setSlice(thread, SCHED_BATCH, queryNice, querySliceNs))
        (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(thread), queryNice);
}

bool givesWayToIngest(pid_t thread)
{
    return ::getpriority(PRIO_PROCESS, static_cast<id_t>(thread)) >= queryNice;
}

/// The other side of the same: one whose slice is short interrupts those whose slices are longer. Kernels
/// before 6.12 take no notice.
void takeShortTurns()
{
    const int nice = ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
    (void)setSlice(0, SCHED_OTHER, nice, shortSliceNs);
}

} // namespace plimsoll
