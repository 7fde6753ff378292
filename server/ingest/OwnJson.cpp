#include "server/ingest/OwnJson.h"

#include "server/ingest/JsonFields.h"
#include "server/ingest/JsonText.h"
#include "server/ingest/MetricType.h"
#include "server/ingest/NameRules.h"
#include "server/ingest/SampleWriter.h"

#include <cstring>

namespace plimsoll::ingest {
namespace {

namespace od = simdjson::ondemand;

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// The first document of what is left: up to the line feed that separates it from the next one, or all. A
/// line feed separates where a closing bracket stands before it and an opening one after it: no JSON document
/// holds that.
std::string_view firstDocument(std::string_view rest)
{
    for (size_t at = rest.find('\n'); at != std::string_view::npos; at = rest.find('\n', at)) {
        size_t before = at;
        while (before > 0 && isSpace(rest[before - 1]))
            before--;
        while (at < rest.size() && isSpace(rest[at]))
            at++;
        if (before > 0 && at < rest.size() && (rest[before - 1] == '}' || rest[before - 1] == ']') &&
            (rest[at] == '{' || rest[at] == '['))
            return rest.substr(0, before);
    }
    return rest;
}

} // namespace

/// Reads bodies, one after the other, on one thread.
class OwnJson::Reader
{
public:
    explicit Reader(const Prices &prices)
        : m_prices(&prices)
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
    void readRoot(od::document &document);
    void readElement(Value value);
    void readSections(od::object object);
    bool readSection(std::string_view key, Value &value);
    template<typename ReadFields>
    void readItems(Value &value, const char *section, ReadFields readFields);
    template<typename Handle>
    bool eachField(od::object &object, Handle handle);

    void readMetricItem(od::object &object);
    bool readMetricField(std::string_view key, Value &value, Metric &metric);
    void readNamedValues(Value &value, Metric &metric);
    void endMetric(Metric &metric);
    void readRequestItem(od::object &object);
    void endRequest(const Request &request);
    void readCallItem(od::object &object);
    void endCall(Call &call);

    void refuseBroken(od::document *document);
    int64_t timeOf(const std::optional<int64_t> &timestampMs) const { return timestampMs.value_or(m_nowMs); }

