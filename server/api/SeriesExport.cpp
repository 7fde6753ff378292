#include "server/api/SeriesExport.h"

#include "server/api/JsonWriter.h"
#include "storage/model/ExactSum.h"
#include "storage/model/Version.h"

#include <bit>
#include <charconv>

namespace plimsoll::api {

namespace {

constexpr size_t pieceBytes = 256 * 1024;
constexpr size_t floatsPerLine = 1000;
constexpr size_t histogramsPerLine = 50;
constexpr auto viewLasts = std::chrono::seconds(10);

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

std::string csvField(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text)
        out.append(c == '"' ? 2 : 1, c);
    return out + '"';
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

const char *textType(Kind kind)
{
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

SeriesExport::SeriesExport(const ReaderSource &source, const ExportOptions &options, Sink sink)
    : m_source(source)
    , m_options(options)
    , m_sink(std::move(sink))
{
}

Status SeriesExport::run()
{
    std::vector<SelectedSeries> all;
    renewReader();
    if (Status selected = select(all); !selected)
        return selected;
    if (m_options.format == ExportFormat::Json) {
        JsonWriter json;
        json.beginObject()
            .member("plimsoll_export", uint64_t(1))
            .member("version", std::string_view(versionText));
        json.member("created_ms", m_options.nowMs).member("series", uint64_t(all.size())).endObject();
        m_piece = json.take() + '\n';
    } else if (m_options.format == ExportFormat::Csv) {
        m_piece = "name,labels,kind,timestamp_ms,value,count,sum\n";
    }
    for (const SelectedSeries &series : all) {
        if (std::chrono::steady_clock::now() - m_opened > viewLasts)
            renewReader();
        if (Status written = write(series); !written)
            return written;
    }
    return flush();
}

void SeriesExport::renewReader()
{
    m_reader.reset();
    m_reader = m_source.openReader();
    m_opened = std::chrono::steady_clock::now();
}

Status SeriesExport::select(std::vector<SelectedSeries> &series)
{
    std::vector<std::vector<Matcher>> selections;
    for (const std::string &metric : m_options.metrics)
        selections.push_back({{std::string(nameLabel), Matcher::Op::Equal, metric}});
    if (selections.empty())
        selections.emplace_back();
    for (const auto &matchers : selections) {
        auto found = m_reader->select(m_options.project, matchers, m_options.fromMs, m_options.toMs);
        if (!found)
            return found.error();
        std::move(found->begin(), found->end(), std::back_inserter(series));
    }
    return {};
}

Status SeriesExport::write(const SelectedSeries &series)
{
    return holdsHistograms(series.kind) ? writeHistograms(series) : writeFloats(series);
}

Status SeriesExport::writeFloats(const SelectedSeries &series)
{
    FloatColumns columns;
    if (Status read = m_reader->readFloats(series.id, m_options.fromMs, m_options.toMs, columns); !read)
        return read;
    if (m_options.format != ExportFormat::Json)
        return writeTextFloats(series, columns);
    return writeLines(series, columns, "v", floatsPerLine,
                      [](std::string &out, double value) { appendExact(out, value); });
}

Status SeriesExport::writeHistograms(const SelectedSeries &series)
{
    HistogramColumns columns;
    if (Status read = m_reader->readHistograms(series.id, m_options.fromMs, m_options.toMs, columns); !read)
        return read;
    if (m_options.format != ExportFormat::Json)
        return writeTextHistograms(series, columns);
    return writeLines(series, columns, "h", histogramsPerLine,
                      [](std::string &out, const Histogram &value) { appendBase64(out, value.encode()); });
}

template<typename Columns, typename Append>
Status SeriesExport::writeLines(const SelectedSeries &series, const Columns &columns, const char *field,
                                size_t perLine, Append appendValue)
{
    const std::string head = "{\"series\":" + jsonLabels(*series.labels, true) + ",\"kind\":\"" +
                             std::string(kindName(series.kind)) + "\",\"t\":[";
    for (size_t from = 0; from < columns.size(); from += perLine) {
        const size_t to = std::min(columns.size(), from + perLine);
        m_piece += head;
        for (size_t i = from; i < to; i++) {
            append(m_piece, columns.timestampsMs[i]);
            m_piece += i + 1 < to ? ',' : ']';
        }
        m_piece.append(",\"").append(field).append("\":[");
        for (size_t i = from; i < to; i++) {
            appendValue(m_piece, columns.values[i]);
            m_piece += i + 1 < to ? ',' : ']';
        }
        m_piece += "}\n";
        if (Status flushed = flushWhenFull(); !flushed)
            return flushed;
    }
    return {};
}

Status SeriesExport::writeTextFloats(const SelectedSeries &series, const FloatColumns &columns)
{
    const bool csv = m_options.format == ExportFormat::Csv;
    const std::string csvHead = csvField(series.labels->name()) + ',' +
                                csvField(jsonLabels(*series.labels, false)) + ',' +
                                std::string(kindName(series.kind)) + ',';
    const std::string textHead = inText(*series.labels, {}) + ' ';
    if (!csv && columns.size() > 0 && m_typedName != series.labels->name()) {
        m_typedName = series.labels->name();
        if (isPlainName(m_typedName))
            m_piece += "# TYPE " + m_typedName + ' ' + textType(series.kind) + '\n';
    }
    ExactSum total;
    for (size_t i = 0; i < columns.size(); i++) {
        total.add(columns.values[i]);
        if (csv) {
            append(m_piece += csvHead, columns.timestampsMs[i]);
            appendText(m_piece += ',', columns.values[i]);
            m_piece += ",,\n";
        } else {
            appendText(m_piece += textHead, series.kind == Kind::Delta ? total.value() : columns.values[i]);
            append(m_piece += ' ', columns.timestampsMs[i]);
            m_piece += '\n';
        }
        if (Status flushed = flushWhenFull(); !flushed)
            return flushed;
    }
    return {};
}

Status SeriesExport::writeTextHistograms(const SelectedSeries &series, const HistogramColumns &columns)
{
    const bool csv = m_options.format == ExportFormat::Csv;
    const std::string csvHead = csvField(series.labels->name()) + ',' +
                                csvField(jsonLabels(*series.labels, false)) + ',' +
                                std::string(kindName(series.kind)) + ',';
    double count = 0;
    ExactSum sum;
    for (size_t i = 0; i < columns.size(); i++) {
        const Histogram &value = columns.values[i];
        count = series.kind == Kind::Distribution ? count + value.count() : value.count();
        sum.add(value.sum());
        if (csv) {
            append(m_piece += csvHead, columns.timestampsMs[i]);
            appendText(m_piece += ",,", value.count());
            appendText(m_piece += ',', value.sum());
            m_piece += '\n';
        } else {
            const double total = series.kind == Kind::Distribution ? sum.value() : value.sum();
            for (const auto &[suffix, number] : {std::pair("_count", count), std::pair("_sum", total)}) {
                appendText((m_piece += inText(*series.labels, suffix)) += ' ', number);
                append(m_piece += ' ', columns.timestampsMs[i]);
                m_piece += '\n';
            }
        }
        if (Status flushed = flushWhenFull(); !flushed)
            return flushed;
    }
    return {};
}

Status SeriesExport::flushWhenFull() { return m_piece.size() < pieceBytes ? Status() : flush(); }

Status SeriesExport::flush()
{
    if (m_piece.empty())
        return {};
    if (!m_sink(std::exchange(m_piece, {})))
        return Error{ErrorCode::Cancelled, "The export was cancelled.", {}};
    return {};
}

} // namespace plimsoll::api
