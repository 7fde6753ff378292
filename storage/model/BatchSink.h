#pragma once

#include "storage/model/Batch.h"
#include "storage/model/Result.h"

#include <functional>

namespace plimsoll {

/// The answer to a batch.
struct CommitReceipt
{
    /// Ok means: on disk. A failure means that nothing of the batch was taken.
    Status status;
    uint32_t accepted = 0;             ///< items, all of whose samples were taken
    std::vector<Rejection> rejections; ///< refused items by position, those of the decoder included
    bool replayed = false;   ///< the Idempotency-Key was seen before; this is the first answer again
    int64_t committedMs = 0; ///< when the sync was done
};

/// The role of whoever commits batches. Safe to call from any thread.
class BatchSink
{
public:
    using Done = std::function<void(CommitReceipt)>;

    virtual ~BatchSink() = default;

    /// Takes a batch; `done` is called exactly once, on the ingest thread, after the sync (or the failure).
    virtual void submit(Batch batch, Done done) = 0;
};

} // namespace plimsoll
