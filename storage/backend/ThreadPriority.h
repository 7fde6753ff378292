#pragma once

namespace plimsoll {

/// Lets the calling thread give way to those that answer requests where there are fewer cores than work. It
/// still gets a third of a core that it has to share with one of them, so that what it does keeps up.
void giveWayToForeground();

} // namespace plimsoll
