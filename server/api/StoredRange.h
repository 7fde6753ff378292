#pragma once

#include "server/api/ReadScope.h"

#include <string_view>

namespace plimsoll::api {

class JsonWriter;

/// In which form a range of a series is stored: days first, then hours, then samples. Any may be empty.
struct StoredRange
{
    TimeRange days;
    TimeRange hours;
    TimeRange samples;

    static StoredRange of(const Coverage &coverage, TimeRange range);
};

/// Replaces `out` by the days and hours of a series that overlap the first two parts of its range.
Status readRollups(const ReadScope &scope, SeriesId series, const StoredRange &stored, RollupColumns &out);

/// The forms that an answer was made of, as it says them: `"stored":["samples","hours"]`. Gathers them over
/// series.
class StoredForms
{
public:
    void add(const StoredRange &range);
    bool onlySamples() const { return !m_hours && !m_days; }
    /// Where samples begin, for the message that tells of it.
    int64_t samplesFromMs() const { return m_samplesFromMs; }
    /// Writes the members `stored` and `infos` into the open object; `more` is said too where it is not
    /// empty.
    void write(JsonWriter &json, std::string_view more = {}) const;

private:
    bool m_samples = false;
    bool m_hours = false;
    bool m_days = false;
    int64_t m_samplesFromMs = INT64_MIN;
};

} // namespace plimsoll::api
