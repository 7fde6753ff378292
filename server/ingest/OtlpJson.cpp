#include "server/ingest/OtlpJson.h"

#include "server/ingest/JsonFields.h"
#include "server/ingest/OtlpJsonValue.h"
#include "server/ingest/OtlpWriter.h"

namespace plimsoll::ingest {
namespace {

namespace od = simdjson::ondemand;
using namespace strictjson;

Error notARequest(const JsonShapeError &error)
{
    const std::string what = error.field ? std::string("The field ") + error.field + " cannot be read."
                                         : std::string("The body is not JSON that can be read.");
    return {ErrorCode::Invalid, what, "Send ExportMetricsServiceRequest as OTLP's JSON has it."};
}

OtlpMetric::Temporality temporalityOf(Value &value)
{
    if (JsonFields::token(value).starts_with('"')) {
        const std::string word = text(value, "aggregationTemporality");
        return word == "AGGREGATION_TEMPORALITY_DELTA"        ? OtlpMetric::Delta
               : word == "AGGREGATION_TEMPORALITY_CUMULATIVE" ? OtlpMetric::Cumulative
                                                              : OtlpMetric::Unspecified;
    }
    const int64_t word = integer(value, "aggregationTemporality");
    return word == OtlpMetric::Delta || word == OtlpMetric::Cumulative
               ? static_cast<OtlpMetric::Temporality>(word)
               : OtlpMetric::Unspecified;
}

std::string_view rawArray(Value &value, const char *field)
{
    od::array array;
    std::string_view raw;
    if (value.get_array().get(array))
        throw JsonShapeError{field};
    need(array.raw_json().get(raw));
    return raw;
}

} // namespace

class OtlpJson::Reader
{
public:
    Status read(const Payload &payload, Batch &batch);

private:
    bool parseAttributes(std::string_view raw, OtlpAttributes &out);
    void readRequest(std::string_view body);
    void readResourceMetrics(Value &value);
    void readScopeMetrics(Value &value);
    void readMetric(Value &value);
    void readData(OtlpMetric::Type type, Value &value);
    void readPoint(Value &value);
    void readPointField(std::string_view key, Value &value);
    void readListField(std::string_view key, Value &value);
    void readBuckets(Value &value, OtlpPoint::Buckets &buckets);
    void readQuantile(Value &value);

