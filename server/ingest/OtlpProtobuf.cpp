#include "server/ingest/OtlpProtobuf.h"

#include "server/ingest/OtlpAnyValue.h"
#include "server/ingest/OtlpWriter.h"
#include "server/ingest/ProtobufCursor.h"
#include "storage/model/LabelsKey.h"

namespace plimsoll::ingest {
namespace {

using Message = protozero::pbf_reader;
constexpr auto varint = protozero::pbf_wire_type::varint;
constexpr auto fixed64 = protozero::pbf_wire_type::fixed64;
constexpr auto sized = protozero::pbf_wire_type::length_delimited;

constexpr uint32_t field(protozero::pbf_tag_type number, protozero::pbf_wire_type type)
{
    return protozero::tag_and_type(number, type);
}

constexpr uint32_t resourceMetrics = field(1, sized);
constexpr uint32_t resourceOfMetrics = field(1, sized);
constexpr uint32_t scopeMetrics = field(2, sized);
constexpr uint32_t scopeOfMetrics = field(1, sized);
constexpr uint32_t metricsOfScope = field(2, sized);
constexpr uint32_t dataPoints = field(1, sized);

std::string_view viewOf(Message &message)
{
    const auto data = message.get_view();
    return {data.data(), data.size()};
}

/// Adds an attribute to a run of them: its length and its bytes.
void appendAttribute(Message &message, std::string &run)
{
    const std::string_view attribute = viewOf(message);
    appendVarint(run, attribute.size());
    run += attribute;
}

bool parseAttributes(std::string_view run, OtlpAttributes &out)
{
    Cursor cursor{run.data(), run.data() + run.size()};
    while (!cursor.done() && out.size() < maxOtlpAttributes)
        out.push_back(readOtlpKeyValue(cursor.sized().view()));
    return true;
}

} // namespace

class OtlpProtobuf::Reader
{
public:
    Status read(const Payload &payload, Batch &batch);

private:
    void readResourceMetrics(Message message);
    void readScopeMetrics(Message message);
    void readMetric(Message message);
    void readPoints(Message message);
    void readNumber(Message message);
    void readHistogram(Message message);
    void readExponential(Message message);
    void readBuckets(Message message, OtlpPoint::Buckets &buckets);
    void readSummary(Message message);
    void add();

