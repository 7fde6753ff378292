#pragma once

#include "alerts/channels/Notification.h"

#include <string>

namespace plimsoll::alerts {

/// A small chart of what was evaluated, with its line, as a PNG of 560 x 160: what programs for mail show,
/// which SVG is not. Empty where there are fewer than two points.
std::string chartPng(const NotifiedEpisode &episode);

} // namespace plimsoll::alerts