    const Prices *m_prices;
    SampleWriter m_writer;
    JsonFields m_fields;
    od::parser m_parser;
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

void OwnJson::Reader::Metric::clear()
{
    rawName.reset();
    value.reset();
    values.clear();
    hasValues = false;
    type = {};
    rawLabels = {};
    timestampMs.reset();
    any = false;
}

Status OwnJson::Reader::read(const Payload &payload, Batch &batch)
{
    m_nowMs = payload.nowMs;
    m_padded.assign(payload.body);
    m_padded.append(simdjson::SIMDJSON_PADDING, ' ');
    const std::string_view body = std::string_view(m_padded).substr(0, payload.body.size());
    m_writer.begin(batch, payload.project);
    size_t at = 0;
    m_line = 1;
    while (at < body.size() && isSpace(body[at]))
        m_line += body[at++] == '\n';
    if (at == body.size())
        return Error{ErrorCode::Invalid, "The body is empty.",
                     "Send a JSON object with metrics, requests or llm."};
    m_severalDocuments = false;
    while (at < body.size()) {
        const std::string_view document = firstDocument(body.substr(at));
        m_severalDocuments = m_severalDocuments || at + document.size() < body.size();
        m_documentOffset = at;
        readDocument(document);
        m_line += static_cast<size_t>(std::count(document.begin(), document.end(), '\n'));
        for (at += document.size(); at < body.size() && isSpace(body[at]); at++)
            m_line += body[at] == '\n';
    }
    m_writer.finish();
    return {};
}

void OwnJson::Reader::readDocument(std::string_view text)
{
    m_fields.beginDocument();
    m_place = {};
    const size_t readable = m_padded.size() - m_documentOffset;
    od::document document;
    if (!m_fields.note(m_parser.iterate(text.data(), text.size(), readable).get(document))) {
        refuseBroken(nullptr);
        return;
    }
    readRoot(document);
    if (m_fields.broken() != simdjson::SUCCESS) {
        refuseBroken(&document);
        return;
    }
    const char *rest = nullptr;
    if (!document.current_location().get(rest)) {
        m_place = {};
        m_fields.note(simdjson::TAPE_ERROR);
        refuseBroken(&document);
    }
}

void OwnJson::Reader::readRoot(od::document &document)
{
    const char first = m_padded[m_documentOffset];
    od::object object;
    od::array array;
    if (first == '{') {
        if (m_fields.note(document.get_object().get(object)))
            readSections(object);
    } else if (first == '[') {
        if (!m_fields.note(document.get_array().get(array)))
            return;
        for (auto result : array) {
            Value value;
            if (!m_fields.note(std::move(result).get(value)))
                return;
            readElement(std::move(value));
            if (m_fields.broken() != simdjson::SUCCESS)
                return;
        }
    } else {
        m_fields.note(simdjson::INCORRECT_TYPE);
    }
}

void OwnJson::Reader::readElement(Value value)
{
    m_place = {};
    od::object object;
    if (!JsonFields::token(value).starts_with('{'))
        m_writer.refuse({"bad_item", "Each element must be an object."}, m_place);
    else if (m_fields.note(value.get_object().get(object)))
        readSections(object);
}

template<typename Handle>
bool OwnJson::Reader::eachField(od::object &object, Handle handle)
{
    for (auto result : object) {
        od::field field;
        if (!m_fields.note(std::move(result).get(field)))
            return false;
        handle(rawJsonString(field.key().raw()), field.value());
        if (m_fields.broken() != simdjson::SUCCESS)
            return false;
    }
    return true;
}

void OwnJson::Reader::readSections(od::object object)
{
    bool known = false;
    m_bare.clear();
    ItemCheck bareError;
    const bool whole = eachField(object, [&](std::string_view key, Value &value) {
        if (readSection(key, value)) {
            known = true;
            return;
        }
        m_fields.beginItem();
        readMetricField(key, value, m_bare);
        if (m_fields.error() && !bareError)
            bareError = m_fields.error();
    });
    m_place = {};
    if (!whole)
        return;
    m_fields.beginItem();
    if (bareError)
        m_fields.fail(*bareError);
    const bool metric = m_bare.rawName || m_bare.value || m_bare.hasValues || (bareError && !known);
    if (metric)
        endMetric(m_bare);
    else if (!known)
        m_writer.refuse({"bad_item", "There is neither metrics nor requests nor llm."}, m_place);
}

bool OwnJson::Reader::readSection(std::string_view key, Value &value)
{
    if (key == "metrics")
        readItems(value, "metrics", [this](od::object &object) { readMetricItem(object); });
    else if (key == "requests")
        readItems(value, "requests", [this](od::object &object) { readRequestItem(object); });
    else if (key == "llm")
        readItems(value, "llm", [this](od::object &object) { readCallItem(object); });
    else
        return false;
    return true;
}

template<typename ReadFields>
void OwnJson::Reader::readItems(Value &value, const char *section, ReadFields readFields)
{
    m_place = {section, 0};
    const std::string_view raw = JsonFields::token(value);
    if (raw == "null")
        return;
    od::array array;
    if (!raw.starts_with('[')) {
        m_writer.refuse({"bad_item", std::string(section) + " must be an array of objects."}, {});
        return;
    }
    if (!m_fields.note(value.get_array().get(array)))
        return;
    for (auto result : array) {
        Value element;
        od::object object;
        if (!m_fields.note(std::move(result).get(element)))
            return;
        m_fields.beginItem();
        if (!JsonFields::token(element).starts_with('{'))
            m_writer.refuse({"bad_item", "It must be an object."}, m_place);
        else if (m_fields.note(element.get_object().get(object)))
            readFields(object);
        if (m_fields.broken() != simdjson::SUCCESS)
            return;
        m_place.index++;
    }
}

void OwnJson::Reader::readMetricItem(od::object &object)
{
    m_item.clear();
    if (eachField(object, [&](std::string_view key, Value &value) { readMetricField(key, value, m_item); }))
        endMetric(m_item);
}

bool OwnJson::Reader::readMetricField(std::string_view key, Value &value, Metric &metric)
{
    if (key == "labels")
        m_fields.rawLabels(value, metric.rawLabels);
    else if (key == "ts")
        m_fields.timestamp(value, metric.timestampMs);
    else if (key == "values")
        readNamedValues(value, metric);
    else if (key == "name")
        m_fields.rawText(value, "name", metric.rawName);
    else if (key == "value")
        m_fields.number(value, "value", metric.value);
    else if (key == "type")
        metric.type.readType(m_fields, value);
    else if (key == "cumulative")
        metric.type.readCumulative(m_fields, value);
    else
        return false;
    return true;
}

void OwnJson::Reader::readNamedValues(Value &value, Metric &metric)
{
    const std::string_view raw = JsonFields::token(value);
    od::object object;
    if (raw == "null")
        return;
    metric.hasValues = true;
    if (!raw.starts_with('{')) {
        m_fields.fail("bad_value", "values must be an object of names and numbers.");
        return;
    }
    if (!m_fields.note(value.get_object().get(object)))
        return;
    eachField(object, [&](std::string_view name, Value &number) {
        double read = 0;
        if (!number.get_double().get(read)) {
            metric.values.push_back({name, read});
            return;
        }
        std::optional<double> none;
        m_fields.number(number, "values." + std::string(name.substr(0, maxNameBytes)), none);
        if (!none)
            m_fields.fail("bad_value", "values." + std::string(name.substr(0, maxNameBytes)) +
                                           " must be a number, not null.");
    });
}

void OwnJson::Reader::endMetric(Metric &metric)
{
    const NamedValue single{metric.rawName.value_or(std::string_view()), metric.value.value_or(0)};
    const std::span<const NamedValue> values = metric.hasValues ? std::span<const NamedValue>(metric.values)
                                                                : std::span<const NamedValue>(&single, 1);
    if (metric.hasValues && (metric.value || metric.rawName))
        m_fields.fail("bad_item", "It has both values and name or value; send one form.");
    else if (!metric.hasValues && !metric.rawName)
        m_fields.fail("bad_name", "name is missing.");
    else if (!metric.hasValues && !metric.value)
        m_fields.fail("bad_value", "value is missing.");
    else if (values.empty())
        m_fields.fail("bad_value", "values is empty.");
    const SampleType type = metric.type.sampleType(m_fields, {Kind::Gauge, true}, values);
    if (m_fields.error()) {
        m_writer.refuse(*m_fields.error(), m_place);
        return;
    }
    const auto make = [&](Labels &labels) { return m_fields.parseLabels(metric.rawLabels, labels); };
    m_writer.addValues(metric.rawLabels, std::ref(make), values, type, timeOf(metric.timestampMs), m_place,
                       unescapeJson);
}

void OwnJson::Reader::readRequestItem(od::object &object)
{
    Request request;
    const bool whole = eachField(object, [&](std::string_view key, Value &value) {
        if (key == "method")
            m_fields.rawText(value, "method", request.rawMethod);
        else if (key == "route")
            m_fields.rawText(value, "route", request.rawRoute);
        else if (key == "status")
            m_fields.count(value, "status", request.status);
        else if (key == "duration_ms")
            m_fields.number(value, "duration_ms", request.durationMs);
        else if (key == "labels")
            m_fields.rawLabels(value, request.rawLabels);
        else if (key == "ts")
            m_fields.timestamp(value, request.timestampMs);
    });
    if (whole)
        endRequest(request);
}

void OwnJson::Reader::endRequest(const Request &request)
{
    if (!request.rawMethod || request.rawMethod->empty())
        m_fields.fail("bad_value", "method is missing.");
    else if (!request.rawRoute || request.rawRoute->empty())
        m_fields.fail("bad_value", "route is missing.");
    else if (request.status < 100 || request.status > 599)
        m_fields.fail("bad_value", "status must be from 100 to 599.");
    else if (!request.durationMs || *request.durationMs < 0)
        m_fields.fail("bad_value", "duration_ms must be a number that is not negative.");
    if (m_fields.error()) {
        m_writer.refuse(*m_fields.error(), m_place);
        return;
    }
    // Bytes that stand for this label set in the cache; the first one keeps them apart from a labels object.
    m_scratch.assign(1, '\x01');
    ((m_scratch += *request.rawMethod) += '"') += *request.rawRoute;
    ((m_scratch += '"') += std::to_string(request.status)) += request.rawLabels;
    const auto make = [&](Labels &labels) -> ItemCheck {
        if (auto error = m_fields.parseLabels(request.rawLabels, labels))
            return error;
        const auto method = unescapeJson(*request.rawMethod);
        const auto route = unescapeJson(*request.rawRoute);
        if (!method || !route)
            return ItemError{"bad_value", "method or route has a malformed escape."};
        for (const char *own : {"method", "route", "status"}) {
            if (labels.contains(own))
                return ItemError{"bad_label",
                                 std::string(own) + " is a field of the request and cannot be a label too."};
        }
        labels.set("method", *method);
        labels.set("route", *route);
        labels.set("status", std::to_string(request.status));
        return std::nullopt;
    };
    m_writer.addRequest(m_scratch, std::ref(make), *request.durationMs / 1000, timeOf(request.timestampMs),
                        m_place);
}

void OwnJson::Reader::readCallItem(od::object &object)
{
    Call call;
    TokenCounts &tokens = call.call.tokens;
    const bool whole = eachField(object, [&](std::string_view key, Value &value) {
        if (key == "provider")
            m_fields.text(value, key, call.call.provider);
        else if (key == "model")
            m_fields.text(value, key, call.call.model);
        else if (key == "endpoint")
            m_fields.text(value, key, call.endpoint);
        else if (key == "input_tokens")
            m_fields.count(value, key, tokens.input);
        else if (key == "output_tokens")
            m_fields.count(value, key, tokens.output);
        else if (key == "cache_read_tokens")
            m_fields.count(value, key, tokens.cacheRead);
        else if (key == "cache_write_tokens")
            m_fields.count(value, key, tokens.cacheWrite);
        else if (key == "labels")
            m_fields.rawLabels(value, call.rawLabels);
        else if (key == "ts")
            m_fields.timestamp(value, call.timestampMs);
    });
    if (whole)
        endCall(call);
}

void OwnJson::Reader::endCall(Call &call)
{
    Labels labels;
    if (call.call.provider.empty())
        m_fields.fail("bad_value", "provider is missing.");
    else if (call.call.model.empty())
        m_fields.fail("bad_value", "model is missing.");
    else if (auto error = m_fields.parseLabels(call.rawLabels, labels))
        m_fields.fail(*error);
    for (const char *own : {"provider", "model", "type"}) {
        if (labels.contains(own))
            m_fields.fail("bad_label", std::string(own) + " cannot be a label of a model call.");
    }
    if (m_fields.error()) {
        m_writer.refuse(*m_fields.error(), m_place);
        return;
    }
    if (!call.endpoint.empty())
        labels.set("endpoint", call.endpoint);
    m_writer.addLlmCall(labels, call.call, *m_prices, timeOf(call.timestampMs), m_place);
}

void OwnJson::Reader::refuseBroken(od::document *document)
{
    const char *at = nullptr;
    const char *begin = m_padded.data() + m_documentOffset;
    std::string message = "The JSON is broken";
    if (document && !document->current_location().get(at) && at >= begin)
        message += " at byte " + std::to_string(at - m_padded.data());
    if (m_severalDocuments)
        message += " in the document of line " + std::to_string(m_line);
    message +=
        std::string(" (") + simdjson::error_message(m_fields.broken()) + "); the rest of it was not read.";
    m_writer.refuse({"bad_json", std::move(message)}, m_place);
}

OwnJson::OwnJson(const Prices &prices)
    : m_reader(std::make_unique<Reader>(prices))
{
}
OwnJson::~OwnJson() = default;

Status OwnJson::decode(const Payload &payload, Batch &batch) { return m_reader->read(payload, batch); }

} // namespace plimsoll::ingest