    OtlpWriter m_writer{
        [this](std::string_view raw, OtlpAttributes &out) { return parseAttributes(raw, out); }};
    OtlpMetric m_metric;
    OtlpPoint m_point;
    od::parser m_parser;
    od::parser m_attributeParser;
    std::string m_padded;
    std::string m_paddedAttributes;
};

Status OtlpJson::Reader::read(const Payload &payload, Batch &batch)
{
    if (auto begun = m_writer.begin(payload, batch); !begun)
        return begun;
    m_padded.assign(payload.body);
    m_padded.append(simdjson::SIMDJSON_PADDING, ' ');
    try {
        readRequest(std::string_view(m_padded).substr(0, payload.body.size()));
    } catch (const JsonShapeError &error) {
        return notARequest(error);
    }
    return m_writer.end();
}

void OtlpJson::Reader::readRequest(std::string_view body)
{
    od::document document;
    od::object request;
    need(m_parser.iterate(body.data(), body.size(), m_padded.size()).get(document));
    need(document.get_object().get(request));
    eachField(request, [this](std::string_view key, Value &value) {
        if (key == "resourceMetrics")
            eachElement(value, "resourceMetrics", [this](Value &element) { readResourceMetrics(element); });
    });
    const char *rest = nullptr;
    if (!document.current_location().get(rest))
        throw JsonShapeError{nullptr};
}

bool OtlpJson::Reader::parseAttributes(std::string_view raw, OtlpAttributes &out)
{
    if (raw.empty())
        return true;
    m_paddedAttributes.assign(raw);
    m_paddedAttributes.append(simdjson::SIMDJSON_PADDING, ' ');
    try {
        od::document document;
        od::array array;
        need(m_attributeParser.iterate(m_paddedAttributes.data(), raw.size(), m_paddedAttributes.size())
                 .get(document));
        need(document.get_array().get(array));
        for (auto result : array) {
            Value element;
            need(std::move(result).get(element));
            if (out.size() < maxOtlpAttributes)
                out.push_back(otlpJsonKeyValue(element));
        }
    } catch (const JsonShapeError &) {
        return false;
    }
    return true;
}

void OtlpJson::Reader::readResourceMetrics(Value &value)
{
    std::string_view attributes;
    od::object object = strictjson::object(value, "resourceMetrics");
    eachFieldFirst(object, [&](std::string_view key, Value &field) {
        if (key != "resource")
            return;
        od::object resource = strictjson::object(field, "resource");
        eachField(resource, [&](std::string_view part, Value &of) {
            if (part == "attributes")
                attributes = rawArray(of, "attributes");
        });
    });
    m_writer.beginResource(attributes);
    eachField(object, [this](std::string_view key, Value &field) {
        if (key == "scopeMetrics")
            eachElement(field, "scopeMetrics", [this](Value &element) { readScopeMetrics(element); });
    });
    m_writer.endResource();
}

void OtlpJson::Reader::readScopeMetrics(Value &value)
{
    std::string name;
    std::string version;
    std::string_view attributes;
    od::object object = strictjson::object(value, "scopeMetrics");
    eachFieldFirst(object, [&](std::string_view key, Value &field) {
        if (key != "scope")
            return;
        od::object scope = strictjson::object(field, "scope");
        eachField(scope, [&](std::string_view part, Value &of) {
            if (part == "name")
                name = text(of, "name");
            else if (part == "version")
                version = text(of, "version");
            else if (part == "attributes")
                attributes = rawArray(of, "attributes");
        });
    });
    m_writer.beginScope(name, version, attributes);
    eachField(object, [this](std::string_view key, Value &field) {
        if (key == "metrics")
            eachElement(field, "metrics", [this](Value &element) { readMetric(element); });
    });
}

void OtlpJson::Reader::readMetric(Value &value)
{
    m_metric.name.clear();
    m_metric.description.clear();
    m_metric.unit.clear();
    od::object object = strictjson::object(value, "metrics");
    eachFieldFirst(object, [this](std::string_view key, Value &field) {
        if (key == "name")
            m_metric.name = text(field, "name");
        else if (key == "description")
            m_metric.description = text(field, "description");
        else if (key == "unit")
            m_metric.unit = text(field, "unit");
    });
    eachField(object, [this](std::string_view key, Value &field) {
        if (key == "gauge")
            readData(OtlpMetric::Gauge, field);
        else if (key == "sum")
            readData(OtlpMetric::Sum, field);
        else if (key == "histogram")
            readData(OtlpMetric::Histogram, field);
        else if (key == "exponentialHistogram")
            readData(OtlpMetric::ExponentialHistogram, field);
        else if (key == "summary")
            readData(OtlpMetric::Summary, field);
    });
}

void OtlpJson::Reader::readData(OtlpMetric::Type type, Value &value)
{
    m_metric.type = type;
    m_metric.temporality = OtlpMetric::Unspecified;
    m_metric.monotonic = false;
    od::object object = strictjson::object(value, "metrics");
    eachFieldFirst(object, [&](std::string_view key, Value &field) {
        if (key == "aggregationTemporality")
            m_metric.temporality = temporalityOf(field);
        else if (key == "isMonotonic" && type == OtlpMetric::Sum)
            m_metric.monotonic = flag(field, "isMonotonic");
    });
    m_writer.beginMetric(m_metric);
    eachField(object, [this](std::string_view key, Value &field) {
        if (key == "dataPoints")
            eachElement(field, "dataPoints", [this](Value &element) { readPoint(element); });
    });
}

void OtlpJson::Reader::readPoint(Value &value)
{
    if (!m_writer.withinBounds())
        return;
    m_point.clear();
    od::object object = strictjson::object(value, "dataPoints");
    eachField(object, [this](std::string_view key, Value &field) { readPointField(key, field); });
    m_writer.add(m_point);
}

void OtlpJson::Reader::readPointField(std::string_view key, Value &value)
{
    if (key == "attributes")
        m_point.attributes = rawArray(value, "attributes");
    else if (key == "timeUnixNano")
        m_point.timeNs = count(value, "timeUnixNano");
    else if (key == "asDouble")
        m_point.value = number(value, "asDouble");
    else if (key == "asInt")
        m_point.value = static_cast<double>(integer(value, "asInt"));
    else if (key == "flags")
        m_point.flags = count(value, "flags");
    else if (key == "count")
        m_point.count = count(value, "count");
    else if (key == "sum")
        m_point.sum = number(value, "sum");
    else if (key == "min")
        m_point.min = number(value, "min");
    else if (key == "max")
        m_point.max = number(value, "max");
    else if (key == "scale")
        m_point.scale =
            static_cast<int32_t>(std::clamp<int64_t>(integer(value, "scale"), INT32_MIN, INT32_MAX));
    else if (key == "zeroCount")
        m_point.zeroCount = count(value, "zeroCount");
    else if (key == "zeroThreshold")
        m_point.zeroThreshold = number(value, "zeroThreshold");
    else
        readListField(key, value);
}

void OtlpJson::Reader::readListField(std::string_view key, Value &value)
{
    if (key == "bucketCounts")
        eachElement(value, "bucketCounts", [this](Value &element) {
            m_point.append(m_point.bucketCounts, count(element, "bucketCounts"));
        });
    else if (key == "explicitBounds")
        eachElement(value, "explicitBounds", [this](Value &element) {
            m_point.append(m_point.bounds, number(element, "explicitBounds"));
        });
    else if (key == "positive")
        readBuckets(value, m_point.positive);
    else if (key == "negative")
        readBuckets(value, m_point.negative);
    else if (key == "quantileValues")
        eachElement(value, "quantileValues", [this](Value &element) { readQuantile(element); });
}

void OtlpJson::Reader::readBuckets(Value &value, OtlpPoint::Buckets &buckets)
{
    od::object object = strictjson::object(value, "buckets");
    eachField(object, [&](std::string_view key, Value &field) {
        if (key == "offset")
            buckets.offset =
                static_cast<int32_t>(std::clamp<int64_t>(integer(field, "offset"), INT32_MIN, INT32_MAX));
        else if (key == "bucketCounts")
            eachElement(field, "bucketCounts", [&](Value &element) {
                m_point.append(buckets.counts, count(element, "bucketCounts"));
            });
    });
}

void OtlpJson::Reader::readQuantile(Value &value)
{
    std::pair<double, double> quantile;
    od::object object = strictjson::object(value, "quantileValues");
    eachField(object, [&](std::string_view key, Value &field) {
        if (key == "quantile")
            quantile.first = number(field, "quantile");
        else if (key == "value")
            quantile.second = number(field, "value");
    });
    m_point.append(m_point.quantiles, quantile);
}

OtlpJson::OtlpJson(const Prices &)
    : m_reader(std::make_unique<Reader>())
{
}
OtlpJson::~OtlpJson() = default;

Status OtlpJson::decode(const Payload &payload, Batch &batch) { return m_reader->read(payload, batch); }

} // namespace plimsoll::ingest
