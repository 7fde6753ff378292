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

private:
    void applyDocument(const DocumentChange &change);

    mutable std::mutex m_mutex;
    BackendState m_state;
    std::map<uint64_t, std::string> m_packs;
    std::map<std::tuple<ProjectId, std::string, std::string>, Document> m_documents;
    std::map<uint64_t, std::pair<int64_t, std::string>>
        m_receipts; ///< newest ms and block, by order of writing
    uint64_t m_nextReceipts = 0;
};

} // namespace plimsoll
