#include "server/api/SeriesExport.h"

#include <algorithm>

#include <xxhash.h>

namespace plimsoll::api {

namespace {

constexpr size_t pieceBytes = 256 * 1024;
constexpr uint64_t bytesBetweenCursors = 4 << 20;
constexpr size_t floatsPerBlock = 1000;
constexpr size_t histogramsPerBlock = 50;
constexpr int64_t longestMs = 24 * 3600 * int64_t(1000);

SampleWalk::Selection selectionOf(const ExportOptions &options)
{
    SampleWalk::Selection selection{options.project, options.fromMs, options.toMs, options.selectors};
    for (const std::string &metric : options.metrics)
        selection.anyOf.push_back({{std::string(nameLabel), Matcher::Op::Equal, metric}});
    if (options.cursor) {
        selection.fromMs = options.cursor->fromMs;
        selection.toMs = options.cursor->toMs;
    }
    return selection;
}

} // namespace

uint64_t ExportOptions::digest() const
{
    std::string text = std::to_string(project);
    for (const std::string &metric : metrics)
        text.append("\nm").append(metric);
    for (const auto &matchers : selectors) {
        text += "\ns";
        for (const Matcher &matcher : matchers)
            text.append(matcher.name)
                .append(1, '\0')
                .append(1, char('0' + int(matcher.op)))
                .append(matcher.value) += '\0';
    }
    return XXH3_64bits(text.data(), text.size());
}

SeriesExport::SeriesExport(const ReaderSource &source, const ExportOptions &options, Sink sink,
                           const std::atomic<bool> *cancelled)
    : m_options(options)
    , m_sink(std::move(sink))
    , m_stop(cancelled, longestMs)
    , m_walk(source, selectionOf(options), m_stop)
    , m_text(options.format)
{
}

Status SeriesExport::prepare()
{
    m_prepared = true;
    if (m_options.cursor && m_options.cursor->asked != m_options.digest())
        return Error{ErrorCode::Invalid,
                     "cursor belongs to an export of other metrics or of another project.",
                     "Repeat metric and match[] as they were in the first request."};
    if (Status begun = m_walk.begin(m_options.cursor); !begun)
        return begun;
    return m_options.limit > 0 ? findEnd() : Status();
}

/// Counts off as many samples as the limit allows, and looks if there are more. The answer then ends just
/// there, whatever arrives meanwhile.
Status SeriesExport::findEnd()
{
    const SampleWalk::Position start = m_walk.position();
    uint64_t left = m_options.limit;
    SampleWalk::Position end;
    for (;;) {
        const auto more = m_walk.next();
        if (!more)
            return more.error();
        if (!*more) {
            m_walk.repeat(start, m_walk.position());
            m_series.reset();
            return {};
        }
        if (left == 0)
            break;
        if (Status begun = beginRun(); !begun)
            return begun;
        const size_t taken = std::min<uint64_t>(left, m_walk.runSize());
        m_text.skip(m_walk.floats(), 0, std::min(taken, m_walk.floats().size()));
        m_text.skip(m_walk.histograms(), 0, std::min(taken, m_walk.histograms().size()));
        left -= taken;
        end = {m_walk.series().labels, m_walk.timestampMs(taken - 1) + 1};
        if (taken < m_walk.runSize())
            break;
    }
    m_nextCursor = cursorBefore(*end.series, end.nextMs).toText();
    m_walk.repeat(start, end);
    m_series.reset();
    return {};
}

Status SeriesExport::run()
{
    if (!m_prepared) {
        if (Status prepared = prepare(); !prepared)
            return prepared;
    }
    m_text.writeHead(m_piece, m_walk.seriesCount(), m_options.nowMs);
    for (;;) {
        const auto more = m_walk.next();
        if (!more)
            return more.error();
        if (!*more)
            break;
        if (Status written = writeRun(); !written)
            return written;
    }
    m_text.writeCursor(m_piece, m_nextCursor, m_samples);
    return flush();
}

/// Turns to the series of a run, which may be the one under way. A cursor knows the totals of its own.
Status SeriesExport::beginRun()
{
    const SelectedSeries &series = m_walk.series();
    if (m_series && *m_series == *series.labels)
        return {};
    m_series = series.labels;
    const bool resumes = m_options.cursor && m_options.cursor->isAt(*series.labels);
    return m_text.beginSeries(series, m_walk.reader(), m_walk.timestampMs(0),
                              resumes ? m_options.cursor->totals : std::string());
}

Status SeriesExport::writeRun()
{
    if (Status begun = beginRun(); !begun)
        return begun;
    const SelectedSeries &series = m_walk.series();
    return holdsHistograms(series.kind) ? writeBlocks(m_walk.histograms(), histogramsPerBlock)
                                        : writeBlocks(m_walk.floats(), floatsPerBlock);
}

template<typename Columns>
Status SeriesExport::writeBlocks(const Columns &columns, size_t perBlock)
{
    for (size_t from = 0; from < columns.size(); from += perBlock) {
        const size_t to = std::min(columns.size(), from + perBlock);
        m_text.write(m_piece, columns, from, to);
        m_samples += to - from;
        if (m_piece.size() < pieceBytes)
            continue;
        if (m_sinceCursor + m_piece.size() >= bytesBetweenCursors) {
            m_sinceCursor = 0;
            m_text.writeCursor(m_piece, cursorBefore(*m_series, columns.timestampsMs[to - 1] + 1).toText(),
                               m_samples);
        }
        if (Status flushed = flush(); !flushed)
            return flushed;
    }
    return {};
}

ExportCursor SeriesExport::cursorBefore(const Labels &series, int64_t nextMs) const
{
    ExportCursor cursor;
    cursor.asked = m_options.digest();
    cursor.fromMs = m_options.cursor ? m_options.cursor->fromMs : m_options.fromMs;
    cursor.toMs = m_options.cursor ? m_options.cursor->toMs : m_options.toMs;
    cursor.moveTo(series, nextMs);
    cursor.totals = m_text.totals();
    return cursor;
}

Status SeriesExport::flush()
{
    if (m_piece.empty())
        return {};
    m_sinceCursor += m_piece.size();
    if (!m_sink(std::exchange(m_piece, {})))
        return Error{ErrorCode::Cancelled, "The export was cancelled.", {}};
    return {};
}

} // namespace plimsoll::api
