#include "storage/engine/EngineReader.h"

#include "storage/engine/Columns.h"
#include "storage/model/ExactSum.h"
#include "storage/model/Staleness.h"

#include <algorithm>

namespace plimsoll {

namespace {

using Newest = HeadWindow::Newest;

bool overlaps(const HeadWindow &window, int64_t fromMs, int64_t toMs)
{
    return window.startMs() <= toMs && window.endMs() > fromMs;
}

} // namespace

EngineReader::EngineReader(const Catalogue &catalogue, Head &head, PackCache &packs, HourlyCache &hours)
    : m_catalogue(catalogue)
    , m_head(head)
    , m_packs(packs)
    , m_hours(hours)
    , m_view(head.view())
    , m_computed(m_view.seals->unsettled)
{
    for (const auto &window : m_view.windows)
        m_computed.push_back(window->startMs());
    std::ranges::sort(m_computed);
    m_computed.erase(std::unique(m_computed.begin(), m_computed.end()), m_computed.end());
}

EngineReader::~EngineReader() { m_head.closeView(m_view.visible); }

/// Which of a selection may have samples in a range. Looks at the newest first, and no further than until all
/// were found: most queries ask for what is there now.
std::vector<bool> EngineReader::present(std::span<const SeriesId> ids, int64_t fromMs, int64_t toMs) const
{
    const Seals &seals = *m_view.seals;
    if (fromMs < seals.floors.hours.highest())
        return std::vector<bool>(ids.size(), true);
    std::vector<bool> found(ids.size());
    for (const auto &window : m_view.windows) {
        if (overlaps(*window, fromMs, toMs))
            window->markContained(ids, m_view.visible, found);
    }
    Roaring missing;
    for (size_t i = 0; i < ids.size(); i++) {
        if (!found[i])
            missing.add(ids[i]);
    }
    if (missing.isEmpty())
        return found;
    for (const SealList *list : {&seals.samples, &seals.hours}) {
        const auto near = list->near(fromMs, toMs);
        for (auto it = near.rbegin(); it != near.rend() && !missing.isEmpty(); ++it) {
            if ((*it)->overlaps(fromMs, toMs) ||
                (list == &seals.hours && (*it)->windowStartMs <= toMs && (*it)->windowEndMs() > fromMs))
                missing -= (*it)->series;
        }
    }
    for (size_t i = 0; i < ids.size(); i++) {
        if (!found[i])
            found[i] = !missing.contains(ids[i]);
    }
    return found;
}

Result<std::vector<SelectedSeries>> EngineReader::select(ProjectId project, std::span<const Matcher> matchers,
                                                         int64_t fromMs, int64_t toMs) const
{
    const auto isPresent = [&](std::span<const SeriesId> ids) { return present(ids, fromMs, toMs); };
    const auto matched = m_catalogue.select(project, matchers, isPresent, stop());
    if (!matched)
        return matched.error();
    const Selection &all = **matched;
    const std::vector<bool> found = present(all.ids, fromMs, toMs);
    std::vector<SelectedSeries> selected;
    selected.reserve(all.size());
    for (size_t i = 0; i < all.size(); i++) {
        if (found[i])
            selected.push_back({all.ids[i], all.kinds[i], all.labels[i]});
    }
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

void EngineReader::leaveOut(uint32_t seal, SeriesId series) const
{
    m_packs.noteDamage(seal, series);
    warnOfDamage("samples", series);
}

void EngineReader::warnOfDamage(const std::string &what, SeriesId series) const
{
    m_leftOut++;
    const auto described = m_catalogue.describe(series);
    const std::lock_guard lock(m_mutex);
    m_warnings.insert("Some stored " + what + " of " +
                      std::string(described ? described->labels.name() : std::string_view("a series")) +
                      " are damaged and were left out; plimsoll doctor says which.");
}

/// Calls `take` with each chunk of a series that overlaps a range, in the order of windows and then of
/// sealing. What is damaged is left out, with a warning: the rest of an answer is worth having.
template<typename Take>
Status EngineReader::eachEntry(SeriesId series, int64_t fromMs, int64_t toMs, Take take) const
{
    for (const SealPointer &seal : m_view.seals->samples.near(fromMs, toMs)) {
        if (!seal->overlaps(fromMs, toMs) || !seal->series.contains(series))
            continue;
        if (stop().stopped())
            return stop().status();
        const auto pack = m_packs.get(seal->id, series);
        Status taken = pack ? Status() : Status(pack.error());
        if (taken) {
            const PackEntry &entry = *(*pack)->find(series);
            if (entry.minMs > toMs || entry.maxMs < fromMs)
                continue;
            taken = take(**pack, entry);
        }
        if (!taken && taken.error().code != ErrorCode::Corrupt)
            return taken;
        if (!taken)
            leaveOut(seal->id, series);
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
    uint64_t certain = 0; // of chunks that lie in the range as a whole
    Status done = eachEntry(series, fromMs, toMs, [&](const Pack &pack, const PackEntry &entry) -> Status {
        const size_t before = out.size();
        if (entry.minMs >= fromMs && entry.maxMs <= toMs)
            certain += entry.samples;
        if (Status may = mayHold(certain); !may)
            return may;
        const Status read = pack.read(entry, out);
        if (!read) {
            out.timestampsMs.resize(before);
            out.values.resize(before);
        }
        return read;
    });
    if (!done) {
        out.clear();
        return done;
    }
    appendHead(series, fromMs, toMs, out);
    normalize(out, kind);
    clip(out, fromMs, toMs);
    return {};
}

int64_t EngineReader::nextSampleMs(SeriesId series, int64_t fromMs) const
{
    int64_t next = INT64_MAX;
    for (const auto &window : m_view.windows) {
        if (window->endMs() > fromMs && window->startMs() < next && window->contains(series, m_view.visible))
            next = std::max(fromMs, window->startMs());
    }
    for (const SealPointer &seal : m_view.seals->samples.near(fromMs, INT64_MAX)) {
        if (seal->windowStartMs >= next)
            break;
        if (seal->maxMs >= fromMs && seal->series.contains(series))
            next = std::min(next, std::max(fromMs, seal->minMs));
    }
    return next;
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

/// The newest window in which the series is decides, unless it has to be read to tell.
Status EngineReader::readNewestFloat(SeriesId series, int64_t fromMs, int64_t toMs, FloatColumns &out) const
{
    out.clear();
    int64_t timestampMs = 0;
    double value = 0;
    for (auto it = m_view.windows.rbegin(); it != m_view.windows.rend(); ++it) {
        const HeadWindow &window = **it;
        if (!overlaps(window, fromMs, toMs))
            continue;
        // What came late for a window lies in another window of the same time, or in seals.
        const bool alone = (it + 1 == m_view.windows.rend() || (*(it + 1))->startMs() != window.startMs()) &&
                           !sealedBetween(std::max(fromMs, window.startMs()), toMs);
        const auto newest =
            alone ? window.newest(series, m_view.visible, fromMs, toMs, timestampMs, value) : Newest::Unknown;
        if (newest == Newest::Found) {
            out.timestampsMs.push_back(timestampMs);
            out.values.push_back(value);
            return {};
        }
        if (newest == Newest::Unknown)
            break;
    }
    return readFloats(series, fromMs, toMs, out);
}

bool EngineReader::sealedBetween(int64_t fromMs, int64_t toMs) const
{
    return std::ranges::any_of(m_view.seals->samples.near(fromMs, toMs),
                               [&](const SealPointer &seal) { return seal->overlaps(fromMs, toMs); });
}

/// Chunks that lie in the range as a whole are not read: their sum stands in their directory.
Status EngineReader::sumSamples(SeriesId series, int64_t fromMs, int64_t toMs, ExactSum &sum) const
{
    FloatColumns columns;
    const auto addColumns = [&] {
        clip(columns, fromMs, toMs);
        for (const double value : columns.values) {
            if (!isStale(value))
                sum.add(value);
        }
    };
    Status done = eachEntry(series, fromMs, toMs, [&](const Pack &pack, const PackEntry &entry) -> Status {
        if (entry.minMs >= fromMs && entry.maxMs <= toMs && entry.total) {
            sum.merge(*entry.total);
            return {};
        }
        columns.clear();
        if (Status read = pack.read(entry, columns); !read)
            return read;
        addColumns();
        return {};
    });
    if (!done)
        return done;
    columns.clear();
    appendHead(series, fromMs, toMs, columns);
    normalize(columns, Kind::Delta);
    addColumns();
    return {};
}

/// Likewise: the merged histogram of a chunk of a distribution stands in front of it.
Status EngineReader::mergeSamples(SeriesId series, int64_t fromMs, int64_t toMs,
                                  std::optional<Histogram> &total) const
{
    const auto kind = kindOf(series, true);
    if (!kind)
        return kind.error();
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
        return done;
    columns.clear();
    appendHead(series, fromMs, toMs, columns);
    addColumns();
    return {};
}

template Status EngineReader::readAny(SeriesId, Kind, int64_t, int64_t, FloatColumns &) const;
template Status EngineReader::readAny(SeriesId, Kind, int64_t, int64_t, HistogramColumns &) const;
template void EngineReader::appendHead(SeriesId, int64_t, int64_t, FloatColumns &) const;
template void EngineReader::appendHead(SeriesId, int64_t, int64_t, HistogramColumns &) const;

} // namespace plimsoll
