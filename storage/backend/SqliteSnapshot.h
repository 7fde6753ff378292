#pragma once

#include "storage/backend/BackendSnapshot.h"
#include "storage/backend/SqliteConnection.h"

namespace plimsoll {

/// A read transaction on a connection of its own. The write-ahead log cannot be cut while it lives.
class SqliteSnapshot final : public BackendSnapshot
{
public:
    /// Opens the file for reading only. Fails with Unsupported where another version wrote it.
    static Result<std::unique_ptr<BackendSnapshot>> open(const std::filesystem::path &file);

    Result<BackendState> load() override;
    Result<std::vector<DocumentChange>> loadDocuments() override;
    Result<std::vector<StoredPack>> packsAfter(uint32_t seal, uint32_t firstSeries, size_t maxBytes) override;
    Result<std::vector<StoredDay>> daysAfter(uint32_t series, int64_t startMs, size_t maxRows) override;
    Result<std::vector<StoredSeriesRow>> seriesRows() override;
    Result<std::vector<std::string>> integrity() override;

private:
    explicit SqliteSnapshot(const std::filesystem::path &file)
        : m_connection(file, SqliteConnection::Access::ReadOnly)
    {
    }

    SqliteConnection m_connection;
};

} // namespace plimsoll
