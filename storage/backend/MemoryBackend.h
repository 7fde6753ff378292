#pragma once

#include "storage/backend/Backend.h"

#include <mutex>
#include <tuple>

namespace plimsoll {

/// Keeps everything in memory, for `--storage memory:` and for quick tests.
class MemoryBackend final : public Backend
{
public:
    Status open() override { return {}; }
    Status close() override { return {}; }
    Result<BackendState> load() override;
    Result<std::vector<DocumentChange>> loadDocuments() override;
    Status write(const BackendWrite &write) override;
    uint64_t bytes() const override;
    Result<StoredPack> readPack(uint32_t seal, uint32_t series) const override;
    Result<std::vector<StoredDay>> readDays(uint32_t series, int64_t fromMs, int64_t toMs) const override;
    uint64_t freePages() const override { return 0; }
    Status giveBack(uint64_t) override { return {}; }
    /// A copy of all.
    Result<std::unique_ptr<BackendSnapshot>> snapshot() const override;
    /// The rows of table `series`, for tests.
    std::map<uint32_t, StoredSeriesRow> seriesRows() const;

private:
    class Copy;
    void applySeals(const BackendWrite &write);
    void removePacks(const PackRange &range);
    void applyDays(const BackendWrite &write);
    void applyDocument(const DocumentChange &change);

    mutable std::mutex m_mutex;
    BackendState m_state;
    std::map<uint64_t, std::string> m_packs;
    std::map<std::tuple<ProjectId, std::string, std::string>, Document> m_documents;
    std::map<uint64_t, std::pair<int64_t, std::string>>
        m_receipts; ///< newest ms and block, by order of writing
    uint64_t m_nextReceipts = 0;
    std::map<std::pair<uint32_t, int64_t>, StoredDay> m_days; ///< by series and start
    std::map<uint32_t, StoredSeriesRow> m_seriesRows;
};

} // namespace plimsoll
