#pragma once

#include <sys/types.h>

namespace plimsoll {

/// Lets the calling thread give way to those that answer requests where there are fewer cores than work. It
/// still gets a third of a core that it has to share with one of them, so that what it does keeps up.
void giveWayToForeground();

/// Lets a thread of this process (0 is the calling one), which evaluates queries, give way to everything that
/// takes samples in and keeps them: it gets a tenth of a core that it has to share, all of one that idles,
/// and never interrupts another thread that wakes up. Only a privileged process may take that back.
void giveWayToIngest(pid_t thread = 0);

/// Whether a thread of this process (0 is the calling one) was made to.
bool givesWayToIngest(pid_t thread = 0);

/// Lets the calling thread, which mostly waits for the disk or for clients and has little to do when it wakes
/// up, have its turn at once; it gets no more of a core than before.
void takeShortTurns();

} // namespace plimsoll
