#pragma once

#include "storage/model/BatchSink.h"

#include <string_view>

namespace plimsoll::ingest {

/// The role of whoever shows what just arrived. Called on the ingest thread after a batch was answered; must
/// be quick, since it delays the next group.
class IngestObserver
{
public:
    virtual ~IngestObserver() = default;

    /// `source` is the door: "ingest", "track", "self", "import", …
    virtual void batchCommitted(const Batch &batch, const CommitReceipt &receipt, std::string_view source,
                                int64_t receivedMs) = 0;
    /// A request that was refused as a whole, before it became a batch.
    virtual void requestRefused(std::string_view source, ProjectId project, const Error &error) = 0;
};

} // namespace plimsoll::ingest
