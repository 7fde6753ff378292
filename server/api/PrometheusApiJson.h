#pragma once

#include "storage/query/Query.h"

#include <string>
#include <vector>

namespace plimsoll::api::prometheus {

/// The `data` of an answer to query or query_range, as JSON: `{"resultType":…,"result":…}`. Times are seconds
/// with milliseconds where they have some, values are strings, and a histogram is
/// `{"count","sum","buckets":[[boundaries,lower,upper,count]…]}`. Answers have a hundred thousand points, so
/// the bytes are written straight into one string. `timeMs` dates a string result.
std::string resultToJson(const QueryResult &result, int64_t timeMs);

/// The envelope of success around `data`, which is JSON, with the warnings and infos that there are.
std::string successEnvelope(std::string data, const std::vector<std::string> &warnings = {},
                            const std::vector<std::string> &infos = {});

/// The envelope of an error: `{"status":"error","errorType":…,"error":…}`.
std::string errorEnvelope(std::string_view errorType, std::string_view message);

/// Labels as a JSON object, and texts as a JSON array.
std::string labelsToJson(const Labels &labels);
std::string textsToJson(const std::vector<std::string> &texts);
/// A text as a JSON string.
std::string textToJson(std::string_view text);

} // namespace plimsoll::api::prometheus
