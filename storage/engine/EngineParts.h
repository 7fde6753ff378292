#pragma once

#include "storage/backend/Store.h"
#include "storage/engine/Catalogue.h"
#include "storage/engine/Checkpoints.h"
#include "storage/engine/DirectoryLock.h"
#include "storage/engine/Engine.h"
#include "storage/engine/FileThread.h"
#include "storage/engine/Head.h"
#include "storage/engine/Journal.h"
#include "storage/engine/PackCache.h"
#include "storage/engine/Sealer.h"
#include "storage/engine/Stager.h"
#include "storage/engine/rollup/Upkeep.h"

#include <atomic>
#include <map>
#include <mutex>
#include <optional>

namespace plimsoll {

inline constexpr size_t packCacheBytes = 16U << 20;
inline constexpr size_t hourlyCacheBytes = 32U << 20;
inline constexpr int64_t unusedMs = 60'000; ///< what was not asked for so long goes from the caches

/// What an engine is made of, and what its public functions are put together from: EngineRecovery.cpp has the
/// start, EngineSealing.cpp what happens to windows, EngineJournal.cpp to journal segments and checkpoints,
/// Engine.cpp the rest.
struct Engine::Parts
{
    /// Of a job on the file thread.
    enum JobState { idle, running, succeeded, failed };

    Parts(const EngineOptions &engineOptions, int64_t windowMs, Store &engineStore, Disk &engineDisk,
          const Clock &engineClock)
        : options(engineOptions)
        , store(engineStore)
        , disk(engineDisk)
        , clock(engineClock)
        , head(windowMs)
        , journal(engineDisk, engineOptions.directory / "journal", engineOptions.segmentBytes)
        , checkpoints(engineDisk, engineOptions.directory / "journal")
        , receipts(engineOptions.maxIdempotencyKeys)
        , stager(catalogue, group)
        , packs(engineStore.backend(), packCacheBytes)
        , hours(engineStore.backend(), hourlyCacheBytes)
        , shipper(catalogue)
        , upkeep(engineStore,
                 {catalogue, head, packs, hours, sealIds, [this] { return sealer.releasedSequence(); }},
                 upkeepOptions(engineOptions), engineClock)
        , sealer(engineStore, catalogue, head, shipper, sealIds)
    {
        sealer.setOnSealed([this](int64_t windowStartMs) { upkeep.noteSealed(windowStartMs); });
    }

    ~Parts() { stopping = true; }

    static UpkeepOptions upkeepOptions(const EngineOptions &options);
    Status load(const BackendState &state);
    Status recover(uint64_t releasedSequence);
    void noteSealed(int64_t windowStartMs, uint64_t sequence);
    void replay(uint64_t sequence, std::string_view payload);
    Status leaveDamageBehind();
    std::function<void(const SeriesDefinition &)> defineFromDisk();
    void remember(Receipt receipt);
    void sealAll();
    void dropUnknown();
    void countActive();
    void dropGroup();
    void dropWriting();
    void answerFromReceipt(const Receipt &receipt, const Batch &batch, CommitReceipt &answer) const;
    Status makeRoom();
    Error journalIsFull() const;
    void catchUp();
    void publishFigures();
    bool isOver(const Head::OpenWindow &window, int64_t nowMs) const;
    void sealWindow(int64_t startMs, uint64_t commit);
    void sealWhatIsOver();
    void sealForRoom();
    void releaseJournal();
    Status loadCheckpoint(uint64_t releasedSequence);
    void writeCheckpoint();
    void makeSpare();
    void dropUnused();

    const EngineOptions options;
    Store &store;
    Disk &disk;
    const Clock &clock;
    std::unique_ptr<DirectoryLock> lock;
    Catalogue catalogue;
    Head head;
    Journal journal;
    Checkpoints checkpoints;
    Receipts receipts;
    Group group;
    Group writing; ///< between beginCommit() and endCommit()
    Stager stager;
    PackCache packs;
    HourlyCache hours;
    SealIds sealIds;
    std::string payload;
    std::mutex moment; ///< held while a commit's samples and receipts become visible
    std::map<int64_t, uint64_t>
        sealedThrough; ///< by window: the frames whose samples are in the database, at start
    uint64_t lastSealedSequence = 0;
    int64_t retriedMs = 0;
    int64_t droppedMs = 0;                      ///< when the caches were last looked through
    std::optional<std::filesystem::path> spare; ///< being made by the file thread
    std::atomic<int> spareState = idle;
    std::atomic<bool> checkpointRuns = false;
    std::atomic<bool> checkpointFailed = false; ///< the last one
    std::atomic<uint64_t> checkpointed = 0;     ///< the sequence up to which a checkpoint holds the head
    int64_t checkpointTriedMs = 0;
    bool closed = false;
    std::atomic<bool> stopping = false; ///< slow work in the background should end

    std::atomic<uint64_t> samplesAccepted = 0;
    std::atomic<uint64_t> samplesRejected = 0;
    std::atomic<uint64_t> batches = 0;
    std::atomic<uint64_t> journalSyncs = 0;
    std::atomic<uint64_t> journalBytes = 0;
    std::atomic<uint64_t> recoveredSamples = 0;
    std::atomic<uint64_t> damagedFrames = 0;
    std::atomic<uint64_t> tornFrames = 0;
    std::atomic<uint64_t> damagedSections = 0;
    std::atomic<uint64_t> checkpointsWritten = 0;
    std::atomic<uint64_t> spoolBytes = 0;
    Shipper shipper;
    Upkeep upkeep;
    Sealer sealer;
    FileThread files; ///< with the sealer the last, so that they go first: queued work uses all of the above
};

} // namespace plimsoll
