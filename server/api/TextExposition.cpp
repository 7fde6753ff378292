#include "server/api/TextExposition.h"

#include "server/api/JsonWriter.h"
#include "server/api/MetricDescription.h"

#include <charconv>
#include <cmath>
#include <set>

namespace plimsoll::api {

namespace {

constexpr std::string_view totalSuffix = "_total";

bool isNameLetter(char c, bool first, bool colons)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colons && c == ':') ||
           (!first && c >= '0' && c <= '9');
}

std::string allowedName(std::string_view name, bool colons)
{
    std::string out(name);
    for (size_t i = 0; i < out.size(); i++)
        if (!isNameLetter(out[i], i == 0, colons))
            out[i] = '_';
    return out;
}

/// Source: Prometheus' value encoding scheme, over bytes.
std::string escapedName(std::string_view name)
{
    static constexpr char hex[] = "0123456789abcdef";
    std::string out = "U__";
    for (const char c : name) {
        if (c == '_')
            out += "__";
        else if (isNameLetter(c, false, true))
            out += c;
        else
            (((out += '_') += hex[static_cast<unsigned char>(c) >> 4]) += hex[c & 15]) += '_';
    }
    return out;
}

std::string_view typeWord(Kind kind, SnapshotForm form)
{
    const bool oldWord = kind == Kind::Untyped && form != SnapshotForm::OpenMetrics;
    return oldWord ? "untyped" : prometheusType(kind);
}

std::string_view trimmed(std::string_view text)
{
    while (text.starts_with(' ') || text.starts_with('\t'))
        text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\t'))
        text.remove_suffix(1);
    return text;
}

/// The part before `separator`; `text` becomes the part after it.
std::string_view takeUntil(std::string_view &text, char separator)
{
    const size_t at = text.find(separator);
    const std::string_view part = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
    return trimmed(part);
}

double quality(std::string_view parameters)
{
    while (!parameters.empty()) {
        std::string_view parameter = takeUntil(parameters, ';');
        if (!parameter.starts_with("q=") && !parameter.starts_with("Q="))
            continue;
        double q = 0;
        parameter.remove_prefix(2);
        std::from_chars(parameter.data(), parameter.data() + parameter.size(), q);
        return q;
    }
    return 1;
}

std::optional<SnapshotForm> formOf(std::string_view mediaType)
{
    if (mediaType == "text/plain")
        return SnapshotForm::Text;
    if (mediaType == "application/openmetrics-text")
        return SnapshotForm::OpenMetrics;
    if (mediaType == "application/json" || mediaType == "application/*" || mediaType == "*/*")
        return SnapshotForm::Json;
    return std::nullopt;
}

class Writer
{
public:
    Writer(SnapshotForm form, ShowTimes times, const HelpOf &helpOf)
        : m_form(form)
        , m_times(times)
        , m_helpOf(helpOf)
    {
    }

    void add(const SnapshotMetric &metric)
    {
        begin(metric);
        for (const SnapshotSeries &series : metric.series) {
            if (series.histogram)
                addHistogram(series);
            else
                line(m_sample, series, {}, series.value);
        }
    }

    std::string take()
    {
        if (m_form == SnapshotForm::OpenMetrics)
            m_text += "# EOF\n";
        return std::move(m_text);
    }

private:
    bool isOpen() const { return m_form == SnapshotForm::OpenMetrics; }

    /// Names that become the same, or that a family before has for its parts, are told apart by Prometheus'
    /// reversible escaping, U__name_2e_rest.
    void nameFamily(const SnapshotMetric &metric)
    {
        setNames(allowedName(metric.name, true), metric.kind);
        if (reserveNames(metric.kind))
            return;
        setNames(escapedName(metric.name), metric.kind);
        reserveNames(metric.kind);
    }

    /// OpenMetrics names a counter's family without the suffix that its samples must have.
    void setNames(std::string name, Kind kind)
    {
        m_family = name;
        m_sample = std::move(name);
        if (!isOpen() || !counts(kind))
            return;
        if (m_family.ends_with(totalSuffix))
            m_family.resize(m_family.size() - totalSuffix.size());
        else
            m_sample += totalSuffix;
    }

    /// False where a family before has one of the names that readers see as this one's.
    bool reserveNames(Kind kind)
    {
        std::vector<std::string> names{m_family};
        if (m_sample != m_family)
            names.push_back(m_sample);
        if (holdsHistograms(kind)) {
            for (const char *part : {"_bucket", "_sum", "_count"})
                names.push_back(m_family + part);
        }
        if (std::any_of(names.begin(), names.end(),
                        [this](const std::string &name) { return m_names.contains(name); }))
            return false;
        m_names.insert(names.begin(), names.end());
        return true;
    }

    static bool counts(Kind kind) { return kind == Kind::Counter || kind == Kind::Delta; }

