#pragma once

#include "server/api/ExportText.h"
#include "server/api/SampleWalk.h"

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace plimsoll::api {

struct ExportOptions
{
    ProjectId project = defaultProject;
    ExportFormat format = ExportFormat::Json;
    int64_t fromMs = 0;
    int64_t toMs = 8'000'000'000'000;            ///< inclusive
    std::vector<std::string> metrics;            ///< with `selectors` none: all
    std::vector<std::vector<Matcher>> selectors; ///< of match[]
    std::optional<ExportCursor> cursor;          ///< where to go on
    uint64_t limit = 0;                          ///< samples; 0: all
    int64_t nowMs = 0;

    /// What a cursor of this export carries, so that it continues no other.
    uint64_t digest() const;
};

/// Writes the samples of a project, series by series, in a few MB of memory whatever they are.
class SeriesExport
{
public:
    /// Takes a piece; false ends the export.
    using Sink = std::function<bool(std::string piece)>;

    /// The source and `cancelled` must outlive it.
    SeriesExport(const ReaderSource &source, const ExportOptions &options, Sink sink,
                 const std::atomic<bool> *cancelled = nullptr);

    /// Selects the series and, with a limit, finds where the export will end. Fails with Invalid for a cursor
    /// of another export and with NotFound where it points nowhere any more.
    Status prepare();
    /// The cursor of what lies behind the limit; empty where nothing does. Known after prepare().
    const std::string &nextCursor() const { return m_nextCursor; }

    /// Writes everything; prepares where that was not done. Fails with Cancelled where the sink took no more,
    /// or with why a series cannot be read.
    Status run();

    /// Gives the view back while the sink waits for a slow taker. For the sink, inside its call.
    void letGo() { m_walk.letGo(); }

private:
    Status findEnd();
    Status beginRun();
    Status writeRun();
    template<typename Columns>
    Status writeBlocks(const Columns &columns, size_t perBlock);
    ExportCursor cursorBefore(const Labels &series, int64_t nextMs) const;
    Status flush();

    const ExportOptions m_options;
    const Sink m_sink;
    const StopToken m_stop;
    SampleWalk m_walk;
    ExportText m_text;
    bool m_prepared = false;
    std::string m_nextCursor;
    std::string m_piece;
    std::shared_ptr<const Labels> m_series; ///< under way
    uint64_t m_samples = 0;
    uint64_t m_sinceCursor = 0; ///< bytes
};

} // namespace plimsoll::api
