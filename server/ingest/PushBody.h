#pragma once

#include "server/ingest/Prices.h"
#include "server/ingest/PushGroup.h"

#include <string_view>
#include <vector>

namespace plimsoll::ingest {

inline constexpr size_t maxPushedSeries = 50'000; ///< of one push

/// The samples of a pushed text exposition, with the labels of the group in place of their own. Fails with
/// Invalid where a line is malformed; with Unprocessable where one carries a timestamp, where two mean one
/// series, and for the names that Plimsoll adds itself; with TooLarge beyond maxPushedSeries.
Result<std::vector<PushedSeries>> readPush(std::string_view body, const Labels &group, const Prices &prices);

} // namespace plimsoll::ingest
