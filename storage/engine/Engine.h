#pragma once

#include "storage/backend/DocumentStore.h"
#include "storage/engine/CommitListener.h"
#include "storage/engine/rollup/UpkeepOptions.h"
#include "storage/model/BatchSink.h"
#include "storage/model/Clock.h"
#include "storage/model/SeriesReader.h"
#include "storage/model/SeriesUse.h"

#include <filesystem>
#include <map>
#include <memory>

namespace plimsoll {

class Disk;
class EngineSnapshot;
class Store;

/// Limits and places of an engine.
struct EngineOptions
{
    std::filesystem::path directory;      ///< the data directory; must exist
    int64_t windowMs = 3LL * 3600 * 1000; ///< span of a chunk window, aligned to the epoch; at most 24 days.
                                          ///< A data directory keeps the one it was made with
    size_t headMaxBytes = 64ULL << 20;    ///< the head seals its oldest window beyond this
    size_t segmentBytes = 32ULL << 20;    ///< size of a journal segment
    uint64_t checkpointBytes = 128ULL << 20; ///< unreleased journal beyond this makes a checkpoint
    /// Bound of journal and spool together; beyond it commits fail with Unavailable. 0: 2 GiB, or a tenth of
    /// the disk if that is less.
    uint64_t journalMaxBytes = 0;
    int64_t rawRetentionMs = 35LL * 86400 * 1000;     ///< how long samples are kept
    int64_t hourlyRetentionMs = 730LL * 86400 * 1000; ///< older samples are refused as `too_old`
    int64_t dailyRetentionMs = 3650LL * 86400 * 1000;
    std::map<std::string, Retention> prefixRetention; ///< by prefix of the metric's name; the longest counts
    uint64_t storageMaxBytes = 0; ///< of the database, which drops its oldest samples beyond; 0: no limit
    std::string timeZone = "UTC"; ///< IANA name, of days
    int64_t maxFutureMs = 3600LL * 1000; ///< samples further ahead are refused as `in_future`
    size_t maxIdempotencyKeys = 2'000'000;
    CommitListener *commits = &NoCommitListener::instance(); ///< never null
};

/// Figures for self-metrics and pages; a consistent copy.
struct EngineStats
{
    uint64_t samplesAccepted = 0;
    uint64_t samplesRejected = 0;
    uint64_t batches = 0;
    uint64_t journalSyncs = 0;
    uint64_t journalBytes = 0; ///< in unreleased segments
    uint64_t headBytes = 0;
    uint64_t headSamples = 0;
    uint64_t series = 0;
    uint64_t chunkBytes = 0;           ///< in the database
    int64_t samplesFromMs = INT64_MIN; ///< before it samples were dropped, and hours are what is left
    int64_t hoursFromMs = INT64_MIN;   ///< before it hours were dropped, and days are what is left
    uint64_t droppedForSpace =
        0; ///< windows that went before their time because the database was over its budget
    uint64_t upkeepSlices = 0;
    uint64_t storeQueueDepth = 0;  ///< jobs waiting for the store thread
    uint64_t recoveredSamples = 0; ///< read back from the journal at this start
    uint64_t damagedFrames = 0;    ///< journal frames that this start found damaged and left out
    uint64_t tornFrames = 0; ///< 1: the journal's last frame was not whole: never acknowledged, or damaged
    uint64_t damagedSections = 0; ///< the same of a checkpoint's sections; 1 for a whole file
    uint64_t checkpoints = 0;     ///< written since the start
    uint64_t checkpointBytes = 0; ///< of the newest
    uint64_t spoolFiles = 0;      ///< sealed, and waiting for a database that is away
    uint64_t spoolBytes = 0;
    uint64_t damagedChunks = 0;     ///< chunks that queries met and left out, since the start
    uint64_t damagedSpoolFiles = 0; ///< found since the start; what was in them is lost
    std::string databaseAway;       ///< why the database takes nothing; empty while it does
};

/// Journal, head and chunks together. The way of a sample: stage() -> commit() (one write, one fdatasync) ->
/// acknowledged and visible -> sealed to chunks in the Backend by the store thread.
///
/// Threads: stage(), commits and sealing decisions belong to one thread, the ingest thread; openReader() and
/// stats() are safe from any. The destructor seals nothing: what is in the journal is read back at the next
/// open. close() is the clean stop: it seals the head into chunks and releases the journal.
class Engine final : public ReaderSource
{
public:
    /// Takes the directory's lock, opens or creates, recovers the head from the journal. `store` (the store
    /// thread with its backend), `disk` and `clock` must outlive the engine, and the engine every reader that
    /// it opened.
    static Result<std::unique_ptr<Engine>> open(const EngineOptions &options, Store &store, Disk &disk,
                                                const Clock &clock);
    ~Engine() override;
    Engine(const Engine &) = delete;
    Engine &operator=(const Engine &) = delete;

    /// Resolves, checks and encodes a batch into the pending group. The receipt counts only once commit()
    /// succeeds; its `status` is a failure where the batch as a whole was refused (for example 422 for an
    /// Idempotency-Key that came with another body), and then nothing was added to the group. A repeated key
    /// gives the first receipt with `replayed` set; where the first one is in the same pending group it must
    /// still be committed before answering.
    CommitReceipt stage(Batch &batch);

    /// Makes the pending group durable and visible. On failure nothing of the group was applied, no later
    /// commit succeeds until recover() does, and all its batches must be answered with this error.
    Status commit();

    /// The three steps of commit(), so that the next group can be staged while the disk is busy with this
    /// one. After a begin with true writeCommit() is called once, on any thread, and then endCommit() with
    /// what it returned; in between stage() and maintain() may be called. A begin with false found nothing to
    /// write, and the commit is done. What is staged when endCommit() fails is lost with the group that it
    /// ends: its batches are answered with the same error.
    Result<bool> beginCommit();
    Status writeCommit();
    Status endCommit(Status written);

    /// After a failed commit: re-reads the journal's true end and starts a fresh segment.
    Status recover();

    /// Hands closed windows to the store thread; cheap, called by the ingest thread after commits and once a
    /// second.
    void maintain();

    /// Waits until the work on files and database that was begun is done; for tests and tools.
    void drain();

    /// Does at once all merging, rolling up and dropping that is due, and waits for it; maintain() does the
    /// same bit by bit. Any thread but the store's.
    Status runUpkeep();

    /// Clean stop: seals everything, releases the journal. The engine takes nothing afterwards.
    Status close();

    std::unique_ptr<SeriesReader> openReader() const override;
    EngineStats stats() const;
    /// What a project has of series, and what of it was too much. Any thread.
    SeriesUse seriesUse(ProjectId project) const;

    /// Everything as of now, for a backup or a check. Waits for the store thread's queue; any thread but that
    /// one, which then uses the snapshot. Fails with Unavailable while the database has not caught up.
    Result<std::unique_ptr<EngineSnapshot>> snapshot() const;

private:
    struct Parts;
    explicit Engine(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> m_parts;
};

} // namespace plimsoll
