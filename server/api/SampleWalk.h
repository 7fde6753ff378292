#pragma once

#include "server/api/ExportCursor.h"
#include "storage/model/SampleIndex.h"
#include "storage/model/SeriesReader.h"
#include "storage/model/StopToken.h"

#include <chrono>
#include <optional>

namespace plimsoll::api {

/// Walks all samples of a selection, series by series in the order of labels and each in the order of time,
/// in runs that take a few MB at most however dense the samples are. The view is opened anew now and then, so
/// that a walk of hours holds nothing up: samples that come meanwhile may be in it.
class SampleWalk
{
public:
    struct Selection
    {
        ProjectId project = defaultProject;
        int64_t fromMs = 0;
        int64_t toMs = 0; ///< inclusive
        /// Series that satisfy all matchers of one of these; none: all.
        std::vector<std::vector<Matcher>> anyOf;
    };
    /// Before which sample something is.
    struct Position
    {
        std::shared_ptr<const Labels> series; ///< null: before the first
        int64_t nextMs = 0;
    };

    /// The source and the token must outlive it.
    SampleWalk(const ReaderSource &source, Selection selection, const StopToken &stop);

    /// Selects, and goes to where a cursor points. Call it first. Fails with NotFound where the series of the
    /// cursor is not stored any more.
    Status begin(const std::optional<ExportCursor> &cursor);
    size_t seriesCount() const { return m_all.size(); }

    /// Reads the next run, which is not empty; false at the end.
    Result<bool> next();
    /// The series of the run, and its samples: floats or histograms.
    const SelectedSeries &series() const { return m_current; }
    const FloatColumns &floats() const { return m_floats; }
    const HistogramColumns &histograms() const { return m_histograms; }
    size_t runSize() const { return m_floats.size() + m_histograms.size(); }
    int64_t timestampMs(size_t i) const;
    /// The view that the run was read from.
    const SeriesReader &reader() const { return *m_reader; }

    /// Gives the view back, as before a wait; the next run opens another.
    void letGo() { m_reader.reset(); }

    Position position() const;
    /// Goes back to a position that this walk had, and ends before another one.
    void repeat(const Position &from, const Position &to);

private:
    Status see();
    Status selectAll();
    void seek(const Position &position);
    std::optional<int64_t> lastMs(const SelectedSeries &series) const;
    Status read(const SelectedSeries &series, int64_t fromMs, int64_t toMs);
    void nextSeries();

    const ReaderSource &m_source;
    const Selection m_selection;
    const StopToken &m_stop;
    std::unique_ptr<SeriesReader> m_reader;
    const SampleIndex *m_samples = nullptr; ///< of the view, where it has one
    std::chrono::steady_clock::time_point m_opened;
    std::vector<SelectedSeries> m_all;
    size_t m_index = 0;   ///< of the series under way
    int64_t m_nextMs = 0; ///< what of it comes next
    int64_t m_widthMs = 0;
    std::optional<Position> m_end;
    SelectedSeries m_current;
    FloatColumns m_floats;
    HistogramColumns m_histograms;
};

} // namespace plimsoll::api
