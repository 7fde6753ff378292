#include "storage/backend/MemoryBackend.h"

#include <algorithm>
#include <set>

namespace plimsoll {

namespace {
uint64_t packKey(uint32_t seal, uint32_t series) { return static_cast<uint64_t>(seal) << 32 | series; }
} // namespace

Result<BackendState> MemoryBackend::load()
{
    const std::lock_guard lock(m_mutex);
    BackendState state = m_state;
    for (const auto &[number, block] : m_receipts)
        state.receipts.push_back(block.second);
    return state;
}

Result<std::vector<DocumentChange>> MemoryBackend::loadDocuments()
{
    const std::lock_guard lock(m_mutex);
    std::vector<DocumentChange> all;
    for (const auto &[key, document] : m_documents)
        all.push_back({std::get<0>(key), std::get<1>(key), document, false});
    return all;
}

Status MemoryBackend::write(const BackendWrite &write)
{
    const std::lock_guard lock(m_mutex);
    applySeals(write);
    applyDays(write);
    if (!write.catalogue.empty())
        m_state.catalogue.push_back(write.catalogue);
    std::erase_if(m_receipts, [&](const auto &entry) { return entry.second.first < write.expireReceiptsMs; });
    if (!write.receipts.empty())
        m_receipts[m_nextReceipts++] = {write.receiptsNewestMs, write.receipts};
    for (const auto &[key, value] : write.meta) {
        if (value.empty())
            m_state.meta.erase(key);
        else
            m_state.meta[key] = value;
    }
    for (const DocumentChange &change : write.documents)
        applyDocument(change);
    return {};
}

void MemoryBackend::removePacks(const PackRange &range)
{
    m_packs.erase(m_packs.lower_bound(packKey(range.seal, range.firstSeries)),
                  m_packs.upper_bound(packKey(range.seal, range.lastSeries)));
}

void MemoryBackend::applySeals(const BackendWrite &write)
{
    const auto removeSeal = [&](uint32_t seal) {
        std::erase_if(m_state.seals, [&](const StoredSeal &s) { return s.id == seal; });
    };
    for (const uint32_t seal : write.removedSeals) {
        removeSeal(seal);
        removePacks({seal});
    }
    std::for_each(write.retiredSeals.begin(), write.retiredSeals.end(), removeSeal);
    for (const PackRange &range : write.removedPacks)
        removePacks(range);
    m_state.seals.insert(m_state.seals.end(), write.seals.begin(), write.seals.end());
    std::sort(m_state.seals.begin(), m_state.seals.end(),
              [](const StoredSeal &a, const StoredSeal &b) { return a.id < b.id; });
    for (const StoredPack &pack : write.packs)
        m_packs[packKey(pack.seal, pack.firstSeries)] = pack.data;
}

void MemoryBackend::applyDays(const BackendWrite &write)
{
    for (const DayExpiry &expiry : write.expireDays) {
        const std::set<uint32_t> series(expiry.series.begin(), expiry.series.end());
        std::erase_if(m_days, [&](const auto &entry) {
            return entry.second.endMs <= expiry.endMs &&
                   (series.empty() || series.contains(entry.first.first));
        });
    }
    for (const StoredDay &day : write.days)
        m_days[{day.series, day.startMs}] = day;
    for (const StoredSeriesRow &row : write.seriesRows)
        m_seriesRows[row.id] = row;
}

Result<std::vector<StoredDay>> MemoryBackend::readDays(uint32_t series, int64_t fromMs, int64_t toMs) const
{
    const std::lock_guard lock(m_mutex);
    std::vector<StoredDay> days;
    for (auto it = m_days.lower_bound({series, INT64_MIN}); it != m_days.end() && it->first.first == series;
         ++it) {
        if (it->second.startMs <= toMs && it->second.endMs > fromMs)
            days.push_back(it->second);
    }
    return days;
}

std::map<uint32_t, StoredSeriesRow> MemoryBackend::seriesRows() const
{
    const std::lock_guard lock(m_mutex);
    return m_seriesRows;
}

void MemoryBackend::applyDocument(const DocumentChange &change)
{
    const std::tuple key(change.project, change.collection, change.document.id);
    if (change.removed)
        m_documents.erase(key);
    else
        m_documents[key] = change.document;
}

uint64_t MemoryBackend::bytes() const
{
    const std::lock_guard lock(m_mutex);
    uint64_t total = 0;
    for (const auto &[key, data] : m_packs)
        total += data.size();
    return total;
}

Result<StoredPack> MemoryBackend::readPack(uint32_t seal, uint32_t series) const
{
    const std::lock_guard lock(m_mutex);
    auto it = m_packs.upper_bound(packKey(seal, series));
    if (it == m_packs.begin() || (--it)->first >> 32 != seal)
        return Error{ErrorCode::NotFound, "No pack of this seal reaches down to this series.", {}};
    return StoredPack{seal, static_cast<uint32_t>(it->first), it->second};
}

} // namespace plimsoll
