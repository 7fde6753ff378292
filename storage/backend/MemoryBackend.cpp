#include "storage/backend/MemoryBackend.h"

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
    for (const uint32_t seal : write.removedSeals) {
        std::erase_if(m_state.seals, [&](const StoredSeal &s) { return s.id == seal; });
        m_packs.erase(m_packs.lower_bound(packKey(seal, 0)), m_packs.upper_bound(packKey(seal, UINT32_MAX)));
    }
    m_state.seals.insert(m_state.seals.end(), write.seals.begin(), write.seals.end());
    for (const StoredPack &pack : write.packs)
        m_packs[packKey(pack.seal, pack.firstSeries)] = pack.data;
    if (!write.catalogue.empty())
        m_state.catalogue.push_back(write.catalogue);
    std::erase_if(m_receipts, [&](const auto &entry) { return entry.second.first < write.expireReceiptsMs; });
    if (!write.receipts.empty())
        m_receipts[m_nextReceipts++] = {write.receiptsNewestMs, write.receipts};
    for (const auto &[key, value] : write.meta)
        m_state.meta[key] = value;
    for (const DocumentChange &change : write.documents)
        applyDocument(change);
    return {};
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