    /// Writes HELP and TYPE.
    void begin(const SnapshotMetric &metric)
    {
        nameFamily(metric);
        m_bounds = holdsHistograms(metric.kind) ? classicBounds(metric.name) : std::vector<double>();
        std::string help(describe(metric.name).help);
        if (help.empty() && m_helpOf)
            help = m_helpOf(metric.name);
        if (help.empty())
            help = "Sent to this appliance; its sender gave no description.";
        m_text += "# HELP " + m_family + ' ';
        addEscaped(help, isOpen());
        m_text += "\n# TYPE " + m_family + ' ';
        m_text += typeWord(metric.kind, m_form);
        m_text += '\n';
    }

    void addHistogram(const SnapshotSeries &series)
    {
        const Histogram &all = *series.histogram;
        for (const double bound : m_bounds)
            line(m_family + "_bucket", series, boundText(bound), observationsUpTo(all, bound));
        line(m_family + "_bucket", series, "+Inf", all.count());
        line(m_family + "_sum", series, {}, all.sum());
        line(m_family + "_count", series, {}, all.count());
    }

    /// OpenMetrics wants canonical floats: 1.0 rather than 1.
    std::string boundText(double bound) const
    {
        std::string text = formatDouble(bound);
        return isOpen() && text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
    }

    void line(const std::string &name, const SnapshotSeries &series, std::string_view bound, double value)
    {
        m_text += name;
        char separator = '{';
        for (const auto &[label, text] : *series.labels) {
            if (label == nameLabel || (!bound.empty() && label == "le"))
                continue;
            addLabel(separator, label, text);
        }
        if (!bound.empty())
            addLabel(separator, "le", bound);
        m_text += separator == ',' ? "} " : " ";
        m_text += formatDouble(value);
        if (m_times == ShowTimes::Yes)
            m_text += ' ' + timeText(series.timestampMs);
        m_text += '\n';
    }

    /// Milliseconds, or seconds in OpenMetrics.
    std::string timeText(int64_t timestampMs) const
    {
        return isOpen() ? formatDouble(static_cast<double>(timestampMs) / 1000) : std::to_string(timestampMs);
    }

    void addLabel(char &separator, std::string_view label, std::string_view text)
    {
        m_text += separator;
        m_text += allowedName(label, false);
        m_text += "=\"";
        addEscaped(text, true);
        m_text += '"';
        separator = ',';
    }

    void addEscaped(std::string_view text, bool quotes)
    {
        for (const char c : text) {
            if (c == '\n')
                m_text += "\\n";
            else if ((c == '"' && quotes) || c == '\\')
                (m_text += '\\') += c;
            else
                m_text += c;
        }
    }

    SnapshotForm m_form;
    ShowTimes m_times;
    const HelpOf &m_helpOf;
    std::set<std::string> m_names; ///< of families and their parts
    std::string m_family;
    std::string m_sample;
    std::vector<double> m_bounds;
    std::string m_text;
};

} // namespace

SnapshotForm preferredForm(std::string_view accept)
{
    SnapshotForm best = SnapshotForm::Json;
    double bestQuality = 0;
    while (!accept.empty()) {
        std::string_view entry = takeUntil(accept, ',');
        const auto form = formOf(takeUntil(entry, ';'));
        const double q = form ? quality(entry) : 0;
        if (q > bestQuality) {
            best = *form;
            bestQuality = q;
        }
    }
    return best;
}

std::string_view contentType(SnapshotForm form)
{
    switch (form) {
    case SnapshotForm::Text:
        return "text/plain; version=0.0.4; charset=utf-8";
    case SnapshotForm::OpenMetrics:
        return "application/openmetrics-text; version=1.0.0; charset=utf-8";
    case SnapshotForm::Json:
        break;
    }
    return "application/json";
}

std::string writeExposition(const Snapshot &snapshot, SnapshotForm form, ShowTimes times,
                            const HelpOf &helpOf)
{
    Writer writer(form, times, helpOf);
    for (const SnapshotMetric &metric : snapshot.metrics)
        writer.add(metric);
    return writer.take();
}

std::vector<double> classicBounds(std::string_view metric)
{
    const bool seconds = metric.ends_with("_seconds");
    std::vector<double> bounds;
    for (int exponent = -10; exponent <= (seconds ? 6 : 40); exponent += seconds ? 1 : 2)
        bounds.push_back(std::ldexp(1.0, exponent));
    return bounds;
}

double observationsUpTo(const Histogram &histogram, double bound)
{
    double count = 0;
    for (const auto &[index, observations] : histogram.negative())
        if (-Histogram::lowerBound(histogram.schema(), index) <= bound)
            count += observations;
    if (histogram.zeroThreshold() <= bound)
        count += histogram.zeroCount();
    for (const auto &[index, observations] : histogram.positive()) {
        if (Histogram::upperBound(histogram.schema(), index) > bound)
            break;
        count += observations;
    }
    return count;
}

} // namespace plimsoll::api
