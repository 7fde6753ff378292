#include "server/ingest/OtlpWriter.h"

#include "server/ingest/NameRules.h"
#include "server/ingest/OtlpHistogram.h"
#include "server/ingest/OtlpNames.h"
#include "storage/model/Staleness.h"

#include <simdjson.h>

#include <bit>
#include <limits>

namespace plimsoll::ingest {
namespace {

constexpr size_t maxBodyBytes = 20 << 20;
constexpr size_t maxContextBytes = 8 << 20;
constexpr size_t maxSamples = 2'000'000;
constexpr size_t maxBuckets = 1'000'000; ///< of exponential histograms: each takes more than its bytes
constexpr double infinity = std::numeric_limits<double>::infinity();
const double stale = std::bit_cast<double>(staleBits);

/// A raw name is the part, how it is named, the metric's name, a zero byte, its unit.
constexpr size_t nameOffset = 2;

const char *suffixOf(char part)
{
    switch (part) {
    case 'b':
        return "_bucket";
    case 's':
        return "_sum";
    case 'c':
        return "_count";
    default:
        return "";
    }
}
char partOf(const char *suffix) { return *suffix == '\0' ? '-' : suffix[1]; }

std::optional<std::string> translated(std::string_view rawName)
{
    const size_t end = rawName.find('\0', nameOffset);
    std::string name = otlpMetricName(rawName.substr(nameOffset, end - nameOffset), rawName.substr(end + 1),
                                      static_cast<OtlpNaming>(rawName[1]));
    return name.empty() ? name : name + suffixOf(rawName[0]);
}

std::optional<std::string> infoName(std::string_view) { return "target_info"; }

OtlpNaming namingOf(const OtlpMetric &metric)
{
    if (metric.type == OtlpMetric::Gauge)
        return OtlpNaming::Gauge;
    return metric.type == OtlpMetric::Sum && metric.monotonic ? OtlpNaming::MonotonicSum : OtlpNaming::Plain;
}

void appendNumber(std::string &out, uint64_t number)
{
    out.append(reinterpret_cast<const char *>(&number), sizeof number);
}

/// A name as it may stand in a message.
std::string shown(std::string_view name)
{
    return simdjson::validate_utf8(name) ? ingest::quoted(name) : std::string("that is not UTF-8");
}

} // namespace

OtlpWriter::OtlpWriter(ParseAttributes parse)
    : m_parse(std::move(parse))
{
}

Status OtlpWriter::begin(const Payload &payload, Batch &batch)
{
    if (payload.body.size() > maxBodyBytes)
        return Error{ErrorCode::TooLarge, "The body has more than 20 MiB.", "Send it in smaller parts."};
    m_batch = &batch;
    m_nowMs = payload.nowMs;
    m_buckets = 0;
    m_writer.begin(batch, payload.project);
    return {};
}

Status OtlpWriter::end()
{
    m_writer.finish();
    if (withinBounds())
        return {};
    return Error{ErrorCode::TooLarge,
                 "The body holds more than 2,000,000 samples or 1,000,000 buckets of histograms.",
                 "Send it in smaller parts."};
}

bool OtlpWriter::withinBounds() const
{
    return m_batch->itemCount <= maxSamples && m_batch->floats.size() <= maxSamples &&
           m_buckets <= maxBuckets;
}

void OtlpWriter::beginResource(std::string_view rawAttributes)
{
    m_newestMs = -1;
    m_resource = contextOf(std::string("R").append(rawAttributes),
                           [&](Context &context) { makeResource(rawAttributes, context); });
}

void OtlpWriter::beginScope(std::string_view name, std::string_view version, std::string_view rawAttributes)
{
    std::string key = "S";
    appendNumber(key, m_resource.number);
    for (const std::string_view part : {name, version, rawAttributes}) {
        appendNumber(key, part.size());
        key += part;
    }
    m_scope = contextOf(key, [&](Context &context) { makeScope(name, version, rawAttributes, context); });
}

template<typename Make>
OtlpWriter::Context OtlpWriter::contextOf(const std::string &key, Make make)
{
    const auto known = m_contexts.find(key);
    if (known != m_contexts.end())
        return known->second;
    if (m_contextBytes > maxContextBytes) {
        m_contexts.clear();
        m_contextBytes = 0;
    }
    Context made;
    made.number = ++m_lastContext;
    make(made);
    m_contextBytes += 2 * key.size() + sizeof(Context) + 256;
    m_contexts.emplace(key, made);
    return made;
}

void OtlpWriter::makeResource(std::string_view raw, Context &context)
{
    OtlpAttributes attributes;
    if (!m_parse(raw, attributes)) {
        context.error = ItemError{"bad_label", "The attributes of its resource are malformed."};
        return;
    }
    const OtlpResource resource(std::move(attributes));
    const OtlpAttributes own{{"job", resource.job}, {"instance", resource.instance}};
    context.error = addOtlpAttributes(own, {}, context.labels);
    context.info = resource.info();
    if (!context.info.empty() && !context.error)
        context.error = addOtlpAttributes(own, {}, context.info);
}

void OtlpWriter::makeScope(std::string_view name, std::string_view version, std::string_view raw,
                           Context &context)
{
    OtlpAttributes attributes;
    context.error = m_resource.error;
    if (!context.error && !m_parse(raw, attributes))
        context.error = ItemError{"bad_label", "The attributes of its scope are malformed."};
    const OtlpAttributes own{{"name", std::string(name)}, {"version", std::string(version)}};
    constexpr const char *prefix = "otel_scope_";
    if (!context.error)
        context.error = addOtlpAttributes(std::move(attributes), prefix, context.labels);
    if (!context.error)
        context.error = addOtlpAttributes(own, prefix, context.labels);
    for (const auto &[label, value] : m_resource.labels)
        context.labels.set(label, value);
}

void OtlpWriter::endResource()
{
    if (m_newestMs < 0 || m_resource.info.empty())
        return;
    std::string key = "R";
    appendNumber(key, m_resource.number);
    const auto make = [this](Labels &out) -> ItemCheck {
        out = m_resource.info;
        return std::nullopt;
    };
    uint32_t position = 0;
    if (auto error = m_writer.place(key, make, "R", {Kind::Gauge, false}, infoName, position)) {
        error->message = "target_info: " + error->message;
        m_writer.refuse(*error, {});
        return;
    }
    m_batch->floats.push_back({position, m_newestMs, 1, m_batch->itemCount++});
}

void OtlpWriter::beginMetric(const OtlpMetric &metric)
{
    m_metric = &metric;
    m_metricError = checkMetric();
    m_rawName.assign(1, '-') += static_cast<char>(namingOf(metric));
    m_rawName.append(metric.name.c_str()).append(1, '\0').append(metric.unit);
}

ItemCheck OtlpWriter::checkMetric() const
{
    if (m_scope.error)
        return m_scope.error;
    const bool needsTemporality =
        m_metric->type != OtlpMetric::Gauge && m_metric->type != OtlpMetric::Summary;
    if (needsTemporality && m_metric->temporality != OtlpMetric::Delta &&
        m_metric->temporality != OtlpMetric::Cumulative)
        return ItemError{"bad_type", "Its temporality is neither delta nor cumulative."};
    return std::nullopt;
}

void OtlpWriter::add(const OtlpPoint &point)
{
    const size_t floats = m_batch->floats.size();
    const size_t histograms = m_batch->histograms.size();
    m_timestampMs = point.timeNs == 0 ? m_nowMs : static_cast<int64_t>(point.timeNs / 1'000'000);
    ItemCheck error = m_metricError;
    if (!error && point.tooLong)
        error = ItemError{"bad_value", "The point holds a list of more than 20,000 numbers."};
    if (!error)
        error = addPoint(point);
    if (error) {
        m_batch->floats.resize(floats);
        m_batch->histograms.resize(histograms);
        error->message = "Metric " + shown(m_metric->name) + ": " + error->message;
        m_writer.refuse(*error, {});
        return;
    }
    m_newestMs = std::max(m_newestMs, m_timestampMs);
    m_batch->itemCount++;
    if (std::exchange(m_isNew, false))
        describeMetric();
}

/// For people; of a metric that is known already nothing is said again.
void OtlpWriter::describeMetric()
{
    constexpr const char *types[] = {"gauge", "counter", "histogram", "histogram", "summary"};
    const bool isGauge = m_metric->type == OtlpMetric::Sum && !m_metric->monotonic;
    if (!simdjson::validate_utf8(m_metric->description) || !simdjson::validate_utf8(m_metric->unit))
        return;
    Batch::Description said{otlpMetricName(m_metric->name, m_metric->unit, namingOf(*m_metric)),
                            isGauge ? "gauge" : types[m_metric->type],
                            std::string(startOf(m_metric->description, maxLabelValueBytes)),
                            std::string(startOf(m_metric->unit, maxNameBytes))};
    if (m_batch->descriptions.empty() || !(m_batch->descriptions.back() == said))
        m_batch->descriptions.push_back(std::move(said));
}

ItemCheck OtlpWriter::addPoint(const OtlpPoint &point)
{
    const bool delta = m_metric->temporality == OtlpMetric::Delta;
    switch (m_metric->type) {
    case OtlpMetric::Histogram:
        return delta ? addDistribution(point) : addBuckets(point);
    case OtlpMetric::ExponentialHistogram:
        return addExponential(point);
    case OtlpMetric::Summary:
        return addSummary(point);
    default:
        return addNumber(point);
    }
}

ItemCheck OtlpWriter::addNumber(const OtlpPoint &point)
{
    const bool isSum = m_metric->type == OtlpMetric::Sum;
    const bool delta = isSum && m_metric->temporality == OtlpMetric::Delta;
    if (point.isStale())
        return delta ? std::nullopt
                     : addFloat(point, isSum && m_metric->monotonic ? Kind::Counter : Kind::Gauge, {}, stale);
    if (!point.value)
        return ItemError{"bad_value", "A point has no value."};
    if (delta && m_metric->monotonic && *point.value < 0)
        return ItemError{"bad_value", "An increment of a monotonic sum is negative."};
    const Kind kind = delta ? Kind::Delta : isSum && m_metric->monotonic ? Kind::Counter : Kind::Gauge;
    return addFloat(point, kind, {}, *point.value);
}

/// A cumulative histogram with explicit bounds: the classic series of Prometheus.
ItemCheck OtlpWriter::addBuckets(const OtlpPoint &point)
{
    const bool gone = point.isStale();
    if (auto error = gone ? std::nullopt : checkOtlpBuckets(point))
        return error;
    uint64_t upToHere = 0;
    for (size_t i = 0; i < point.bounds.size(); i++) {
        upToHere += gone ? 0 : point.bucketCounts[i];
        if (auto error = addFloat(point, Kind::Counter, {"_bucket", "le", point.bounds[i]},
                                  gone ? stale : static_cast<double>(upToHere)))
            return error;
    }
    const double count = gone ? stale : static_cast<double>(point.count);
    if (auto error = addFloat(point, Kind::Counter, {"_bucket", "le", infinity}, count))
        return error;
    if (point.sum || gone) {
        if (auto error = addFloat(point, Kind::Counter, {"_sum"}, gone ? stale : *point.sum))
            return error;
    }
    return addFloat(point, Kind::Counter, {"_count"}, count);
}

ItemCheck OtlpWriter::addDistribution(const OtlpPoint &point)
{
    if (point.isStale())
        return std::nullopt;
    if (auto error = checkOtlpBuckets(point))
        return error;
    return addHistogram(point, Kind::Distribution, otlpDistribution(point));
}

ItemCheck OtlpWriter::addExponential(const OtlpPoint &point)
{
    const bool delta = m_metric->temporality == OtlpMetric::Delta;
    Histogram histogram;
    if (!point.isStale()) {
        if (auto error = otlpHistogram(point, histogram))
            return error;
    } else if (delta) {
        return std::nullopt;
    } else {
        histogram.setTotals(0, stale);
    }
    return addHistogram(point, delta ? Kind::Distribution : Kind::Histogram, std::move(histogram));
}

ItemCheck OtlpWriter::addSummary(const OtlpPoint &point)
{
    const bool gone = point.isStale();
    for (const auto &[quantile, value] : point.quantiles) {
        if (auto error = addFloat(point, Kind::Gauge, {"", "quantile", quantile}, gone ? stale : value))
            return error;
    }
    if (auto error = addFloat(point, Kind::Counter, {"_sum"}, gone ? stale : point.sum.value_or(0)))
        return error;
    return addFloat(point, Kind::Counter, {"_count"}, gone ? stale : static_cast<double>(point.count));
}

ItemCheck OtlpWriter::addFloat(const OtlpPoint &point, Kind kind, const Part &part, double value)
{
    uint32_t position = 0;
    if (auto error = place(point, kind, part, position))
        return error;
    m_batch->floats.push_back({position, m_timestampMs, value, m_batch->itemCount});
    return std::nullopt;
}

ItemCheck OtlpWriter::addHistogram(const OtlpPoint &point, Kind kind, Histogram value)
{
    uint32_t position = 0;
    if (auto error = place(point, kind, {}, position))
        return error;
    m_buckets += value.positive().size() + value.negative().size();
    m_batch->histograms.push_back({position, m_timestampMs, std::move(value), m_batch->itemCount});
    return std::nullopt;
}

ItemCheck OtlpWriter::place(const OtlpPoint &point, Kind kind, const Part &part, uint32_t &position)
{
    m_rawLabels = part.label ? *part.label : '-';
    appendNumber(m_rawLabels, m_scope.number);
    if (part.label)
        appendNumber(m_rawLabels, std::bit_cast<uint64_t>(part.labelValue));
    m_rawLabels += point.attributes;
    m_rawName[0] = partOf(part.suffix);
    const auto said = std::make_pair(point.attributes, &part);
    const auto make = [this, &said](Labels &out) { return labelsOf(said.first, *said.second, out); };
    return m_writer.place(m_rawLabels, make, m_rawName, {kind, false}, translated, position);
}

ItemCheck OtlpWriter::labelsOf(std::string_view rawAttributes, const Part &part, Labels &out)
{
    m_isNew = true;
    OtlpAttributes attributes;
    if (!m_parse(rawAttributes, attributes))
        return ItemError{"bad_label", "The attributes of a point are malformed."};
    if (auto error = addOtlpAttributes(std::move(attributes), {}, out))
        return error;
    for (const auto &[name, value] : m_scope.labels)
        out.set(name, value);
    if (part.label)
        out.set(part.label, otlpNumber(part.labelValue));
    return std::nullopt;
}

} // namespace plimsoll::ingest
