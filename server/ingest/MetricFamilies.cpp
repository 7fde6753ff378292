#include "server/ingest/MetricFamilies.h"

#include "server/ingest/NameRules.h"
#include "server/ingest/ProtobufCursor.h"

#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace plimsoll::ingest {
namespace {

constexpr size_t maxTextBytes = 64 << 20;
/// By the number of MetricType; a gauge histogram's buckets are gauges.
constexpr std::array<std::string_view, 6> typeWords{"counter", "gauge",     "summary",
                                                    "untyped", "histogram", "gaugehistogram"};
constexpr size_t untyped = 3;

bool isPlainName(std::string_view name)
{
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == ':';
    };
    return !name.empty() && (name[0] < '0' || name[0] > '9') && std::all_of(name.begin(), name.end(), fits);
}

std::string textOf(double value)
{
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "+Inf" : "-Inf";
    char digits[32];
    return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

using Reader = protozero::pbf_reader;
using protozero::pbf_wire_type;

void expect(const Reader &reader, pbf_wire_type type)
{
    if (!reader.has_wire_type(type))
        throw std::invalid_argument("wire type");
}

/// The value of the field under way, where it is of the type that it must have.
double doubleIn(Reader &reader)
{
    expect(reader, pbf_wire_type::fixed64);
    return reader.get_double();
}
uint64_t wholeIn(Reader &reader)
{
    expect(reader, pbf_wire_type::varint);
    return reader.get_uint64();
}
Reader messageIn(Reader &reader)
{
    expect(reader, pbf_wire_type::length_delimited);
    return reader.get_message();
}
std::string_view textIn(Reader &reader)
{
    expect(reader, pbf_wire_type::length_delimited);
    const auto view = reader.get_view();
    return {view.data(), view.size()};
}

/// Writes the lines of one family.
class FamilyText
{
public:
    FamilyText(std::string_view name, size_t type, std::string &out)
        : m_name(name)
        , m_type(type)
        , m_out(out)
    {
        m_out += "# TYPE " + (isPlainName(name) ? m_name : quoteLabelValue(name)) + ' ' +
                 std::string(typeWords[type]) + '\n';
    }

    void addMetric(Reader metric)
    {
        m_labels.clear();
        m_stamp.clear();
        while (metric.next()) {
            switch (metric.tag()) {
            case 1:
                addLabel(messageIn(metric));
                break;
            case 2: // gauge
            case 3: // counter
            case 5: // untyped
                m_numbers.push_back(numberIn(messageIn(metric)));
                break;
            case 4:
                m_summary = messageIn(metric);
                m_hasSummary = true;
                break;
            case 6:
                m_stamp = ' ' + std::to_string(static_cast<int64_t>(wholeIn(metric)));
                break;
            case 7:
                m_histogram = messageIn(metric);
                m_hasHistogram = true;
                break;
            default:
                metric.skip();
            }
        }
        writeValues();
    }

private:
    static double numberIn(Reader message)
    {
        double value = 0;
        while (message.next()) {
            if (message.tag() == 1)
                value = doubleIn(message);
            else
                message.skip();
        }
        return value;
    }

    void addLabel(Reader label)
    {
        std::string_view name;
        std::string_view value;
        while (label.next()) {
            if (label.tag() == 1)
                name = textIn(label);
            else if (label.tag() == 2)
                value = textIn(label);
            else
                label.skip();
        }
        m_labels += (isPlainName(name) ? std::string(name) : quoteLabelValue(name)) + '=' +
                    quoteLabelValue(value) + ',';
    }

    /// After all fields, since labels may stand behind values.
    void writeValues()
    {
        for (const double number : m_numbers)
            line("", "", number);
        m_numbers.clear();
        if (std::exchange(m_hasSummary, false))
            writeSummary();
        if (std::exchange(m_hasHistogram, false))
            writeHistogram();
    }

    void writeSummary()
    {
        double count = 0;
        double sum = 0;
        while (m_summary.next()) {
            if (m_summary.tag() == 1)
                count = static_cast<double>(wholeIn(m_summary));
            else if (m_summary.tag() == 2)
                sum = doubleIn(m_summary);
            else if (m_summary.tag() == 3)
                writeQuantile(messageIn(m_summary));
            else
                m_summary.skip();
        }
        line("_sum", "", sum);
        line("_count", "", count);
    }

    void writeQuantile(Reader pair)
    {
        double at = 0;
        double value = 0;
        while (pair.next()) {
            if (pair.tag() == 1)
                at = doubleIn(pair);
            else if (pair.tag() == 2)
                value = doubleIn(pair);
            else
                pair.skip();
        }
        line("", "quantile=\"" + textOf(at) + '"', value);
    }

    void writeHistogram()
    {
        double count = 0;
        double sum = 0;
        bool hasInfinite = false;
        while (m_histogram.next()) {
            if (m_histogram.tag() == 1)
                count = static_cast<double>(wholeIn(m_histogram));
            else if (m_histogram.tag() == 2)
                sum = doubleIn(m_histogram);
            else if (m_histogram.tag() == 3)
                hasInfinite = writeBucket(messageIn(m_histogram)) || hasInfinite;
            else if (m_histogram.tag() == 4)
                count = doubleIn(m_histogram);
            else
                m_histogram.skip();
        }
        if (!hasInfinite)
            line("_bucket", "le=\"+Inf\"", count);
        line("_sum", "", sum);
        line("_count", "", count);
    }

    /// True for the bucket without an upper bound.
    bool writeBucket(Reader bucket)
    {
        double count = 0;
        double bound = 0;
        while (bucket.next()) {
            if (bucket.tag() == 1)
                count = static_cast<double>(wholeIn(bucket));
            else if (bucket.tag() == 2)
                bound = doubleIn(bucket);
            else if (bucket.tag() == 4)
                count = doubleIn(bucket);
            else
                bucket.skip();
        }
        line("_bucket", "le=\"" + textOf(bound) + '"', count);
        return std::isinf(bound) && bound > 0;
    }

    void line(std::string_view suffix, const std::string &label, double value)
    {
        const std::string name = m_name + std::string(m_type == 5 && suffix != "_bucket" && !suffix.empty()
                                                          ? "_g" + std::string(suffix.substr(1))
                                                          : suffix);
        if (m_out.size() + name.size() + m_labels.size() > maxTextBytes)
            throw std::length_error("text");
        m_out += isPlainName(name) ? name + '{' : '{' + quoteLabelValue(name) + ',';
        m_out += m_labels + label + "} " + textOf(value) + m_stamp + '\n';
    }

    const std::string m_name;
    const size_t m_type;
    std::string &m_out;
    std::string m_labels;
    std::string m_stamp;
    std::vector<double> m_numbers;
    Reader m_summary;
    Reader m_histogram;
    bool m_hasSummary = false;
    bool m_hasHistogram = false;
};

void addFamily(std::string_view bytes, std::string &out)
{
    std::string_view name;
    size_t type = 0;
    for (Reader family(bytes.data(), bytes.size()); family.next();) {
        if (family.tag() == 1)
            name = textIn(family);
        else if (family.tag() == 3)
            type = static_cast<size_t>(wholeIn(family));
        else
            family.skip();
    }
    FamilyText text(name.substr(0, maxNameBytes + 1), type < typeWords.size() ? type : untyped, out);
    for (Reader family(bytes.data(), bytes.size()); family.next(4, pbf_wire_type::length_delimited);)
        text.addMetric(messageIn(family));
}

} // namespace

Result<std::string> familiesAsText(std::string_view body)
{
    std::string out;
    try {
        for (Cursor cursor{body.data(), body.data() + body.size()}; !cursor.done();)
            addFamily(cursor.sized().view(), out);
    } catch (const std::length_error &) {
        return Error{ErrorCode::TooLarge, "The metrics are too many for one request.", "Send them in parts."};
    } catch (const std::exception &) {
        return Error{ErrorCode::Invalid, "The body is not metric families as protobuf.", {}};
    }
    return out;
}

Status MetricFamilies::decode(const Payload &payload, Batch &batch)
{
    const auto text = familiesAsText(payload.body);
    if (!text)
        return text.error();
    Payload asText = payload;
    asText.body = *text;
    return m_exposition.decode(asText, batch);
}

} // namespace plimsoll::ingest
