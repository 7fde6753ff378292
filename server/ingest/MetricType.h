#pragma once

#include "server/ingest/JsonFields.h"
#include "server/ingest/SampleWriter.h"

#include <optional>
#include <span>

namespace plimsoll::ingest {

/// The `type` and `cumulative` of an item: gauge, counter (an increment, or a running total where
/// cumulative), histogram or event (both are observations).
class MetricType
{
public:
    void readType(JsonFields &fields, JsonFields::Value &value);
    void readCumulative(JsonFields &fields, JsonFields::Value &value)
    {
        fields.flag(value, "cumulative", m_cumulative);
    }

    /// What it means; `otherwise` where no type was given. Notes an error where the words contradict each
    /// other or a value does not fit.
    SampleType sampleType(JsonFields &fields, SampleType otherwise, std::span<const NamedValue> values) const;

private:
    enum class Word { None, Gauge, Counter, Event };
    Word m_word = Word::None;
    bool m_cumulative = false;
};

} // namespace plimsoll::ingest
