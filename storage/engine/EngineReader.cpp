#include "storage/engine/EngineReader.h"

#include "storage/engine/Columns.h"
#include "storage/model/ExactSum.h"

#include <algorithm>
#include <limits>

namespace plimsoll {

namespace {

constexpr int64_t earliest = std::numeric_limits<int64_t>::min();

bool overlaps(const HeadWindow &window, int64_t fromMs, int64_t toMs)
{
    return window.startMs() <= toMs && window.endMs() > fromMs;
}

template<typename Columns, typename Take>
void takeBefore(const Columns &columns, int64_t beforeMs, Take take)
{
    for (size_t i = 0; i < columns.size(); i++) {
        if (columns.timestampsMs[i] < beforeMs)
            take(columns.values[i]);
    }
}

} // namespace

EngineReader::EngineReader(const Catalogue &catalogue, Head &head, PackCache &packs)
    : m_catalogue(catalogue)
    , m_head(head)
    , m_packs(packs)
    , m_view(head.view())
{
}

EngineReader::~EngineReader() { m_head.closeView(m_view.visible); }

Roaring EngineReader::present(const Roaring &ids, int64_t fromMs, int64_t toMs) const
{
    Roaring found;
    for (const auto &seal : *m_view.seals) {
        if (seal->overlaps(fromMs, toMs))
            found |= ids & seal->series;
    }
    for (const uint32_t id : ids - found) {
        for (const auto &window : m_view.windows) {
            if (overlaps(*window, fromMs, toMs) && window->contains(id, m_view.visible)) {
                found.add(id);
                break;
            }
        }
    }
    return found;
}

Result<std::vector<SelectedSeries>> EngineReader::select(ProjectId project, std::span<const Matcher> matchers,
                                                         int64_t fromMs, int64_t toMs) const
{
    const auto ids = m_catalogue.match(project, matchers);
    if (!ids)
        return ids.error();
    std::vector<SelectedSeries> selected;
    for (const SeriesId id : present(*ids, fromMs, toMs)) {
        if (auto described = m_catalogue.describe(id))
            selected.push_back(
                {id, described->kind, std::make_shared<const Labels>(std::move(described->labels))});
    }
    std::sort(selected.begin(), selected.end(),
              [](const SelectedSeries &a, const SelectedSeries &b) { return *a.labels < *b.labels; });
    return selected;
}

Result<Kind> EngineReader::kindOf(SeriesId series, bool histograms) const
{
    const auto kind = m_catalogue.kindIfKnown(series);
    if (!kind)
        return Error{ErrorCode::NotFound, "There is no such series.", {}};
    if (holdsHistograms(*kind) != histograms)
        return Error{ErrorCode::Invalid,
                     "A series of kind " + std::string(kindName(*kind)) + " has no such samples.",
                     {}};
    return *kind;
}

/// Calls `take` with each chunk of a series that overlaps a range, in the order of windows and then of
/// sealing.
template<typename Take>
Status EngineReader::eachEntry(SeriesId series, int64_t fromMs, int64_t toMs, Take take) const
{
    for (const auto &seal : *m_view.seals) {
        if (!seal->overlaps(fromMs, toMs) || !seal->series.contains(series))
            continue;
        const auto pack = m_packs.get(seal->id, series);
        if (!pack)
            return pack.error();
        const PackEntry &entry = *(*pack)->find(series);
        if (entry.minMs > toMs || entry.maxMs < fromMs)
            continue;
        if (Status taken = take(**pack, entry); !taken)
            return taken;
    }
    return {};
}

template<typename Columns>
void EngineReader::appendHead(SeriesId series, int64_t fromMs, int64_t toMs, Columns &out) const
{
    for (const auto &window : m_view.windows) {
        if (overlaps(*window, fromMs, toMs))
            window->read(series, m_view.visible, out);
    }
}

template<typename Columns>
Status EngineReader::readAny(SeriesId series, Kind kind, int64_t fromMs, int64_t toMs, Columns &out) const
{
    out.clear();
    Status done = eachEntry(series, fromMs, toMs,
                            [&](const Pack &pack, const PackEntry &entry) { return pack.read(entry, out); });
    if (!done) {
        out.clear();
        return done;
    }
    appendHead(series, fromMs, toMs, out);
    normalize(out, kind);
    clip(out, fromMs, toMs);
    return {};
}

Status EngineReader::readFloats(SeriesId series, int64_t fromMs, int64_t toMs, FloatColumns &out) const
{
    const auto kind = kindOf(series, false);
    if (!kind)
        return kind.error();
    return readAny(series, *kind, fromMs, toMs, out);
}

Status EngineReader::readHistograms(SeriesId series, int64_t fromMs, int64_t toMs,
                                    HistogramColumns &out) const
{
    const auto kind = kindOf(series, true);
    if (!kind)
        return kind.error();
    return readAny(series, *kind, fromMs, toMs, out);
}

Result<double> EngineReader::totalBefore(SeriesId series, int64_t beforeMs) const
{
    const auto kind = kindOf(series, false);
    if (!kind)
        return kind.error();
    ExactSum sum;
    if (beforeMs == earliest)
        return sum.value();
    FloatColumns columns;
    const Status done =
        eachEntry(series, earliest, beforeMs - 1, [&](const Pack &pack, const PackEntry &entry) -> Status {
            if (entry.maxMs < beforeMs && entry.total) {
                sum.merge(*entry.total);
                return {};
            }
            columns.clear();
            if (Status read = pack.read(entry, columns); !read)
                return read;
            takeBefore(columns, beforeMs, [&](double value) { sum.add(value); });
            return {};
        });
    if (!done)
        return done.error();
    columns.clear();
    appendHead(series, earliest, beforeMs - 1, columns);
    takeBefore(columns, beforeMs, [&](double value) { sum.add(value); });
    return sum.value();
}

Result<Histogram> EngineReader::histogramBefore(SeriesId series, int64_t beforeMs) const
{
    return beforeMs == earliest ? Result<Histogram>(Histogram())
                                : histogramBetween(series, earliest, beforeMs - 1);
}

/// Chunks that lie in the range as a whole are not read: their merged histogram stands in their directory.
Result<Histogram> EngineReader::histogramBetween(SeriesId series, int64_t fromMs, int64_t toMs) const
{
    const auto kind = kindOf(series, true);
    if (!kind)
        return kind.error();
    std::optional<Histogram> total;
    const auto add = [&](const Histogram &histogram) {
        if (total)
            total->merge(histogram);
        else
            total = histogram;
    };
    HistogramColumns columns;
    const auto addColumns = [&] {
        for (size_t i = 0; i < columns.size(); i++) {
            if (columns.timestampsMs[i] >= fromMs && columns.timestampsMs[i] <= toMs)
                add(columns.values[i]);
        }
    };
    const auto takeEntry = [&](const Pack &pack, const PackEntry &entry) -> Status {
        if (entry.minMs >= fromMs && entry.maxMs <= toMs && addsUp(*kind)) {
            const auto merged = pack.merged(entry);
            if (!merged)
                return merged.error();
            add(*merged);
            return {};
        }
        columns.clear();
        if (Status read = pack.read(entry, columns); !read)
            return read;
        addColumns();
        return {};
    };
    if (const Status done = eachEntry(series, fromMs, toMs, takeEntry); !done)
        return done.error();
    columns.clear();
    appendHead(series, fromMs, toMs, columns);
    addColumns();
    return total.value_or(Histogram());
}

} // namespace plimsoll
