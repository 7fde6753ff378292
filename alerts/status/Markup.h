#pragma once

#include "alerts/status/StatusView.h"

#include <string>
#include <string_view>

namespace plimsoll::alerts {

/// Text as a person may trust it: what XML forbids becomes U+FFFD; what would hide, or make other characters
/// change places, stands by its number, so that no name looks like another one.
std::string visible(std::string_view text);
/// The same as HTML, XML or SVG has it, between tags or in a quoted attribute.
std::string escaped(std::string_view text);

/// "12 Nov 2026, 14:02" and "12 Nov 2026" in a zone; "2026-11-12T14:02:00Z".
std::string timeText(int64_t ms, const QTimeZone &zone);
std::string dateText(int64_t ms, const QTimeZone &zone);
std::string isoTime(int64_t ms);

/// The colour of a state on light ground, for what knows no style sheet.
std::string_view stateColour(PublicState state);

} // namespace plimsoll::alerts
