#pragma once

#include "storage/backend/Store.h"
#include "storage/engine/Catalogue.h"
#include "storage/engine/Head.h"
#include "storage/engine/SealWriter.h"
#include "storage/engine/Shipper.h"
#include "storage/engine/rollup/SealIds.h"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace plimsoll {

/// Writes frozen windows, with the definitions and receipts they need, into the database on the store thread.
///
/// Each seal is one transaction that also says up to which journal frame its window is in the database, so
/// that a crash at any moment neither loses nor doubles a sample. Called by the ingest thread unless it says
/// otherwise.
class Sealer
{
public:
    Sealer(Store &store, const Catalogue &catalogue, Head &head, Shipper &shipper, SealIds &ids);
    /// Lets queued work pass without effect, as if the process had ended, and waits for what runs.
    ~Sealer();

    /// What is in the database already.
    void setPersisted(uint64_t releasedSequence);
    /// Called on the store thread after each seal with the start of its window; before any.
    void setOnSealed(std::function<void(int64_t)> onSealed) { m_onSealed = std::move(onSealed); }

    /// Queues a frozen window; `commit` is the newest commit.
    void seal(std::shared_ptr<const HeadWindow> window, uint64_t commit);
    /// Tries again after a failure.
    void retry();
    /// Why nothing is being sealed, if so. Any thread.
    std::optional<Error> stalledBy() const;
    /// Queues the promise that frames up to `sequence` are not needed any more.
    void release(uint64_t sequence);
    /// What was promised durably. Any thread.
    uint64_t releasedSequence() const { return m_released; }
    /// Waits until all that was queued is done; the failure of the last transaction, if it failed.
    Status finish();

private:
    struct Work
    {
        std::shared_ptr<const HeadWindow> window;
        SealNumbers numbers;
        uint64_t commit = 0;
    };

    void postRun();
    void runNext(Backend &backend);
    Status run(Backend &backend, const Work &work);
    void runRelease(Backend &backend, uint64_t sequence);

    Store &m_store;
    const Catalogue &m_catalogue;
    Head &m_head;
    Shipper &m_shipper;
    std::atomic<bool> m_abandoned = false;
    std::atomic<uint64_t> m_released = 0;
    SealIds &m_ids;
    std::function<void(int64_t)> m_onSealed = [](int64_t) {};
    uint64_t m_releaseQueued = 0; ///< ingest thread

    mutable std::mutex m_mutex; ///< of all below
    std::deque<Work> m_work;    ///< in order: a later seal of a window must never overtake an earlier one
    std::optional<Error> m_stalledBy; ///< the first of the work failed, and all waits for retry()
};

} // namespace plimsoll
