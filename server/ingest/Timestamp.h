#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace plimsoll::ingest {

/// A number as a point in time: under 1e11 it is seconds since the Unix epoch (fractions allowed), under 1e14
/// milliseconds. Everything else, negative numbers included, is none.
std::optional<int64_t> timestampFromNumber(double number);

/// An RFC 3339 date and time with "Z" or an offset ("2026-11-21T08:20:01.5+01:00"; a space may stand for the
/// "T"). Digits after the millisecond are cut off. A leap second counts as the second before it.
std::optional<int64_t> timestampFromText(std::string_view text);

} // namespace plimsoll::ingest
