#pragma once

#include "storage/model/SeriesReader.h"

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace plimsoll::api {

/// The forms in which samples leave as a whole.
enum class ExportFormat {
    Json,       ///< NDJSON, loses nothing; `plimsoll import` reads it back to the bit (README.md, "Export")
    Csv,        ///< one sample a line
    Prometheus, ///< text exposition with timestamps: increments as running totals, histograms as count and
                ///< sum
};
std::optional<ExportFormat> exportFormatNamed(std::string_view name);
std::string_view contentType(ExportFormat format);

struct ExportOptions
{
    ProjectId project = defaultProject;
    ExportFormat format = ExportFormat::Json;
    int64_t fromMs = 0;
    int64_t toMs = 8'000'000'000'000; ///< inclusive
    std::vector<std::string> metrics; ///< none: all
    int64_t nowMs = 0;
};

/// Writes all samples of a project, series by series; in memory is at most one series. The view is opened
/// anew now and then, so that a slow taker holds nothing up: what comes meanwhile may be in it.
class SeriesExport
{
public:
    /// Takes a piece; false ends the export.
    using Sink = std::function<bool(std::string piece)>;

    SeriesExport(const ReaderSource &source, const ExportOptions &options, Sink sink);
    /// Fails with Cancelled where the sink took no more, or with why a series cannot be read.
    Status run();

private:
    struct Row;
    Status select(std::vector<SelectedSeries> &series);
    void renewReader();
    Status write(const SelectedSeries &series);
    Status writeFloats(const SelectedSeries &series);
    Status writeHistograms(const SelectedSeries &series);
    template<typename Columns, typename Append>
    Status writeLines(const SelectedSeries &series, const Columns &columns, const char *field, size_t perLine,
                      Append append);
    Status writeTextFloats(const SelectedSeries &series, const FloatColumns &columns);
    Status writeTextHistograms(const SelectedSeries &series, const HistogramColumns &columns);
    Status flushWhenFull();
    Status flush();

    const ReaderSource &m_source;
    const ExportOptions m_options;
    const Sink m_sink;
    std::unique_ptr<SeriesReader> m_reader;
    std::chrono::steady_clock::time_point m_opened;
    std::string m_piece;
    std::string m_typedName; ///< of the last "# TYPE" line
};

} // namespace plimsoll::api
