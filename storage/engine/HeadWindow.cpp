#include "storage/engine/HeadWindow.h"

#include "storage/model/Varint.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <optional>

namespace plimsoll {

namespace {

constexpr size_t smallestChunk = 48;
constexpr size_t largestChunk = 512;

void appendSized(std::string &out, std::string_view part)
{
    appendVarint(out, part.size());
    out += part;
}

/// A histogram in a run of slices.
struct HistogramEntry
{
    uint64_t stamp;
    int64_t offsetMs;
    std::string_view bytes;
};

/// Takes the next one; nothing where the bytes are none. `entry` is the one before.
bool takeHistogram(std::string_view &bytes, HistogramEntry &entry)
{
    const auto stamp = takeVarint(bytes);
    const auto step = stamp ? takeVarint(bytes) : std::nullopt;
    const auto size = step ? takeVarint(bytes) : std::nullopt;
    if (!size || *size > bytes.size())
        return false;
    entry.stamp += *stamp;
    entry.offsetMs =
        static_cast<int64_t>(static_cast<uint64_t>(entry.offsetMs) + static_cast<uint64_t>(unzigzag(*step)));
    entry.bytes = bytes.substr(0, *size);
    bytes.remove_prefix(*size);
    return true;
}

} // namespace

HeadWindow::HeadWindow(int64_t startMs, int64_t spanMs, uint64_t firstCommit, int64_t createdMs)
    : m_startMs(startMs)
    , m_spanMs(spanMs)
    , m_firstCommit(firstCommit)
    , m_createdMs(createdMs)
{
}

HeadWindow::~HeadWindow() = default;

HeadWindow::Slot &HeadWindow::slot(SeriesId series, uint32_t stamp)
{
    const size_t number = series / pageSlots;
    if (number >= m_pages.size())
        m_pages.resize(number + 1);
    Page *&page = m_pages[number];
    if (!page)
        page = reinterpret_cast<Page *>(m_arena.take(sizeof(Page)));
    Slot &slot = page->slots[series % pageSlots];
    if (!slot.isUsed) {
        slot.isUsed = true;
        m_seriesCount++;
        slot.firstStamp = stamp;
    }
    return slot;
}

const HeadWindow::Slot *HeadWindow::find(SeriesId series) const
{
    const Page *page = pageOf(series);
    const Slot *slot = page ? &page->slots[series % pageSlots] : nullptr;
    return slot && slot->isUsed ? slot : nullptr;
}

void HeadWindow::append(SeriesId series, int64_t timestampMs, double value, uint64_t commit,
                        uint64_t oldestReader)
{
    const uint32_t stamp = stampOf(commit);
    Slot &target = slot(series, stamp);
    if (target.tailSize == target.tailCapacity)
        makeRoom(target, oldestReader);
    target.tail[target.tailSize++] = {static_cast<int32_t>(timestampMs - m_startMs), stamp, value};
    m_samples++;
}

void HeadWindow::makeRoom(Slot &slot, uint64_t oldestReader)
{
    if (slot.tailCapacity < shortTail)
        return growTail(slot);
    const uint64_t newest = m_firstCommit + slot.tail[slot.tailSize - 1].stamp;
    char bytes[maxSliceBytes];
    int64_t before = lastOfSlices(slot);
    for (uint32_t i = 0; i < slot.tailSize; i++) {
        slot.isUnordered = slot.isUnordered || slot.tail[i].offsetMs <= before;
        before = slot.tail[i].offsetMs;
    }
    const size_t size = encodeSlice({slot.tail, slot.tailSize}, newest > oldestReader, slot.end, bytes);
    appendBytes(slot, {bytes, size});
    slot.tailSize = 0;
}

/// The small tail becomes the first chunk of the slices that will come.
void HeadWindow::growTail(Slot &slot)
{
    const uint32_t grown = m_seriesCount > manySeries ? shortTail : maxTail;
    const uint32_t capacity = slot.tailCapacity == 0 ? firstTail : grown;
    auto *larger = reinterpret_cast<HeadEntry *>(m_arena.take(capacity * sizeof(HeadEntry)));
    std::copy_n(slot.tail, slot.tailSize, larger);
    if (slot.tail && !slot.first) {
        const auto room = static_cast<uint16_t>(firstTail * sizeof(HeadEntry) - offsetof(Chunk, bytes));
        slot.first = slot.last = new (slot.tail) Chunk{nullptr, room, 0};
    }
    slot.tail = larger;
    slot.tailCapacity = static_cast<uint8_t>(capacity);
}

void HeadWindow::appendBytes(Slot &slot, std::string_view bytes)
{
    while (true) {
        if (slot.last) {
            const size_t part = std::min<size_t>(bytes.size(), size_t(slot.last->room - slot.last->used));
            std::memcpy(slot.last->bytes + slot.last->used, bytes.data(), part);
            slot.last->used = static_cast<uint16_t>(slot.last->used + part);
            bytes.remove_prefix(part);
        }
        if (bytes.empty())
            return;
        const size_t larger = slot.last ? (slot.last->room + offsetof(Chunk, bytes)) * 5 / 4 : smallestChunk;
        const size_t size =
            std::min(std::max(larger, bytes.size() + offsetof(Chunk, bytes)) + 15, largestChunk) / 16 * 16;
        const auto room = static_cast<uint16_t>(size - offsetof(Chunk, bytes));
        auto *chunk = new (m_arena.take(size)) Chunk{nullptr, room, 0};
        (slot.last ? slot.last->next : slot.first) = chunk;
        slot.last = chunk;
    }
}

void HeadWindow::copySlices(const Slot &slot, std::string &slices)
{
    slices.clear();
    size_t size = 0;
    for (const Chunk *chunk = slot.first; chunk; chunk = chunk->next)
        size += chunk->used;
    slices.reserve(size + sliceReadAhead);
    for (const Chunk *chunk = slot.first; chunk; chunk = chunk->next)
        slices.append(chunk->bytes, chunk->used);
}

std::string HeadWindow::slicesOf(const Slot &slot)
{
    std::string slices;
    copySlices(slot, slices);
    return slices;
}

void HeadWindow::append(SeriesId series, int64_t timestampMs, std::string_view histogram, uint64_t commit)
{
    const uint32_t stamp = stampOf(commit);
    Slot &target = slot(series, stamp);
    const auto offset = static_cast<int32_t>(timestampMs - m_startMs);
    std::string &out = m_scratch;
    out.clear();
    appendVarint(out, stamp - static_cast<uint64_t>(target.end.integer));
    appendVarint(out, zigzag(static_cast<int64_t>(offset) - target.end.offsetMs));
    appendSized(out, histogram);
    appendBytes(target, out);
    target.end.integer = stamp;
    target.end.offsetMs = offset;
    m_samples++;
}

void HeadWindow::read(SeriesId series, uint64_t visible, HistogramColumns &out) const
{
    std::string slices;
    {
        const std::lock_guard lock(m_mutex);
        const Slot *source = find(series);
        if (!source)
            return;
        slices = slicesOf(*source);
    }
    HistogramEntry entry{};
    for (std::string_view rest = slices; !rest.empty();) {
        const bool good = takeHistogram(rest, entry);
        assert(good);
        if (!good || !isVisible(entry.stamp, visible))
            break;
        auto histogram = Histogram::decode(entry.bytes);
        assert(histogram);
        if (!histogram)
            continue;
        out.timestampsMs.push_back(m_startMs + entry.offsetMs);
        out.values.push_back(std::move(*histogram));
    }
}

std::vector<SeriesId> HeadWindow::series() const
{
    std::vector<SeriesId> ids;
    for (size_t number = 0; number < m_pages.size(); number++) {
        for (size_t i = 0; m_pages[number] && i < pageSlots; i++) {
            if (m_pages[number]->slots[i].isUsed)
                ids.push_back(static_cast<SeriesId>(number * pageSlots + i));
        }
    }
    return ids;
}

bool HeadWindow::copyPage(size_t page, std::vector<Image> &out) const
{
    size_t used = 0;
    {
        const std::lock_guard lock(m_mutex);
        if (page >= m_pages.size())
            return false;
        for (size_t i = 0; m_pages[page] && i < pageSlots; i++) {
            const Slot &slot = m_pages[page]->slots[i];
            if (!slot.isUsed)
                continue;
            if (used == out.size())
                out.emplace_back();
            Image &image = out[used++];
            image.series = static_cast<SeriesId>(page * pageSlots + i);
            image.slices.clear();
            for (const Chunk *chunk = slot.first; chunk; chunk = chunk->next)
                image.slices.append(chunk->bytes, chunk->used);
            image.end = slot.end;
            image.tailSize = slot.tailSize;
            std::copy_n(slot.tail, slot.tailSize, image.tail.begin());
        }
    }
    out.resize(used);
    return true;
}

void HeadWindow::cut(const Image &image, bool histograms, uint64_t visible, std::string &slices) const
{
    if (histograms)
        cutHistograms(image, visible, slices);
    else
        cutFloats(image, visible, slices);
}

void HeadWindow::cutFloats(const Image &image, uint64_t visible, std::string &slices) const
{
    const auto visibleOf = [&](const HeadEntry *entries, size_t count) {
        return static_cast<size_t>(
            std::find_if(entries, entries + count,
                         [&](const HeadEntry &entry) { return !isVisible(entry.stamp, visible); }) -
            entries);
    };
    std::array<HeadEntry, maxSliceSamples> entries;
    char bytes[maxSliceBytes];
    SliceState state;
    for (std::string_view rest = image.slices; !rest.empty();) {
        const SliceState before = state;
        const std::string_view from = rest;
        const size_t count = decodeSlice(rest, state, entries.data());
        assert(count > 0);
        if (count == 0)
            return;
        const size_t kept = visibleOf(entries.data(), count);
        if (kept == count)
            continue;
        slices.append(image.slices.data(), static_cast<size_t>(from.data() - image.slices.data()));
        state = before;
        if (kept > 0)
            slices.append(bytes, encodeSlice({entries.data(), kept}, false, state, bytes));
        return;
    }
    slices += image.slices;
    if (const size_t kept = visibleOf(image.tail.data(), image.tailSize); kept > 0)
        slices.append(bytes, encodeSlice({image.tail.data(), kept}, false, state, bytes));
}

void HeadWindow::cutHistograms(const Image &image, uint64_t visible, std::string &slices) const
{
    HistogramEntry entry{};
    std::string_view rest = image.slices;
    size_t kept = 0;
    while (!rest.empty() && takeHistogram(rest, entry) && isVisible(entry.stamp, visible))
        kept = image.slices.size() - rest.size();
    slices.append(image.slices, 0, kept);
}

bool HeadWindow::restore(SeriesId series, bool histograms, std::string_view slices)
{
    SliceState state;
    uint64_t samples = 0;
    std::array<HeadEntry, maxSliceSamples> entries;
    HistogramEntry entry{};
    bool isUnordered = false;
    int64_t before = INT64_MIN;
    for (std::string_view rest = slices; !rest.empty();) {
        const size_t count =
            histograms ? takeHistogram(rest, entry) : decodeSlice(rest, state, entries.data());
        if (count == 0)
            return false;
        samples += count;
        for (size_t i = 0; !histograms && i < count; i++) {
            isUnordered = isUnordered || entries[i].offsetMs <= before;
            before = entries[i].offsetMs;
        }
    }
    if (histograms) {
        state.integer = static_cast<int64_t>(entry.stamp);
        state.offsetMs = static_cast<int32_t>(entry.offsetMs);
    }
    if (samples == 0)
        return true;
    Slot &target = slot(series, 0);
    if (target.first || target.tailSize > 0)
        return false;
    appendBytes(target, slices);
    target.end = state;
    target.isUnordered = isUnordered;
    m_samples += samples;
    return true;
}

} // namespace plimsoll
