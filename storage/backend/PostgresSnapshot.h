#pragma once

#include "storage/backend/BackendSnapshot.h"
#include "storage/backend/PostgresConnection.h"

namespace plimsoll {

/// One node's part of a database, and the documents, as of one moment, through a connection of its own.
class PostgresSnapshot final : public BackendSnapshot
{
public:
    static Result<std::unique_ptr<BackendSnapshot>> open(const PostgresSettings &settings, int64_t node);

    Result<BackendState> load() override;
    Result<std::vector<DocumentChange>> loadDocuments() override;
    Result<std::vector<StoredPack>> packsAfter(uint32_t seal, uint32_t firstSeries, size_t maxBytes) override;
    Result<std::vector<StoredDay>> daysAfter(uint32_t series, int64_t startMs, size_t maxRows) override;
    Result<std::vector<StoredSeriesRow>> seriesRows() override;
    /// Nothing: PostgreSQL keeps its files in order itself (pg_amcheck, data checksums).
    Result<std::vector<std::string>> integrity() override { return std::vector<std::string>(); }

private:
    PostgresSnapshot(const PostgresSettings &settings, int64_t node)
        : m_connection(settings)
        , m_node(node)
    {
    }

    PostgresConnection m_connection;
    const int64_t m_node;
};

} // namespace plimsoll
