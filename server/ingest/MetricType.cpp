#include "server/ingest/MetricType.h"

#include "server/ingest/JsonText.h"
#include "server/ingest/NameRules.h"

namespace plimsoll::ingest {

void MetricType::readType(JsonFields &fields, JsonFields::Value &value)
{
    std::optional<std::string_view> raw;
    const std::string_view token = JsonFields::token(value);
    if (token == "null")
        return;
    if (token.starts_with('"'))
        raw = rawJsonString(token.data() + 1);
    if (raw == "gauge")
        m_word = Word::Gauge;
    else if (raw == "counter" || raw == "delta")
        m_word = Word::Counter;
    else if (raw == "event" || raw == "histogram" || raw == "distribution")
        m_word = Word::Event;
    else
        fields.fail("bad_type", "type must be gauge, counter, histogram or event, not " +
                                    quoted(raw.value_or(token)) + ".");
}

SampleType MetricType::sampleType(JsonFields &fields, SampleType otherwise,
                                  std::span<const NamedValue> values) const
{
    if (m_cumulative && m_word != Word::Counter && m_word != Word::None)
        fields.fail("bad_type", "cumulative goes with the type counter only.");
    const bool counter = m_word == Word::Counter || m_cumulative;
    const auto negative = [](const NamedValue &value) { return value.value < 0; };
    if (counter && std::any_of(values.begin(), values.end(), negative))
        fields.fail("bad_value",
                    "A counter does not go down; send an event or a gauge for values that may be negative.");
    if (counter)
        return {m_cumulative ? Kind::Counter : Kind::Delta, false};
    if (m_word == Word::None)
        return otherwise;
    return {m_word == Word::Gauge ? Kind::Gauge : Kind::Distribution, false};
}

} // namespace plimsoll::ingest
