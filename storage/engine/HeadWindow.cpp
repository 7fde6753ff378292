#include "storage/engine/HeadWindow.h"

#include "storage/engine/codec/TimeCodec.h"
#include "storage/engine/codec/ValueCodec.h"
#include "storage/model/Varint.h"

#include <algorithm>
#include <cassert>

namespace plimsoll {

namespace {

void appendSized(std::string &out, std::string_view part)
{
    appendVarint(out, part.size());
    out += part;
}

/// What we wrote ourselves, in memory: a failure to read it is a bug, not input.
uint64_t take(std::string_view &bytes) { return *takeVarint(bytes); }

std::string_view takeSized(std::string_view &bytes)
{
    const size_t size = take(bytes);
    const std::string_view part = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return part;
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
    auto &page = m_pages[number];
    if (!page) {
        page = std::make_unique<Page>();
        m_bytes += sizeof(Page);
    }
    Slot &slot = (*page)[series % pageSlots];
    if (slot.firstStamp == unused)
        slot.firstStamp = stamp;
    return slot;
}

const HeadWindow::Slot *HeadWindow::find(SeriesId series) const
{
    const size_t number = series / pageSlots;
    if (number >= m_pages.size() || !m_pages[number])
        return nullptr;
    const Slot &slot = (*m_pages[number])[series % pageSlots];
    return slot.firstStamp == unused ? nullptr : &slot;
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
    if (slot.tailCapacity == maxTail) {
        const uint64_t newest = m_firstCommit + slot.tail[slot.tailSize - 1].stamp;
        return appendSlice(slot, newest > oldestReader);
    }
    const uint32_t capacity = slot.tailCapacity == 0 ? firstTail : slot.tailCapacity * 2;
    auto larger = std::make_unique_for_overwrite<Entry[]>(capacity);
    std::copy_n(slot.tail.get(), slot.tailSize, larger.get());
    m_bytes += (capacity - slot.tailCapacity) * sizeof(Entry);
    slot.tail = std::move(larger);
    slot.tailCapacity = capacity;
}

void HeadWindow::appendSlice(Slot &slot, bool withStamps)
{
    std::array<int64_t, maxTail> times;
    std::array<int64_t, maxTail> stamps;
    std::array<double, maxTail> values;
    const uint32_t count = slot.tailSize;
    for (uint32_t i = 0; i < count; i++) {
        times[i] = slot.tail[i].offsetMs;
        stamps[i] = slot.tail[i].stamp;
        values[i] = slot.tail[i].value;
    }
    std::string &out = m_scratch;
    out.clear();
    appendVarint(out, count * 2 + (withStamps ? 1 : 0));
    std::string column;
    encodeTimes({times.data(), count}, 0, column);
    appendSized(out, column);
    if (withStamps) {
        column.clear();
        encodeTimes({stamps.data(), count}, 0, column);
        appendSized(out, column);
    }
    column.clear();
    encodeValues({values.data(), count}, column);
    appendSized(out, column);
    grow(slot.slices, out.size());
    slot.slices += out;
    slot.tailSize = 0;
}

/// Grows by a quarter, not twofold: there are as many of these strings as series.
void HeadWindow::grow(std::string &slices, size_t by)
{
    const size_t before = slices.capacity();
    if (slices.size() + by > before)
        slices.reserve(std::max(slices.size() + by, before + before / 4));
    m_bytes += slices.capacity() - before;
}

void HeadWindow::append(SeriesId series, int64_t timestampMs, std::string_view histogram, uint64_t commit)
{
    const uint32_t stamp = stampOf(commit);
    Slot &target = slot(series, stamp);
    const auto offset = static_cast<int32_t>(timestampMs - m_startMs);
    std::string &out = m_scratch;
    out.clear();
    appendVarint(out, stamp - target.previousStamp);
    appendVarint(out, zigzag(static_cast<int64_t>(offset) - target.previousOffset));
    appendSized(out, histogram);
    grow(target.slices, out.size());
    target.slices += out;
    target.previousStamp = stamp;
    target.previousOffset = offset;
    m_samples++;
}

void HeadWindow::read(SeriesId series, uint64_t visible, FloatColumns &out) const
{
    std::string slices;
    std::array<Entry, maxTail> tail;
    uint32_t tailSize = 0;
    {
        const std::lock_guard lock(m_mutex);
        const Slot *source = find(series);
        if (!source)
            return;
        slices = source->slices;
        tailSize = source->tailSize;
        std::copy_n(source->tail.get(), tailSize, tail.begin());
    }
    std::array<int64_t, maxTail> times;
    std::array<int64_t, maxTail> stamps;
    std::array<double, maxTail> values;
    for (std::string_view rest = slices; !rest.empty();) {
        const uint64_t head = take(rest);
        const size_t count = head / 2;
        bool good = decodeTimes(takeSized(rest), 0, {times.data(), count});
        stamps.fill(0);
        if (head % 2 == 1)
            good = good && decodeTimes(takeSized(rest), 0, {stamps.data(), count});
        good = good && decodeValues(takeSized(rest), {values.data(), count});
        assert(good);
        (void)good;
        for (size_t i = 0; i < count && m_firstCommit + static_cast<uint64_t>(stamps[i]) <= visible; i++) {
            out.timestampsMs.push_back(m_startMs + times[i]);
            out.values.push_back(values[i]);
        }
    }
    for (uint32_t i = 0; i < tailSize && m_firstCommit + tail[i].stamp <= visible; i++) {
        out.timestampsMs.push_back(m_startMs + tail[i].offsetMs);
        out.values.push_back(tail[i].value);
    }
}

void HeadWindow::read(SeriesId series, uint64_t visible, HistogramColumns &out) const
{
    std::string slices;
    {
        const std::lock_guard lock(m_mutex);
        const Slot *source = find(series);
        if (!source)
            return;
        slices = source->slices;
    }
    uint64_t stamp = 0;
    int64_t offset = 0;
    for (std::string_view rest = slices; !rest.empty();) {
        stamp += take(rest);
        offset += unzigzag(take(rest));
        const std::string_view bytes = takeSized(rest);
        if (m_firstCommit + stamp > visible)
            break;
        auto histogram = Histogram::decode(bytes);
        assert(histogram);
        if (!histogram)
            continue;
        out.timestampsMs.push_back(m_startMs + offset);
        out.values.push_back(std::move(*histogram));
    }
}

bool HeadWindow::contains(SeriesId series, uint64_t visible) const
{
    const std::lock_guard lock(m_mutex);
    const Slot *source = find(series);
    return source && m_firstCommit + source->firstStamp <= visible;
}

std::vector<SeriesId> HeadWindow::series() const
{
    std::vector<SeriesId> ids;
    for (size_t number = 0; number < m_pages.size(); number++) {
        for (size_t i = 0; m_pages[number] && i < pageSlots; i++) {
            if ((*m_pages[number])[i].firstStamp != unused)
                ids.push_back(static_cast<SeriesId>(number * pageSlots + i));
        }
    }
    return ids;
}

} // namespace plimsoll
