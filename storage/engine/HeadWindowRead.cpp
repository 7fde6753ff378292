#include "storage/engine/HeadWindow.h"

#include <algorithm>
#include <cassert>

namespace plimsoll {

void HeadWindow::read(SeriesId series, uint64_t visible, FloatColumns &out) const
{
    thread_local std::string slices; // readers come back for thousands of series
    std::array<HeadEntry, maxTail> tail;
    uint32_t tailSize = 0;
    {
        const std::lock_guard lock(m_mutex);
        const Slot *source = find(series);
        if (!source)
            return;
        copySlices(*source, slices);
        tailSize = source->tailSize;
        std::copy_n(source->tail, tailSize, tail.begin());
    }
    const auto take = [&](const HeadEntry &entry) {
        if (!isVisible(entry.stamp, visible))
            return false;
        out.timestampsMs.push_back(m_startMs + entry.offsetMs);
        out.values.push_back(entry.value);
        return true;
    };
    const size_t size = slices.size();
    slices.append(sliceReadAhead, '\0');
    std::array<HeadEntry, maxSliceSamples> entries;
    SliceState state;
    for (std::string_view rest(slices.data(), size); !rest.empty();) {
        decodePlainSlices(rest, state, m_startMs, out.timestampsMs, out.values);
        if (rest.empty())
            break;
        const size_t count = decodeSlice(rest, state, entries.data());
        assert(count > 0);
        if (count == 0)
            return;
        for (size_t i = 0; i < count; i++) {
            if (!take(entries[i]))
                return;
        }
    }
    for (uint32_t i = 0; i < tailSize && take(tail[i]); i++) {
    }
}

HeadWindow::Newest HeadWindow::newest(SeriesId series, uint64_t visible, int64_t fromMs, int64_t toMs,
                                      int64_t &timestampMs, double &value) const
{
    const std::lock_guard lock(m_mutex);
    const Slot *source = find(series);
    if (!source || !isVisible(source->firstStamp, visible))
        return Newest::None;
    if (source->isUnordered || source->tailSize == 0)
        return Newest::Unknown;
    int64_t before = lastOfSlices(*source);
    const HeadEntry *found = nullptr;
    for (const HeadEntry *entry = source->tail; entry < source->tail + source->tailSize; entry++) {
        if (!isVisible(entry->stamp, visible))
            break;
        if (entry->offsetMs <= before)
            return Newest::Unknown;
        before = entry->offsetMs;
        if (m_startMs + entry->offsetMs <= toMs)
            found = entry;
    }
    if (!found)
        return source->first ? Newest::Unknown : Newest::None;
    timestampMs = m_startMs + found->offsetMs;
    value = found->value;
    return timestampMs >= fromMs ? Newest::Found : Newest::None;
}

bool HeadWindow::contains(SeriesId series, uint64_t visible) const
{
    const std::lock_guard lock(m_mutex);
    const Slot *source = find(series);
    return source && isVisible(source->firstStamp, visible);
}

void HeadWindow::markContained(std::span<const SeriesId> series, uint64_t visible,
                               std::vector<bool> &found) const
{
    constexpr size_t atOnce = 512; // the writer waits for no more
    for (size_t i = 0; i < series.size();) {
        const std::lock_guard lock(m_mutex);
        for (const size_t end = std::min(series.size(), i + atOnce); i < end; i++) {
            const Slot *source = find(series[i]);
            if (source && isVisible(source->firstStamp, visible))
                found[i] = true;
        }
    }
}

} // namespace plimsoll
