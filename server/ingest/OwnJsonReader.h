#pragma once

#include "server/ingest/JsonFields.h"
#include "server/ingest/JsonText.h"
#include "server/ingest/MetricType.h"
#include "server/ingest/OwnJson.h"
#include "server/ingest/SampleWriter.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::ingest {

/// Reads bodies, one after the other, on one thread.
class OwnJson::Reader
{
public:
    explicit Reader(const Prices &prices)
        : m_usualPrices(&prices)
        , m_prices(&prices)
    {
    }

    Status read(const Payload &payload, Batch &batch);

private:
    using Value = JsonFields::Value;

    /// What a metric's object said, until it ends: its fields come in any order.
    struct Metric
    {
        std::optional<std::string_view> rawName;
        std::optional<double> value;
        std::vector<NamedValue> values;
        bool hasValues = false;
        MetricType type;
        std::string_view rawLabels;
        std::optional<int64_t> timestampMs;
        bool any = false; ///< some field of a metric was there

        void clear();
    };
    struct Request
    {
        std::optional<std::string_view> rawMethod;
        std::optional<std::string_view> rawRoute;
        int64_t status = 0;
        std::optional<double> durationMs;
        std::string_view rawLabels;
        std::optional<int64_t> timestampMs;
    };
    struct Call
    {
        LlmCall call;
        std::string endpoint;
        std::string_view rawLabels;
        std::optional<int64_t> timestampMs;
    };

    void readDocument(std::string_view text);
    void readRoot(simdjson::ondemand::document &document);
    void readElement(Value value);
    void readSections(simdjson::ondemand::object object);
    bool readSection(std::string_view key, Value &value);
    template<typename ReadFields>
    void readItems(Value &value, const char *section, ReadFields readFields);
    template<typename Handle>
    bool eachField(simdjson::ondemand::object &object, Handle handle);

    void readMetricItem(simdjson::ondemand::object &object);
    bool readMetricField(std::string_view key, Value &value, Metric &metric);
    void readNamedValues(Value &value, Metric &metric);
    void endMetric(Metric &metric);
    void readRequestItem(simdjson::ondemand::object &object);
    void endRequest(const Request &request);
    void readCallItem(simdjson::ondemand::object &object);
    void endCall(Call &call);

    void refuseBroken(simdjson::ondemand::document *document);
    int64_t timeOf(const std::optional<int64_t> &timestampMs) const { return timestampMs.value_or(m_nowMs); }

    const Prices *m_usualPrices;
    const Prices *m_prices; ///< of the body that is read
    SampleWriter m_writer;
    JsonFields m_fields;
    simdjson::ondemand::parser m_parser;
    std::string m_padded;
    std::string m_scratch;
    Metric m_item; ///< of a section
    Metric m_bare; ///< where a document may stand
    int64_t m_nowMs = 0;
    ItemPlace m_place;
    size_t m_sectionIndex = 0;
    size_t m_documentOffset = 0; ///< in the body
    bool m_severalDocuments = false;
    size_t m_line = 1;
};

template<typename Handle>
bool OwnJson::Reader::eachField(simdjson::ondemand::object &object, Handle handle)
{
    for (auto result : object) {
        simdjson::ondemand::field field;
        if (!m_fields.note(std::move(result).get(field)))
            return false;
        handle(rawJsonString(field.key().raw()), field.value());
        if (m_fields.broken() != simdjson::SUCCESS)
            return false;
    }
    return true;
}

} // namespace plimsoll::ingest
