#include "server/ingest/SeriesMemory.h"

#include <random>

#include <xxhash.h>

namespace plimsoll::ingest {
namespace {

constexpr size_t minSharedBytes = 64;

uint64_t processSeed()
{
    static const uint64_t seed =
        (static_cast<uint64_t>(std::random_device()()) << 32) | std::random_device()();
    return seed;
}

} // namespace

const char *SeriesMemory::Arena::keep(std::string_view text)
{
    if (text.size() > m_left) {
        m_left = std::max(blockBytes, text.size());
        m_blocks.push_back(std::make_unique_for_overwrite<char[]>(m_left));
        m_next = m_blocks.back().get();
    }
    char *place = m_next;
    std::copy(text.begin(), text.end(), place);
    m_next += text.size();
    m_left -= text.size();
    return place;
}

/// Shares an end that is more than half of it; pays for the second comparison.
SeriesMemory::LabelSet SeriesMemory::keepLabels(std::string_view raw)
{
    const auto end = std::mismatch(raw.rbegin(), raw.rend(), lastWhole.rbegin(), lastWhole.rend()).first;
    const auto shared = static_cast<size_t>(end - raw.rbegin());
    LabelSet set;
    if (shared >= minSharedBytes && shared * 2 > raw.size()) {
        set.ownSize = static_cast<uint32_t>(raw.size() - shared);
        set.own = keep(raw.substr(0, set.ownSize));
        set.sharedSize = static_cast<uint32_t>(shared);
        set.shared = lastWhole.data() + lastWhole.size() - shared;
        return set;
    }
    set.own = set.shared = keep(raw);
    set.ownSize = static_cast<uint32_t>(raw.size());
    lastWhole = {set.own, raw.size()};
    return set;
}

size_t SeriesMemory::bytes() const
{
    return textBytes + known.bytes() + labelSets.capacity() * sizeof(LabelSet) +
           entries.capacity() * sizeof(Entry) + byLabels.bytes() + byName.bytes();
}

uint64_t SeriesMemory::hashOfLabels(std::string_view raw)
{
    return XXH3_64bits_withSeed(raw.data(), raw.size(), processSeed());
}

uint64_t SeriesMemory::hashOfName(uint32_t labelSet, std::string_view rawName, Kind kind, bool adoptsKind)
{
    const uint64_t salt = (uint64_t(labelSet) << 16) | (uint64_t(kind) << 1) | uint64_t(adoptsKind);
    return XXH3_64bits_withSeed(rawName.data(), rawName.size(),
                                processSeed() ^ (salt * 0x9E3779B97F4A7C15ULL));
}

} // namespace plimsoll::ingest
