#include "server/ingest/SeriesCache.h"

namespace plimsoll::ingest {

namespace {

constexpr uint32_t maxStrangers = 16'384; ///< remembered series that are refused again and again, or folded

} // namespace

SeriesCache::SeriesCache(size_t maxBytes)
    : m_maxBytes(maxBytes)
    , m_memory(std::make_shared<SeriesMemory>())
{
}
SeriesCache::~SeriesCache() = default;
SeriesCache::SeriesCache(SeriesCache &&) noexcept = default;
SeriesCache &SeriesCache::operator=(SeriesCache &&) noexcept = default;

void SeriesCache::begin(Batch &batch)
{
    if (m_memory->bytes() > m_maxBytes || m_memory->strangers > maxStrangers)
        m_memory = std::make_shared<SeriesMemory>();
    m_batch = &batch;
    batch.knownOwner = m_memory;
    m_memory->begin();
}

uint32_t SeriesCache::findLabels(std::string_view raw)
{
    SeriesMemory &m = *m_memory;
    const auto equal = [&](uint32_t i) { return m.labelSets[i].is(raw); };
    const uint32_t predicted = m.predictedLabelSet();
    if (predicted != none && equal(predicted)) {
        m.lastLabelSet = predicted;
        return predicted;
    }
    const uint32_t found = m.byLabels.find(SeriesMemory::hashOfLabels(raw), equal);
    if (found != none)
        m.follow(found);
    return found;
}

uint32_t SeriesCache::addLabels(std::string_view raw)
{
    SeriesMemory &m = *m_memory;
    const auto number = static_cast<uint32_t>(m.labelSets.size());
    m.labelSets.push_back(m.keepLabels(raw));
    m.byLabels.add(SeriesMemory::hashOfLabels(raw), number, [&](uint32_t i) { return m.hashOfLabels(i); });
    m.follow(number);
    return number;
}

std::optional<std::string_view> SeriesCache::expectedName(uint32_t labelSet, Kind kind, bool adoptsKind)
{
    SeriesMemory &m = *m_memory;
    m.enter(labelSet);
    const uint32_t successor = m.successor(labelSet);
    if (successor == none)
        return std::nullopt;
    const SeriesMemory::Entry &entry = m.entries[successor];
    if (entry.labelSet != labelSet || entry.kind != kind || entry.adoptsKind != adoptsKind)
        return std::nullopt;
    return entry.name();
}

uint32_t SeriesCache::findSeriesByHash(uint32_t labelSet, std::string_view rawName, Kind kind,
                                       bool adoptsKind, uint32_t item)
{
    SeriesMemory &m = *m_memory;
    const auto equal = [&](uint32_t i) { return m.entries[i].is(labelSet, rawName, kind, adoptsKind); };
    const uint32_t found =
        m.byName.find(SeriesMemory::hashOfName(labelSet, rawName, kind, adoptsKind), equal);
    if (found == none)
        return none;
    m.successor(labelSet) = found;
    m.lastEntry = found;
    return position(found, item);
}

uint32_t SeriesCache::addSeries(uint32_t labelSet, std::string_view rawName, std::string_view key, Kind kind,
                                bool adoptsKind, uint32_t item)
{
    SeriesMemory &m = *m_memory;
    m.enter(labelSet);
    KnownSeries &known = m.known.add();
    known.setKey(key, true);
    SeriesMemory::Entry entry;
    entry.rawName = m.keep(rawName);
    entry.rawSize = static_cast<uint32_t>(rawName.size());
    entry.known = &known;
    entry.labelSet = labelSet;
    entry.kind = kind;
    entry.adoptsKind = adoptsKind;
    const auto number = static_cast<uint32_t>(m.entries.size());
    m.successor(labelSet) = number;
    m.entries.push_back(entry);
    m.byName.add(SeriesMemory::hashOfName(labelSet, rawName, kind, adoptsKind), number,
                 [&](uint32_t i) { return m.hashOfEntry(i); });
    m.lastEntry = number;
    return position(number, item);
}

void SeriesCache::enterBatch(SeriesMemory::Entry &entry, uint32_t item)
{
    entry.epoch = m_memory->epoch;
    entry.position = static_cast<uint32_t>(m_batch->series.size());
    Batch::Series &series = m_batch->series.emplace_back();
    series.kind = entry.kind;
    series.adoptsKind = entry.adoptsKind;
    series.item = item;
    series.known = entry.known;
}

} // namespace plimsoll::ingest
