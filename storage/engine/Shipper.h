#pragma once

#include "storage/backend/Backend.h"
#include "storage/engine/Catalogue.h"
#include "storage/engine/Receipts.h"

#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace plimsoll {

/// The way by which the engine writes to the database: each write takes along the definitions and receipts
/// that are durable in the journal only.
///
/// Threads: write() on the store thread; the rest is safe from any.
class Shipper
{
public:
    explicit Shipper(const Catalogue &catalogue)
        : m_catalogue(catalogue)
    {
    }

    /// What the first write says as well; before any.
    void setMeta(std::map<std::string, std::string> meta) { m_meta = std::move(meta); }
    /// The newest series that the database knows; before any write.
    void setPersisted(SeriesId lastSeries) { m_persistedSeries = m_writtenSeries = lastSeries; }
    /// Definitions that are durable in the journal. Those of series that the database knows say that their
    /// name has another kind now.
    void keep(const DefinitionBlock &definitions);
    void keep(const SeriesDefinition &definition);
    /// Receipts that a commit made durable in the journal; they go along with the next write.
    void keep(const std::vector<Receipt> &receipts);

    /// The receipts that no write took along yet, as a block; empty where there are none.
    std::string waitingReceipts() const;

    /// Adds what must come along to a write, and makes it durable as one transaction.
    Status write(Backend &backend, BackendWrite &write);

    /// What is durable in the journal only, for a checkpoint; empty: none. It may hold more than that.
    struct Context
    {
        std::string definitions;
        std::string receipts;
    };
    Context context() const;

private:
    const Catalogue &m_catalogue;
    std::map<std::string, std::string> m_meta; ///< store thread

    mutable std::mutex m_mutex;         ///< of all below
    SeriesId m_writtenSeries = 0;       ///< persisted, or being written
    SeriesId m_persistedSeries = 0;     ///< the newest series that the database knows
    std::vector<SeriesId> m_relabelled; ///< of those up to m_writtenSeries
    std::string m_receipts;             ///< encoded, not yet in the database
    uint64_t m_receiptCount = 0;
    int64_t m_receiptsNewestMs = 0;
};

} // namespace plimsoll
