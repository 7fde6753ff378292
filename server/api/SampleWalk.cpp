#include "server/api/SampleWalk.h"

#include <algorithm>

namespace plimsoll::api {

namespace {

constexpr auto viewLasts = std::chrono::seconds(10);

/// How a kind of samples is cut: the first slice of a series, and within which sizes slices grow and shrink.
struct Cut
{
    int64_t firstMs;
    size_t fewSamples;
    size_t manySamples;
    uint64_t mostSamples; ///< the reader refuses to hold more at once
};
constexpr Cut floatCut{30 * 60'000, 8'192, 32'768, 1U << 20};
constexpr Cut histogramCut{60'000, 64, 512, 16'384};
constexpr int64_t widestMs = 4 * 24 * 3600 * int64_t(1000);

const Cut &cutOf(Kind kind) { return holdsHistograms(kind) ? histogramCut : floatCut; }

bool before(const SelectedSeries &left, const Labels &right) { return *left.labels < right; }

} // namespace

SampleWalk::SampleWalk(const ReaderSource &source, Selection selection, const StopToken &stop)
    : m_source(source)
    , m_selection(std::move(selection))
    , m_stop(stop)
{
}

Status SampleWalk::begin(const std::optional<ExportCursor> &cursor)
{
    if (Status seen = see(); !seen)
        return seen;
    seek({});
    if (!cursor)
        return {};
    const auto found = std::find_if(m_all.begin(), m_all.end(), [&](const SelectedSeries &series) {
        return cursor->isAt(*series.labels);
    });
    if (found == m_all.end())
        return Error{ErrorCode::NotFound, "The series where this export stopped is not stored any more.",
                     "Start the export again, without cursor."};
    seek({found->labels, cursor->nextMs});
    return {};
}

/// Opens a view where there is none or it is old. Ids of series are those of a view, so they are selected
/// again, and the walk finds its place by labels.
Status SampleWalk::see()
{
    if (m_reader && std::chrono::steady_clock::now() - m_opened < viewLasts)
        return {};
    const Position here = position();
    m_reader.reset();
    m_reader = m_source.openReader();
    m_samples = dynamic_cast<const SampleIndex *>(m_reader.get());
    m_opened = std::chrono::steady_clock::now();
    if (Status selected = selectAll(); !selected)
        return selected;
    seek(here);
    return {};
}

Status SampleWalk::selectAll()
{
    m_all.clear();
    m_reader->bind(m_stop, UINT64_MAX);
    const std::vector<std::vector<Matcher>> everything(1);
    const auto &anyOf = m_selection.anyOf.empty() ? everything : m_selection.anyOf;
    for (const auto &matchers : anyOf) {
        auto found = m_reader->select(m_selection.project, matchers, m_selection.fromMs, m_selection.toMs);
        if (!found)
            return found.error();
        std::move(found->begin(), found->end(), std::back_inserter(m_all));
    }
    if (anyOf.size() < 2)
        return {};
    std::sort(m_all.begin(), m_all.end(), [](const SelectedSeries &left, const SelectedSeries &right) {
        return *left.labels < *right.labels;
    });
    const auto same = [](const SelectedSeries &left, const SelectedSeries &right) {
        return *left.labels == *right.labels;
    };
    m_all.erase(std::unique(m_all.begin(), m_all.end(), same), m_all.end());
    return {};
}

SampleWalk::Position SampleWalk::position() const
{
    if (m_index >= m_all.size())
        return {m_all.empty() ? nullptr : m_all.back().labels, INT64_MAX};
    return {m_all[m_index].labels, m_nextMs};
}

void SampleWalk::seek(const Position &position)
{
    m_index = 0;
    m_nextMs = m_selection.fromMs;
    if (position.series) {
        const auto found = std::lower_bound(m_all.begin(), m_all.end(), *position.series, before);
        m_index = size_t(found - m_all.begin());
        if (found != m_all.end() && *found->labels == *position.series)
            m_nextMs = std::max(m_nextMs, position.nextMs);
    }
    m_widthMs = m_index < m_all.size() ? cutOf(m_all[m_index].kind).firstMs : 0;
}

void SampleWalk::repeat(const Position &from, const Position &to)
{
    m_end = to;
    seek(from);
}

void SampleWalk::nextSeries()
{
    m_index++;
    m_nextMs = m_selection.fromMs;
    m_widthMs = m_index < m_all.size() ? cutOf(m_all[m_index].kind).firstMs : 0;
}

/// The last instant of a series that belongs to the walk; nothing where the walk ends before it.
std::optional<int64_t> SampleWalk::lastMs(const SelectedSeries &series) const
{
    if (!m_end)
        return m_selection.toMs;
    if (!m_end->series || *m_end->series < *series.labels)
        return std::nullopt;
    return *series.labels == *m_end->series && m_end->nextMs != INT64_MAX
               ? std::min(m_selection.toMs, m_end->nextMs - 1)
               : m_selection.toMs;
}

Result<bool> SampleWalk::next()
{
    for (;;) {
        if (Status seen = see(); !seen)
            return seen.error();
        if (m_stop.stopped())
            return m_stop.status().error();
        if (m_index >= m_all.size())
            return false;
        const SelectedSeries &series = m_all[m_index];
        const auto last = lastMs(series);
        if (!last)
            return false;
        if (m_samples)
            m_nextMs = m_samples->nextSampleMs(series.id, m_nextMs);
        if (m_nextMs > *last) {
            nextSeries();
            continue;
        }
        const int64_t remainder = ((m_nextMs % m_widthMs) + m_widthMs) % m_widthMs;
        const int64_t endMs = *last - m_nextMs < m_widthMs ? *last : m_nextMs - remainder + m_widthMs - 1;
        const Status done = read(series, m_nextMs, endMs);
        const Cut &cut = cutOf(series.kind);
        if (!done && done.error().code == ErrorCode::TooLarge && m_widthMs > 1) {
            m_widthMs = std::max<int64_t>(1, m_widthMs / 4);
            continue;
        }
        if (!done)
            return done.error();
        m_nextMs = endMs + 1;
        if (runSize() < cut.fewSamples)
            m_widthMs = std::min(widestMs, m_widthMs * 2);
        else if (runSize() > cut.manySamples)
            m_widthMs = std::max<int64_t>(1, m_widthMs / 2);
        if (runSize() == 0)
            continue;
        m_current = series;
        return true;
    }
}

Status SampleWalk::read(const SelectedSeries &series, int64_t fromMs, int64_t toMs)
{
    m_floats.clear();
    m_histograms.clear();
    m_reader->bind(m_stop, cutOf(series.kind).mostSamples);
    return holdsHistograms(series.kind) ? m_reader->readHistograms(series.id, fromMs, toMs, m_histograms)
                                        : m_reader->readFloats(series.id, fromMs, toMs, m_floats);
}

int64_t SampleWalk::timestampMs(size_t i) const
{
    return m_floats.size() > 0 ? m_floats.timestampsMs[i] : m_histograms.timestampsMs[i];
}

} // namespace plimsoll::api
