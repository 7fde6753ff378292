#include "server/api/ExportText.h"

#include "server/api/CsvField.h"
#include "server/api/JsonWriter.h"
#include "storage/model/Staleness.h"
#include "storage/model/Version.h"

#include <QByteArray>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

namespace plimsoll::api {

namespace {

void append(std::string &out, int64_t number)
{
    char text[24];
    out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

/// The shortest text that reads back to the same bits; of what no JSON number can say the bits themselves.
void appendExact(std::string &out, double value)
{
    char text[40];
    if (!std::isfinite(value) || (value == 0 && std::signbit(value))) {
        const auto bits = std::bit_cast<uint64_t>(value);
        out.append("\"0x").append(text, std::to_chars(text, text + sizeof text, bits, 16).ptr) += '"';
        return;
    }
    const bool plain = std::abs(value) < 1e15;
    const auto end = plain ? std::to_chars(text, text + sizeof text, value)
                           : std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
    out.append(text, end.ptr);
}

void appendBase64(std::string &out, std::string_view bytes)
{
    const QByteArray text = QByteArray::fromRawData(bytes.data(), qsizetype(bytes.size())).toBase64();
    (out += '"').append(text.constData(), size_t(text.size())) += '"';
}

/// For people and other programs: NaN, +Inf and -Inf are words.
void appendText(std::string &out, double value)
{
    if (std::isnan(value)) {
        out += "NaN";
    } else if (std::isinf(value)) {
        out += value > 0 ? "+Inf" : "-Inf";
    } else {
        char text[40];
        out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
    }
}

std::string jsonLabels(const Labels &labels, bool withName)
{
    JsonWriter json;
    json.beginObject();
    for (const auto &[name, value] : labels) {
        if (withName || name != nameLabel)
            json.member(name, value);
    }
    json.endObject();
    return json.take();
}

bool isPlainName(std::string_view name)
{
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == ':';
    };
    return !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
           std::all_of(name.begin(), name.end(), fits);
}

std::string inText(const Labels &labels, std::string_view suffix)
{
    const std::string name = std::string(labels.name()) + std::string(suffix);
    std::string rest;
    const bool plain = isPlainName(name);
    if (!plain)
        rest = quoteLabelValue(name);
    for (const auto &[label, value] : labels) {
        if (label == nameLabel)
            continue;
        if (!rest.empty())
            rest += ',';
        rest += isPlainName(label) ? label : quoteLabelValue(label);
        rest += '=' + quoteLabelValue(value);
    }
    return (plain ? name : std::string()) + (rest.empty() ? std::string() : '{' + rest + '}');
}

/// A summary without quantiles is a count and a sum.
const char *textType(Kind kind)
{
    if (holdsHistograms(kind))
        return "summary";
    if (kind == Kind::Gauge)
        return "gauge";
    return kind == Kind::Untyped ? "untyped" : "counter";
}

} // namespace

std::optional<ExportFormat> exportFormatNamed(std::string_view name)
{
    if (name.empty() || name == "json" || name == "ndjson")
        return ExportFormat::Json;
    if (name == "csv")
        return ExportFormat::Csv;
    if (name == "prometheus" || name == "text")
        return ExportFormat::Prometheus;
    return std::nullopt;
}

std::string_view contentType(ExportFormat format)
{
    switch (format) {
    case ExportFormat::Csv:
        return "text/csv; charset=utf-8";
    case ExportFormat::Prometheus:
        return "text/plain; version=0.0.4; charset=utf-8";
    default:
        return "application/x-ndjson";
    }
}

void ExportText::writeHead(std::string &out, size_t series, int64_t nowMs) const
{
    if (m_format == ExportFormat::Csv)
        out += "name,labels,kind,timestamp_ms,value,count,sum\n";
    if (m_format != ExportFormat::Json)
        return;
    JsonWriter json;
    json.beginObject()
        .member("plimsoll_export", uint64_t(1))
        .member("version", std::string_view(versionText));
    json.member("created_ms", nowMs).member("series", uint64_t(series)).endObject();
    out += json.take() + '\n';
}

/// Whether totals run on from sample to sample.
bool ExportText::runs() const
{
    return m_format == ExportFormat::Prometheus && (m_kind == Kind::Delta || m_kind == Kind::Distribution);
}

std::string ExportText::totals() const
{
    std::string bytes;
    if (runs()) {
        bytes.append(reinterpret_cast<const char *>(&m_count), sizeof m_count);
        m_sum.appendTo(bytes);
    }
    return bytes;
}

bool ExportText::takeTotals(std::string_view bytes)
{
    if (bytes.size() < sizeof m_count)
        return false;
    std::memcpy(&m_count, bytes.data(), sizeof m_count);
    bytes.remove_prefix(sizeof m_count);
    const auto sum = ExactSum::take(bytes);
    m_sum = sum.value_or(ExactSum());
    return sum && bytes.empty();
}

void ExportText::skip(const FloatColumns &columns, size_t from, size_t to)
{
    for (size_t i = from; i < to && runs(); i++) {
        if (!isStale(columns.values[i]))
            m_sum.add(columns.values[i]);
    }
}

void ExportText::skip(const HistogramColumns &columns, size_t from, size_t to)
{
    for (size_t i = from; i < to && runs(); i++) {
        m_count += columns.values[i].count();
        m_sum.add(columns.values[i].sum());
    }
}

Status ExportText::beginSeries(const SelectedSeries &series, const SeriesReader &reader, int64_t fromMs,
                               std::string_view totals)
{
    m_kind = series.kind;
    m_name = series.labels->name();
    const std::string kind(kindName(m_kind));
    if (m_format == ExportFormat::Json) {
        m_head = "{\"series\":" + jsonLabels(*series.labels, true) + ",\"kind\":\"" + kind + "\",\"t\":[";
        return {};
    }
    if (m_format == ExportFormat::Csv) {
        m_head = csvField(m_name) + ',' + csvField(jsonLabels(*series.labels, false)) + ',' + kind + ',';
        return {};
    }
    m_head = inText(*series.labels, {}) + ' ';
    m_countHead = inText(*series.labels, "_count") + ' ';
    m_sumHead = inText(*series.labels, "_sum") + ' ';
    m_count = 0;
    m_sum = {};
    if (!runs() || takeTotals(totals))
        return {};
    m_count = 0;
    m_sum = {};
    if (m_kind == Kind::Delta) {
        const auto total = reader.totalBefore(series.id, fromMs);
        if (!total)
            return total.error();
        m_sum.add(*total);
    } else if (m_kind == Kind::Distribution) {
        const auto total = reader.histogramBefore(series.id, fromMs);
        if (!total)
            return total.error();
        m_count = total->count();
        m_sum.add(total->sum());
    }
    return {};
}

void ExportText::writeType(std::string &out)
{
    if (m_typedName == m_name)
        return;
    m_typedName = m_name;
    out +=
        "# TYPE " + (isPlainName(m_name) ? m_name : quoteLabelValue(m_name)) + ' ' + textType(m_kind) + '\n';
}

template<typename Columns, typename Append>
void ExportText::writeRun(std::string &out, const Columns &columns, const char *field, size_t from, size_t to,
                          Append appendValue) const
{
    out += m_head;
    for (size_t i = from; i < to; i++) {
        append(out, columns.timestampsMs[i]);
        out += i + 1 < to ? ',' : ']';
    }
    out.append(",\"").append(field).append("\":[");
    for (size_t i = from; i < to; i++) {
        appendValue(out, columns.values[i]);
        out += i + 1 < to ? ',' : ']';
    }
    out += "}\n";
}

void ExportText::write(std::string &out, const FloatColumns &columns, size_t from, size_t to)
{
    if (m_format == ExportFormat::Json)
        return writeRun(out, columns, "v", from, to,
                        [](std::string &text, double value) { appendExact(text, value); });
    if (m_format == ExportFormat::Csv) {
        for (size_t i = from; i < to; i++) {
            append(out += m_head, columns.timestampsMs[i]);
            appendText(out += ',', columns.values[i]);
            out += ",,\n";
        }
        return;
    }
    writeType(out);
    for (size_t i = from; i < to; i++) {
        const double value = columns.values[i];
        if (isStale(value)) // the text has no word for it
            continue;
        if (m_kind == Kind::Delta)
            m_sum.add(value);
        appendText(out += m_head, m_kind == Kind::Delta ? m_sum.value() : value);
        append(out += ' ', columns.timestampsMs[i]);
        out += '\n';
    }
}

void ExportText::write(std::string &out, const HistogramColumns &columns, size_t from, size_t to)
{
    if (m_format == ExportFormat::Json)
        return writeRun(out, columns, "h", from, to, [](std::string &text, const Histogram &value) {
            appendBase64(text, value.encode());
        });
    if (m_format == ExportFormat::Prometheus)
        writeType(out);
    for (size_t i = from; i < to; i++) {
        const Histogram &value = columns.values[i];
        if (m_format == ExportFormat::Csv) {
            append(out += m_head, columns.timestampsMs[i]);
            appendText(out += ",,", value.count());
            appendText(out += ',', value.sum());
            out += '\n';
            continue;
        }
        const bool adds = m_kind == Kind::Distribution;
        m_count = adds ? m_count + value.count() : value.count();
        if (adds)
            m_sum.add(value.sum());
        for (const auto &[head, number] :
             {std::pair(&m_countHead, m_count), std::pair(&m_sumHead, adds ? m_sum.value() : value.sum())}) {
            appendText(out += *head, number);
            append(out += ' ', columns.timestampsMs[i]);
            out += '\n';
        }
    }
}

void ExportText::writeCursor(std::string &out, std::string_view cursor, uint64_t samples) const
{
    if (m_format == ExportFormat::Csv)
        return;
    if (m_format == ExportFormat::Prometheus) {
        out.append("# cursor ").append(cursor.empty() ? "end" : cursor) += '\n';
        return;
    }
    JsonWriter json;
    json.beginObject().key("cursor");
    cursor.empty() ? json.null() : json.value(cursor);
    out += json.member("samples", samples).endObject().text() + '\n';
}

} // namespace plimsoll::api
