#include "server/ingest/StatsdMemory.h"

namespace plimsoll::ingest {
namespace {
constexpr size_t perEntryBytes = 100; ///< of a map, with what the allocator adds
}

StatsdSeries &StatsdMemory::add(std::string_view spelling, const std::string &key, Kind kind, bool isSet)
{
    const std::string identity = key + static_cast<char>(kind) + (isSet ? 's' : '-');
    const auto [it, isNew] = m_byKey.try_emplace(identity);
    StatsdSeries &series = it->second;
    if (isNew) {
        series.known.setKey(key, false);
        series.kind = kind;
        series.isSet = isSet;
        m_bytes += 2 * key.size() + sizeof(StatsdSeries) + perEntryBytes;
    }
    m_bySpelling.emplace(spelling, &series);
    m_bytes += spelling.size() + perEntryBytes;
    return series;
}

} // namespace plimsoll::ingest
