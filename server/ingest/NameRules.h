#pragma once

#include "server/ingest/ItemError.h"

#include <cstddef>
#include <string_view>

namespace plimsoll {
class Labels;
}

namespace plimsoll::ingest {

/// Bounds of what a sender may name, the same for every wire format.
inline constexpr size_t maxNameBytes = 256;
inline constexpr size_t maxLabels = 64; ///< the metric name not counted
inline constexpr size_t maxLabelNameBytes = 256;
inline constexpr size_t maxLabelValueBytes = 1024;

/// Metric names follow Prometheus 3: any UTF-8 text but the empty one. A zero byte is refused. The bytes must
/// be known to be UTF-8 already.
ItemCheck checkMetricName(std::string_view name);

/// Label names follow the same rule and must not begin with two underscores, which are kept for Plimsoll's
/// own use.
ItemCheck checkLabel(std::string_view name, std::string_view value);

/// Checks each label (the metric name not among them) and their number.
ItemCheck checkLabels(const Labels &labels);

/// A name or value as it may stand in a message: quoted, cut to 64 bytes at a character's end.
std::string quoted(std::string_view text);

/// The start of a text of UTF-8, cut at a character's end to at most that many bytes.
std::string_view startOf(std::string_view text, size_t maxBytes);

} // namespace plimsoll::ingest
