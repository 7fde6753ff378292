#pragma once

#include "server/ingest/ItemError.h"
#include "storage/model/Labels.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::ingest {

/// What a StatsD line does with its numbers.
enum class StatsdType { Counter, Gauge, Observation, Set };

/// The parts of `name:values|type|@rate|#tags|c:container|T<unix seconds>`; views into the line.
///
/// Sources: github.com/statsd/statsd/blob/master/docs/metric_types.md,
/// docs.datadoghq.com/developers/dogstatsd/datagram_shell (protocol 1.0 to 1.3).
struct StatsdLine
{
    std::string_view name; ///< with the tags that Telegraf's clients write behind a comma
    std::string_view values;
    StatsdType type = StatsdType::Counter;
    double rate = 1;       ///< over 0, at most 1
    std::string_view tags; ///< `k:v,k:v`
    std::optional<int64_t> timestampMs;
};
/// Sections that are not known are passed over. Values are not looked at yet.
ItemCheck readStatsdLine(std::string_view text, StatsdLine &out);

/// One number of a line.
struct StatsdNumber
{
    double value = 0;
    bool hasSign = false; ///< for a gauge: a change in place of a value
};
/// Takes the next number off packed values `1:2:3`.
ItemCheck takeStatsdNumber(std::string_view &values, StatsdNumber &out);

/// Adds `k:v,k:v`; a tag without a value means "true", of a repeated tag the last one counts.
void addStatsdTags(std::string_view tags, Labels &labels);
/// The labels of a line, its name among them.
ItemCheck readStatsdLabels(const StatsdLine &line, Labels &labels);

/// Takes everything up to a separator off the front, and the separator.
std::string_view takeUntil(std::string_view &text, char separator);

/// Seconds since the Unix epoch; nothing for what is no such number.
std::optional<int64_t> statsdTimestampMs(std::string_view seconds);

} // namespace plimsoll::ingest
