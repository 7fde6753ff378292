#pragma once

#include "storage/backend/Store.h"
#include "storage/engine/Catalogue.h"
#include "storage/engine/DirectoryLock.h"
#include "storage/engine/Engine.h"
#include "storage/engine/Head.h"
#include "storage/engine/Journal.h"
#include "storage/engine/PackCache.h"
#include "storage/engine/Sealer.h"
#include "storage/engine/Stager.h"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>

namespace plimsoll {

inline constexpr size_t packCacheBytes = 16U << 20;

/// What an engine is made of, and what its public functions are put together from: EngineRecovery.cpp has the
/// start, EngineSealing.cpp what happens to windows and journal segments, Engine.cpp the rest.
struct Engine::Parts
{
    enum SpareState { noSpare, spareReady, spareFailed };

    Parts(const EngineOptions &engineOptions, int64_t windowMs, Store &engineStore, Disk &engineDisk,
          const Clock &engineClock)
        : options(engineOptions)
        , store(engineStore)
        , disk(engineDisk)
        , clock(engineClock)
        , head(windowMs)
        , journal(engineDisk, engineOptions.directory / "journal", engineOptions.segmentBytes)
        , receipts(engineOptions.maxIdempotencyKeys)
        , stager(catalogue, group)
        , packs(engineStore.backend(), packCacheBytes)
        , shipper(catalogue)
        , sealer(engineStore, catalogue, head, shipper)
    {
    }

    Status load(const BackendState &state);
    Status recover(uint64_t releasedSequence);
    void replay(uint64_t sequence, std::string_view payload);
    Status leaveDamageBehind();
    void sealAll();
    void dropUnknown();
    void dropGroup();
    void answerFromReceipt(const Receipt &receipt, const Batch &batch, CommitReceipt &answer) const;
    Status makeRoom();
    void publishFigures();
    bool isOver(const Head::OpenWindow &window, int64_t nowMs) const;
    void sealWindow(int64_t startMs);
    void sealWhatIsOver();
    void sealForRoom();
    void sealForJournal();
    void releaseJournal();

    bool takeSpare();
    void makeSpare();

    const EngineOptions options;
    Store &store;
    Disk &disk;
    const Clock &clock;
    std::unique_ptr<DirectoryLock> lock;
    Catalogue catalogue;
    Head head;
    Journal journal;
    Receipts receipts;
    Group group;
    Stager stager;
    PackCache packs;
    std::string payload;
    std::mutex moment; ///< held while a commit's samples and receipts become visible
    std::map<int64_t, uint64_t>
        sealedThrough; ///< by window: the frames whose samples are in the database, at start
    uint64_t lastSealedSequence = 0;
    int64_t retriedMs = 0;
    std::optional<std::filesystem::path> spare; ///< being made by the store thread
    std::atomic<int> spareState = noSpare;
    bool closed = false;

    std::atomic<uint64_t> samplesAccepted = 0;
    std::atomic<uint64_t> samplesRejected = 0;
    std::atomic<uint64_t> batches = 0;
    std::atomic<uint64_t> journalSyncs = 0;
    std::atomic<uint64_t> journalBytes = 0;
    std::atomic<uint64_t> recoveredSamples = 0;
    std::atomic<uint64_t> damagedFrames = 0;
    Shipper shipper;
    Sealer sealer; ///< the last, so that it goes first: it waits for queued work, which uses all of the above
};

} // namespace plimsoll
