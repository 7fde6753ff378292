#pragma once

#include "storage/query/Query.h"

#include <string>
#include <vector>

namespace plimsoll::api::prometheus {

/// Appends one series of an answer to query or query_range as JSON. Times are seconds with milliseconds where
/// they have some, values are strings, and a histogram is
/// `{"count","sum","buckets":[[boundaries,lower,upper,count]…]}`. Answers have millions of points, so the
/// bytes are written straight into one string.
void appendSeries(std::string &out, const QuerySeries &series, QueryResult::Type type);
/// `[seconds,"value"]`, or a histogram in place of the value.
void appendPoint(std::string &out, const QueryPoint &point);
/// A time as seconds.
void appendTime(std::string &out, int64_t timeMs);
/// No point of a float series takes more bytes.
inline constexpr uint64_t maxPointBytes = 80;

/// Labels as a JSON object, and texts as a JSON array.
std::string labelsToJson(const Labels &labels);
std::string textsToJson(const std::vector<std::string> &texts);
/// A text as a JSON string.
std::string textToJson(std::string_view text);

} // namespace plimsoll::api::prometheus
