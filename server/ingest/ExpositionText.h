#pragma once

#include "server/ingest/ItemError.h"
#include "server/ingest/SampleWriter.h"
#include "storage/model/Batch.h"

#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::ingest {

/// Which text a body is. `Any` is for those that were pushed or imported: OpenMetrics' seconds and the
/// milliseconds of 0.0.4 are told apart by their size, and nothing must end with `# EOF`.
enum class ExpositionForm { Any, Text, OpenMetrics };

/// One sample line.
struct ExpositionSample
{
    std::string_view series; ///< the bytes of name and labels, as they stand
    std::string_view name;
    std::string_view braces; ///< the labels with their braces; empty where there are none
    SampleType type;
    double value = 0;
    std::optional<int64_t> timestampMs; ///< nothing where the line has none
    size_t line = 0;                    ///< from 1
};

/// The role of whoever takes what a text holds. What it is given holds during the call.
class ExpositionHandler
{
public:
    virtual ~ExpositionHandler() = default;
    /// How many bytes at the start of `text`, which begins with a brace, are labels that are known; 0 where
    /// nobody knows.
    virtual size_t expectedBraces(std::string_view text) const;
    virtual void sample(const ExpositionSample &sample) = 0;
    /// All that was said of a family, before the next one begins.
    virtual void family(const Batch::Description &description);
    /// False ends the reading.
    virtual bool refused(size_t line, const ItemError &error) = 0;
};

/// Reads a text exposition: Prometheus 0.0.4 and 1.0.0 (names in quotes), OpenMetrics 0.0.1 and 1.0.
///
/// Types come from `# TYPE`: counters, and the _bucket, _sum and _count of histograms and summaries, become
/// counters; a summary's quantiles, gauges, info and state sets gauges; a name without a type is untyped, or
/// what it was before. Exemplars are checked and left out. NaN and infinities are values.
///
/// Sources: prometheus.io/docs/instrumenting/exposition_formats,
/// prometheus.io/docs/specs/om/open_metrics_spec.
class ExpositionText
{
public:
    ExpositionText(ExpositionForm form, ExpositionHandler &handler)
        : m_form(form)
        , m_handler(handler)
    {
    }

    /// Fails where the text is not UTF-8, or is OpenMetrics without `# EOF`.
    Status read(std::string_view body);

private:
    class Line;
    enum class Type { Unknown, Counter, Gauge, Histogram, Summary };

    bool readLine(std::string_view line);
    bool readComment(std::string_view line);
    bool readType(std::string_view family, std::string_view word);
    bool readSample(std::string_view line);
    bool addSample(ExpositionSample &sample, std::string_view rest);
    std::optional<int64_t> timestamp(double number) const;
    SampleType typeOf(std::string_view name) const;
    void enterFamily(std::string_view name);
    void endFamily();
    bool refuse(const char *code, const std::string &message);

    const ExpositionForm m_form;
    ExpositionHandler &m_handler;
    Batch::Description m_family; ///< of the comments that came last
    Type m_type = Type::Unknown;
    std::string m_quotedName;
    size_t m_line = 0;
    bool m_ended = false;
};

} // namespace plimsoll::ingest
