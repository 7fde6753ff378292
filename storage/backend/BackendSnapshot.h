#pragma once

#include "storage/backend/Backend.h"

namespace plimsoll {

/// Everything in a database as of one moment, whatever is written meanwhile: for backups and checks. Used and
/// destroyed by the thread that made it; writers do not wait for it. While it lives the database keeps what
/// it shows, so it should not live for hours.
class BackendSnapshot
{
public:
    virtual ~BackendSnapshot() = default;

    virtual Result<BackendState> load() = 0;
    virtual Result<std::vector<DocumentChange>> loadDocuments() = 0;
    /// The packs that follow (seal, first series), in that order, until they take `maxBytes`; at least one
    /// while there are any. Packs without a seal are among them.
    virtual Result<std::vector<StoredPack>> packsAfter(uint32_t seal, uint32_t firstSeries,
                                                       size_t maxBytes) = 0;
    /// The days that follow (series, start), in that order, at most so many.
    virtual Result<std::vector<StoredDay>> daysAfter(uint32_t series, int64_t startMs, size_t maxRows) = 0;
    virtual Result<std::vector<StoredSeriesRow>> seriesRows() = 0;
    /// What the database finds wrong with its own structure, one sentence each. Reads all of it.
    virtual Result<std::vector<std::string>> integrity() = 0;
};

} // namespace plimsoll