    OtlpWriter m_writer{parseAttributes};
    OtlpMetric m_metric;
    OtlpPoint m_point;
    std::string m_attributes; ///< a run of them
};

Status OtlpProtobuf::Reader::read(const Payload &payload, Batch &batch)
{
    if (auto begun = m_writer.begin(payload, batch); !begun)
        return begun;
    try {
        Message message(payload.body.data(), payload.body.size());
        while (message.next() && m_writer.withinBounds()) {
            if (message.tag_and_type() == resourceMetrics)
                readResourceMetrics(message.get_message());
            else
                message.skip();
        }
    } catch (const protozero::exception &) {
        return Error{ErrorCode::Invalid, "The body is not an OTLP metrics request in protobuf.",
                     "Send ExportMetricsServiceRequest, or JSON as application/json."};
    }
    return m_writer.end();
}

void OtlpProtobuf::Reader::readResourceMetrics(Message message)
{
    m_attributes.clear();
    for (Message pass = message; pass.next();) {
        if (pass.tag_and_type() != resourceOfMetrics) {
            pass.skip();
            continue;
        }
        for (Message resource = pass.get_message(); resource.next();) {
            if (resource.tag_and_type() == field(1, sized))
                appendAttribute(resource, m_attributes);
            else
                resource.skip();
        }
    }
    m_writer.beginResource(m_attributes);
    while (message.next()) {
        if (message.tag_and_type() == scopeMetrics)
            readScopeMetrics(message.get_message());
        else
            message.skip();
    }
    m_writer.endResource();
}

void OtlpProtobuf::Reader::readScopeMetrics(Message message)
{
    std::string_view name;
    std::string_view version;
    m_attributes.clear();
    for (Message pass = message; pass.next();) {
        if (pass.tag_and_type() != scopeOfMetrics) {
            pass.skip();
            continue;
        }
        for (Message scope = pass.get_message(); scope.next();) {
            if (scope.tag_and_type() == field(1, sized))
                name = viewOf(scope);
            else if (scope.tag_and_type() == field(2, sized))
                version = viewOf(scope);
            else if (scope.tag_and_type() == field(3, sized))
                appendAttribute(scope, m_attributes);
            else
                scope.skip();
        }
    }
    m_writer.beginScope(name, version, m_attributes);
    while (message.next()) {
        if (message.tag_and_type() == metricsOfScope)
            readMetric(message.get_message());
        else
            message.skip();
    }
}

void OtlpProtobuf::Reader::readMetric(Message message)
{
    m_metric.name.clear();
    m_metric.description.clear();
    m_metric.unit.clear();
    Message data;
    while (message.next()) {
        const auto setData = [&](OtlpMetric::Type type) {
            m_metric.type = type;
            data = message.get_message();
        };
        switch (message.tag_and_type()) {
        case field(1, sized):
            m_metric.name = viewOf(message);
            break;
        case field(2, sized):
            m_metric.description = viewOf(message);
            break;
        case field(3, sized):
            m_metric.unit = viewOf(message);
            break;
        case field(5, sized):
            setData(OtlpMetric::Gauge);
            break;
        case field(7, sized):
            setData(OtlpMetric::Sum);
            break;
        case field(9, sized):
            setData(OtlpMetric::Histogram);
            break;
        case field(10, sized):
            setData(OtlpMetric::ExponentialHistogram);
            break;
        case field(11, sized):
            setData(OtlpMetric::Summary);
            break;
        default:
            message.skip();
        }
    }
    readPoints(data);
}

void OtlpProtobuf::Reader::readPoints(Message message)
{
    m_metric.temporality = OtlpMetric::Unspecified;
    m_metric.monotonic = false;
    for (Message pass = message; pass.next();) {
        if (pass.tag_and_type() == field(2, varint)) {
            const auto word = pass.get_enum();
            m_metric.temporality = word == OtlpMetric::Delta || word == OtlpMetric::Cumulative
                                       ? static_cast<OtlpMetric::Temporality>(word)
                                       : OtlpMetric::Unspecified;
        } else if (pass.tag_and_type() == field(3, varint) && m_metric.type == OtlpMetric::Sum) {
            m_metric.monotonic = pass.get_bool();
        } else {
            pass.skip();
        }
    }
    m_writer.beginMetric(m_metric);
    while (message.next()) {
        if (message.tag_and_type() != dataPoints) {
            message.skip();
            continue;
        }
        m_point.clear();
        m_attributes.clear();
        const Message point = message.get_message();
        if (m_metric.type == OtlpMetric::Histogram)
            readHistogram(point);
        else if (m_metric.type == OtlpMetric::ExponentialHistogram)
            readExponential(point);
        else if (m_metric.type == OtlpMetric::Summary)
            readSummary(point);
        else
            readNumber(point);
        m_point.attributes = m_attributes;
        if (m_writer.withinBounds())
            m_writer.add(m_point);
    }
}

void OtlpProtobuf::Reader::readNumber(Message message)
{
    while (message.next()) {
        switch (message.tag_and_type()) {
        case field(3, fixed64):
            m_point.timeNs = message.get_fixed64();
            break;
        case field(4, fixed64):
            m_point.value = message.get_double();
            break;
        case field(6, fixed64):
            m_point.value = static_cast<double>(message.get_sfixed64());
            break;
        case field(7, sized):
            appendAttribute(message, m_attributes);
            break;
        case field(8, varint):
            m_point.flags = message.get_uint32();
            break;
        default:
            message.skip();
        }
    }
}

void OtlpProtobuf::Reader::readHistogram(Message message)
{
    while (message.next()) {
        switch (message.tag_and_type()) {
        case field(3, fixed64):
            m_point.timeNs = message.get_fixed64();
            break;
        case field(4, fixed64):
            m_point.count = message.get_fixed64();
            break;
        case field(5, fixed64):
            m_point.sum = message.get_double();
            break;
        case field(6, sized):
            for (const uint64_t count : message.get_packed_fixed64())
                m_point.append(m_point.bucketCounts, count);
            break;
        case field(6, fixed64):
            m_point.append(m_point.bucketCounts, message.get_fixed64());
            break;
        case field(7, sized):
            for (const double bound : message.get_packed_double())
                m_point.append(m_point.bounds, bound);
            break;
        case field(7, fixed64):
            m_point.append(m_point.bounds, message.get_double());
            break;
        case field(9, sized):
            appendAttribute(message, m_attributes);
            break;
        case field(10, varint):
            m_point.flags = message.get_uint32();
            break;
        case field(11, fixed64):
            m_point.min = message.get_double();
            break;
        case field(12, fixed64):
            m_point.max = message.get_double();
            break;
        default:
            message.skip();
        }
    }
}

void OtlpProtobuf::Reader::readExponential(Message message)
{
    while (message.next()) {
        switch (message.tag_and_type()) {
        case field(1, sized):
            appendAttribute(message, m_attributes);
            break;
        case field(3, fixed64):
            m_point.timeNs = message.get_fixed64();
            break;
        case field(4, fixed64):
            m_point.count = message.get_fixed64();
            break;
        case field(5, fixed64):
            m_point.sum = message.get_double();
            break;
        case field(6, varint):
            m_point.scale = message.get_sint32();
            break;
        case field(7, fixed64):
            m_point.zeroCount = message.get_fixed64();
            break;
        case field(8, sized):
            readBuckets(message.get_message(), m_point.positive);
            break;
        case field(9, sized):
            readBuckets(message.get_message(), m_point.negative);
            break;
        case field(10, varint):
            m_point.flags = message.get_uint32();
            break;
        case field(12, fixed64):
            m_point.min = message.get_double();
            break;
        case field(13, fixed64):
            m_point.max = message.get_double();
            break;
        case field(14, fixed64):
            m_point.zeroThreshold = message.get_double();
            break;
        default:
            message.skip();
        }
    }
}

void OtlpProtobuf::Reader::readBuckets(Message message, OtlpPoint::Buckets &buckets)
{
    while (message.next()) {
        switch (message.tag_and_type()) {
        case field(1, varint):
            buckets.offset = message.get_sint32();
            break;
        case field(2, sized):
            for (const uint64_t count : message.get_packed_uint64())
                m_point.append(buckets.counts, count);
            break;
        case field(2, varint):
            m_point.append(buckets.counts, message.get_uint64());
            break;
        default:
            message.skip();
        }
    }
}

void OtlpProtobuf::Reader::readSummary(Message message)
{
    while (message.next()) {
        switch (message.tag_and_type()) {
        case field(3, fixed64):
            m_point.timeNs = message.get_fixed64();
            break;
        case field(4, fixed64):
            m_point.count = message.get_fixed64();
            break;
        case field(5, fixed64):
            m_point.sum = message.get_double();
            break;
        case field(6, sized): {
            std::pair<double, double> quantile;
            for (Message part = message.get_message(); part.next();) {
                if (part.tag_and_type() == field(1, fixed64))
                    quantile.first = part.get_double();
                else if (part.tag_and_type() == field(2, fixed64))
                    quantile.second = part.get_double();
                else
                    part.skip();
            }
            m_point.append(m_point.quantiles, quantile);
            break;
        }
        case field(7, sized):
            appendAttribute(message, m_attributes);
            break;
        case field(8, varint):
            m_point.flags = message.get_uint32();
            break;
        default:
            message.skip();
        }
    }
}

OtlpProtobuf::OtlpProtobuf(const Prices &)
    : m_reader(std::make_unique<Reader>())
{
}
OtlpProtobuf::~OtlpProtobuf() = default;

Status OtlpProtobuf::decode(const Payload &payload, Batch &batch) { return m_reader->read(payload, batch); }

} // namespace plimsoll::ingest
