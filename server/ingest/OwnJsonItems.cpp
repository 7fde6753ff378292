#include "server/ingest/OwnJsonReader.h"

#include "server/ingest/NameRules.h"

namespace plimsoll::ingest {

namespace od = simdjson::ondemand;

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

} // namespace plimsoll::ingest
