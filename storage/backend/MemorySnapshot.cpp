#include "storage/backend/BackendSnapshot.h"
#include "storage/backend/MemoryBackend.h"

namespace plimsoll {

class MemoryBackend::Copy final : public BackendSnapshot
{
public:
    explicit Copy(const MemoryBackend &from)
    {
        const std::lock_guard lock(from.m_mutex);
        m_all.m_state = from.m_state;
        m_all.m_packs = from.m_packs;
        m_all.m_documents = from.m_documents;
        m_all.m_receipts = from.m_receipts;
        m_all.m_days = from.m_days;
        m_all.m_seriesRows = from.m_seriesRows;
    }

    Result<BackendState> load() override { return m_all.load(); }
    Result<std::vector<DocumentChange>> loadDocuments() override { return m_all.loadDocuments(); }
    Result<std::vector<StoredPack>> packsAfter(uint32_t seal, uint32_t firstSeries, size_t maxBytes) override
    {
        std::vector<StoredPack> packs;
        size_t bytes = 0;
        for (auto it = m_all.m_packs.upper_bound(uint64_t(seal) << 32 | firstSeries);
             it != m_all.m_packs.end() && bytes < maxBytes; ++it) {
            packs.push_back({uint32_t(it->first >> 32), uint32_t(it->first), it->second});
            bytes += it->second.size();
        }
        return packs;
    }
    Result<std::vector<StoredDay>> daysAfter(uint32_t series, int64_t startMs, size_t maxRows) override
    {
        std::vector<StoredDay> days;
        for (auto it = m_all.m_days.upper_bound({series, startMs});
             it != m_all.m_days.end() && days.size() < maxRows; ++it)
            days.push_back(it->second);
        return days;
    }
    Result<std::vector<StoredSeriesRow>> seriesRows() override
    {
        std::vector<StoredSeriesRow> rows;
        for (const auto &[id, row] : m_all.m_seriesRows)
            rows.push_back(row);
        return rows;
    }
    Result<std::vector<std::string>> integrity() override { return std::vector<std::string>(); }

private:
    MemoryBackend m_all;
};

Result<std::unique_ptr<BackendSnapshot>> MemoryBackend::snapshot() const
{
    return std::unique_ptr<BackendSnapshot>(std::make_unique<Copy>(*this));
}

} // namespace plimsoll
