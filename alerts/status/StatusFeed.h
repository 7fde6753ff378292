#pragma once

#include "alerts/status/StatusView.h"

#include <string>

namespace plimsoll::alerts {

/// The updates of the incidents as an Atom feed (RFC 4287), newest first, at most 50. Ids are derived from
/// those of page and update; addresses are relative, so that it says nothing of who asked by which name.
std::string statusFeed(const StatusView &view);

/// A badge for a README: "Example | up", or the uptime of 90 days in the place of the word.
enum class BadgeText { State, Uptime };
std::string statusBadge(const StatusView &view, BadgeText text = BadgeText::State);

/// The same as JSON, for programs: `{"title","status","sentence","components":[…],"incidents":[…]}`.
std::string statusJson(const StatusView &view);

} // namespace plimsoll::alerts
