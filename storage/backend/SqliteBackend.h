#pragma once

#include "storage/backend/Backend.h"

#include <filesystem>
#include <functional>
#include <memory>

namespace plimsoll {

class SqliteConnection;

/// One SQLite file in WAL mode, through QtSql. The store thread has the only connection that writes; every
/// reading thread gets its own read-only one, which lives as long as the thread.
class SqliteBackend final : public Backend
{
public:
    explicit SqliteBackend(std::filesystem::path file);
    ~SqliteBackend() override;

    Status open() override;
    Status close() override;
    Result<BackendState> load() override;
    Result<std::vector<DocumentChange>> loadDocuments() override;
    Status write(const BackendWrite &write) override;
    uint64_t bytes() const override;
    Result<StoredPack> readPack(uint32_t seal, uint32_t series) const override;
    Result<std::vector<StoredDay>> readDays(uint32_t series, int64_t fromMs, int64_t toMs) const override;
    uint64_t freePages() const override;
    Status giveBack(uint64_t maxPages) override;
    Result<std::unique_ptr<BackendSnapshot>> snapshot() const override;

private:
    struct Writer;
    Status transact(bool unhurried, const std::function<Status(SqliteConnection &)> &work);
    Status hurry(bool wanted);

    std::filesystem::path m_file;
    uint64_t m_instance; ///< tells the connections of one backend from those of another in the same thread
    std::unique_ptr<Writer> m_writer;
};

} // namespace plimsoll
