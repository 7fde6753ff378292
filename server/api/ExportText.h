#pragma once

#include "storage/model/ExactSum.h"
#include "storage/model/SeriesReader.h"

#include <optional>
#include <string>
#include <string_view>

namespace plimsoll::api {

/// The forms in which samples leave as a whole. README.md ("Export") describes them.
enum class ExportFormat {
    Json,       ///< NDJSON, loses nothing; `plimsoll import` reads it back to the bit
    Csv,        ///< one sample a line
    Prometheus, ///< text exposition with timestamps: increments as running totals, histograms as count and
                ///< sum
};
std::optional<ExportFormat> exportFormatNamed(std::string_view name);
std::string_view contentType(ExportFormat format);

/// Writes samples in one of them.
class ExportText
{
public:
    explicit ExportText(ExportFormat format)
        : m_format(format)
    {
    }

    void writeHead(std::string &out, size_t series, int64_t nowMs) const;
    /// The samples to come are of this series. `reader` tells what its running totals were before the first
    /// of them, at `fromMs`, unless `totals` does.
    Status beginSeries(const SelectedSeries &series, const SeriesReader &reader, int64_t fromMs,
                       std::string_view totals);
    /// The running totals behind what was written or skipped, for an export that goes on there; empty where
    /// there are none.
    std::string totals() const;
    /// Counts the samples at [from, to) of the columns without writing them.
    void skip(const FloatColumns &columns, size_t from, size_t to);
    void skip(const HistogramColumns &columns, size_t from, size_t to);
    /// Writes the samples at [from, to) of the columns.
    void write(std::string &out, const FloatColumns &columns, size_t from, size_t to);
    void write(std::string &out, const HistogramColumns &columns, size_t from, size_t to);
    /// Where to go on after what was written so far; the last one is empty and tells that all is there.
    void writeCursor(std::string &out, std::string_view cursor, uint64_t samples) const;

private:
    template<typename Columns, typename Append>
    void writeRun(std::string &out, const Columns &columns, const char *field, size_t from, size_t to,
                  Append append) const;
    void writeType(std::string &out);
    bool takeTotals(std::string_view bytes);
    bool runs() const;

    const ExportFormat m_format;
    Kind m_kind = Kind::Gauge;
    std::string m_name;
    std::string m_head;      ///< of each line or run
    std::string m_countHead; ///< of a histogram's lines in the text exposition
    std::string m_sumHead;
    std::string m_typedName; ///< of the last "# TYPE" line
    double m_count = 0;      ///< running totals, for the text exposition
    ExactSum m_sum;
};

} // namespace plimsoll::api
