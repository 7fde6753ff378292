#pragma once

#include "alerts/status/StatusView.h"

#include <string>

namespace plimsoll::alerts {

/// The public page as one document: no script, nothing to fetch but its feed, light and dark by the visitor's
/// system, readable from 320 px on. It holds no address of this appliance, so it may be cached by anybody.
std::string statusPageHtml(const StatusView &view);

/// What a Content-Security-Policy has to allow for it: the hash of its one style element.
std::string statusPageStyleHash();

} // namespace plimsoll::alerts
