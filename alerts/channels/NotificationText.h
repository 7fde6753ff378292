#pragma once

#include "alerts/channels/Notification.h"

#include <string>
#include <vector>

namespace plimsoll::alerts {

/// The words of a notification, the same in every kind of channel. Plain text, UTF-8.

/// "Critical: CPU is high", "Resolved: CPU is high (3 series)".
std::string titleOf(const Notification &notification);

/// What an episode says of itself, a line each: its annotations `summary` and `description`, what a
/// check found, the value and its line, what is normal, the labels, since when.
std::vector<std::string> linesOf(const NotifiedEpisode &episode);

/// "612 ms, above its line of 500 ms", and of one that is over "At worst 643 ms, its line is 500 ms"; empty
/// where there is no value.
std::string measureOf(const NotifiedEpisode &episode);
/// "Normal for that hour: 240 ms to 310 ms"; empty where it is not known, and of one that is over.
std::string normalOf(const NotifiedEpisode &episode);
/// "Since 2026-11-21 08:00:05 UTC, 18 min after deploy v2.4.2", or "From … to …".
std::string sinceOf(const NotifiedEpisode &episode);
/// "instance=web-1, job=node", sorted by name.
std::string labelsOf(const NotifiedEpisode &episode);
/// "2026-11-21 08:00:05 UTC"; the second form is RFC 3339 with milliseconds.
std::string timeText(int64_t timestampMs);
std::string rfc3339(int64_t timestampMs);

/// The whole as plain text: title, episodes, links. Shortened to whole episodes so that it has at most
/// `maxBytes` of UTF-8.
std::string plainText(const Notification &notification, size_t maxBytes, bool withTitle = true);

/// Texts cut at a whole character, with "…" in place of what is left out. The limit counts bytes of UTF-8 or
/// units of UTF-16.
std::string cutBytes(const std::string &text, size_t maxBytes);
std::string cutUtf16(const std::string &text, size_t maxUnits);

} // namespace plimsoll::alerts
