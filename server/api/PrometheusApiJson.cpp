#include "server/api/PrometheusApiJson.h"

#include "server/api/JsonWriter.h"
#include "storage/query/HistogramMath.h"

#include <charconv>
#include <cmath>

namespace plimsoll::api::prometheus {

namespace {

/// Appends without checks: reserve() comes first.
class PointWriter
{
public:
    explicit PointWriter(std::string &out)
        : m_out(out)
    {
    }
    ~PointWriter() { flush(); }
    PointWriter(const PointWriter &) = delete;
    PointWriter &operator=(const PointWriter &) = delete;

    void reserve(size_t bytes)
    {
        flush();
        m_used = m_out.size();
        m_out.resize(m_used + bytes);
        m_at = m_out.data() + m_used;
    }
    void put(char c) { *m_at++ = c; }
    void time(int64_t timeMs)
    {
        const int64_t magnitude = timeMs < 0 ? -timeMs : timeMs;
        if (timeMs < 0)
            put('-');
        m_at = std::to_chars(m_at, m_at + 24, magnitude / 1000).ptr;
        if (const auto rest = static_cast<int>(magnitude % 1000)) {
            put('.');
            put(static_cast<char>('0' + rest / 100));
            put(static_cast<char>('0' + rest / 10 % 10));
            put(static_cast<char>('0' + rest % 10));
        }
    }
    void number(double value)
    {
        const double magnitude = std::fabs(value);
        if (magnitude < 1e15 && value == std::trunc(value) && !(value == 0 && std::signbit(value)))
            m_at = std::to_chars(m_at, m_at + 24, static_cast<int64_t>(value)).ptr;
        else if (std::isnan(value))
            text("NaN");
        else if (std::isinf(value))
            text(value > 0 ? "+Inf" : "-Inf");
        else if (magnitude == 0 || (magnitude >= 1e-6 && magnitude < 1e21))
            m_at = std::to_chars(m_at, m_at + 40, value, std::chars_format::fixed).ptr;
        else
            m_at = std::to_chars(m_at, m_at + 40, value, std::chars_format::scientific).ptr;
    }
    void text(std::string_view text) { m_at = std::copy(text.begin(), text.end(), m_at); }

private:
    void flush()
    {
        if (m_at)
            m_out.resize(static_cast<size_t>(m_at - m_out.data()));
        m_at = nullptr;
    }

    std::string &m_out;
    size_t m_used = 0;
    char *m_at = nullptr;
};

std::string numberText(double value)
{
    std::string text;
    PointWriter writer(text);
    writer.reserve(maxPointBytes);
    writer.number(value);
    writer.reserve(0);
    return text;
}

void appendQuoted(std::string &out, double value) { ((out += '"') += numberText(value)) += '"'; }

void appendHistogram(std::string &out, const Histogram &histogram)
{
    out += "{\"count\":";
    appendQuoted(out, histogram.count());
    out += ",\"sum\":";
    appendQuoted(out, histogram.sum());
    bool first = true;
    for (const auto &bucket : promql::orderedBuckets(histogram)) {
        if (bucket.count == 0)
            continue;
        out += first ? ",\"buckets\":[[" : ",[";
        first = false;
        out += std::to_string(static_cast<int>(bucket.inclusive));
        for (const double value : {bucket.lower, bucket.upper, bucket.count}) {
            out += ',';
            appendQuoted(out, value);
        }
        out += ']';
    }
    out += first ? "}" : "]}";
}

void appendFloats(std::string &out, const std::vector<QueryPoint> &points)
{
    PointWriter writer(out);
    writer.reserve(points.size() * maxPointBytes);
    bool first = true;
    for (const QueryPoint &point : points) {
        if (point.histogram)
            continue;
        if (!first)
            writer.put(',');
        first = false;
        writer.put('[');
        writer.time(point.timestampMs);
        writer.text(",\"");
        writer.number(point.value);
        writer.text("\"]");
    }
}

void appendHistograms(std::string &out, const std::vector<QueryPoint> &points)
{
    bool first = true;
    for (const QueryPoint &point : points) {
        if (!point.histogram)
            continue;
        out += first ? "[" : ",[";
        first = false;
        appendTime(out, point.timestampMs);
        out += ',';
        appendHistogram(out, *point.histogram);
        out += ']';
    }
}

void appendLabels(std::string &out, const Labels &labels)
{
    char before = '{';
    for (const auto &[name, value] : labels) {
        out += before;
        appendJsonText(out, name);
        out += ':';
        appendJsonText(out, value);
        before = ',';
    }
    out += labels.empty() ? "{}" : "}";
}

void appendMatrixSeries(std::string &out, const QuerySeries &series)
{
    size_t histograms = 0;
    for (const QueryPoint &point : series.points)
        histograms += point.histogram != nullptr;
    if (histograms < series.points.size()) {
        out += ",\"values\":[";
        appendFloats(out, series.points);
        out += ']';
    }
    if (histograms > 0) {
        out += ",\"histograms\":[";
        appendHistograms(out, series.points);
        out += ']';
    }
}

} // namespace

void appendTime(std::string &out, int64_t timeMs)
{
    PointWriter writer(out);
    writer.reserve(maxPointBytes);
    writer.time(timeMs);
}

void appendPoint(std::string &out, const QueryPoint &point)
{
    out += '[';
    appendTime(out, point.timestampMs);
    out += ',';
    if (point.histogram)
        appendHistogram(out, *point.histogram);
    else
        appendQuoted(out, point.value);
    out += ']';
}

void appendSeries(std::string &out, const QuerySeries &series, QueryResult::Type type)
{
    out += "{\"metric\":";
    appendLabels(out, series.labels);
    if (type == QueryResult::Type::Matrix) {
        appendMatrixSeries(out, series);
    } else {
        out += series.points.front().histogram ? ",\"histogram\":" : ",\"value\":";
        appendPoint(out, series.points.front());
    }
    out += '}';
}

std::string labelsToJson(const Labels &labels)
{
    std::string out;
    appendLabels(out, labels);
    return out;
}

std::string textsToJson(const std::vector<std::string> &texts)
{
    JsonWriter writer;
    writer.beginArray();
    for (const auto &text : texts)
        writer.value(text);
    writer.endArray();
    return writer.take();
}

std::string textToJson(std::string_view text)
{
    JsonWriter writer;
    writer.value(text);
    return writer.take();
}

} // namespace plimsoll::api::prometheus
