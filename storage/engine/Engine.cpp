#include "storage/engine/Engine.h"

#include "storage/engine/EngineParts.h"
#include "storage/engine/EngineReader.h"
#include "storage/engine/SettingNumber.h"

#include <algorithm>

#include <malloc.h>

namespace plimsoll {

namespace {

constexpr size_t maxKeptBytes = 4U << 20; ///< of the payload's buffer between commits
constexpr int64_t minWindowMs = 1000;
constexpr int64_t maxWindowMs = 24LL * 86'400'000; ///< offsets in a window are 32 bits
constexpr int64_t retryMs = 1000;                  ///< how often a failing database is asked again
constexpr auto roomLimit = std::chrono::seconds(30);

constexpr uint64_t maxJournalBytes = 2ULL << 30;
constexpr uint64_t minSegmentBytes = 64 * 1024;

uint64_t journalLimit(const EngineOptions &options, const Disk &disk)
{
    if (options.journalMaxBytes > 0)
        return options.journalMaxBytes;
    const uint64_t capacity = disk.capacity(options.directory);
    return capacity == 0 ? maxJournalBytes : std::min(maxJournalBytes, capacity / 10);
}

} // namespace

void Engine::Parts::dropGroup()
{
    for (const Receipt &receipt : group.receipts)
        receipts.forget(receipt.project, receipt.hashes);
    group.clearSamples();
}

/// With what was staged meanwhile, which may rest on it: a repeated Idempotency-Key was told what its first
/// one got.
void Engine::Parts::dropWriting()
{
    dropGroup();
    std::swap(group, writing);
    dropGroup();
    group.definitions.append(writing.definitions);
    writing.definitions.clear();
}

void Engine::Parts::answerFromReceipt(const Receipt &receipt, const Batch &batch, CommitReceipt &answer) const
{
    if (receipt.hashes.bodyHash != batch.idempotency->bodyHash) {
        answer.status = Error{ErrorCode::Unprocessable, "This Idempotency-Key came before with another body.",
                              "Use a new key for a new request."};
        return;
    }
    answer.accepted = receipt.accepted;
    answer.rejections = receipt.rejections;
    answer.committedMs = receipt.committedMs;
    answer.replayed = true;
}

Error Engine::Parts::journalIsFull() const
{
    std::string why = store.backend().waiting().reason;
    if (const auto stalled = sealer.stalledBy(); stalled && why.empty())
        why = stalled->message;
    if (why.empty())
        why = "Its contents cannot be written elsewhere yet.";
    return {ErrorCode::Unavailable, "The journal has reached journal.max_bytes. " + why,
            "Bring the database back, or raise journal.max_bytes."};
}

Status Engine::Parts::makeRoom()
{
    if (journal.unreleasedBytes() + spoolBytes > options.journalMaxBytes)
        return journalIsFull();
    if (head.frozenBytes() <= options.headMaxBytes)
        return {};
    const auto stalled = sealer.stalledBy();
    if (!stalled && head.waitForRoom(options.headMaxBytes, roomLimit))
        return {};
    Error error{ErrorCode::Unavailable, "The database does not keep up with what arrives.",
                "Try again in a moment."};
    if (stalled)
        error.message = "The database takes nothing: " + stalled->message;
    return error;
}

void Engine::Parts::publishFigures()
{
    journalSyncs = journal.syncs();
    journalBytes = journal.unreleasedBytes();
}

Engine::Engine(std::unique_ptr<Parts> parts)
    : m_parts(std::move(parts))
{
}

Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::open(const EngineOptions &options, Store &store, Disk &disk,
                                             const Clock &clock)
{
    std::unique_ptr<DirectoryLock> lock;
    if (!options.directory.empty()) {
        auto acquired = DirectoryLock::acquire(options.directory);
        if (!acquired)
            return acquired.error();
        lock = std::move(*acquired);
    }
    BackendState state;
    Status loaded = store.run([&](Backend &backend) -> Status {
        auto found = backend.load();
        if (!found)
            return found.error();
        state = std::move(*found);
        return {};
    });
    if (!loaded)
        return loaded.error();
    const int64_t windowMs =
        std::clamp(numberIn(state.meta, "window_ms", options.windowMs), minWindowMs, maxWindowMs);
    EngineOptions limits = options;
    limits.journalMaxBytes = journalLimit(options, disk);
    limits.segmentBytes = std::min<uint64_t>(
        {options.segmentBytes, disk.largestSegment(), std::max(limits.journalMaxBytes / 8, minSegmentBytes)});
    limits.checkpointBytes = std::min(options.checkpointBytes, limits.journalMaxBytes / 2);
    auto parts = std::make_unique<Parts>(limits, windowMs, store, disk, clock);
    if (!state.meta.contains("window_ms"))
        parts->shipper.setMeta({{"window_ms", std::to_string(windowMs)}});
    parts->lock = std::move(lock);
    if (Status done = parts->load(state); !done)
        return done.error();
    if (Status done = parts->recover(parts->sealer.releasedSequence()); !done)
        return done.error();
    return std::unique_ptr<Engine>(new Engine(std::move(parts)));
}

CommitReceipt Engine::stage(Batch &batch)
{
    Parts &p = *m_parts;
    CommitReceipt receipt;
    if (p.closed) {
        receipt.status = Error{ErrorCode::Unavailable, "Plimsoll is stopping.", "Try again in a moment."};
        return receipt;
    }
    const int64_t nowMs = p.clock.nowMs();
    if (batch.idempotency) {
        p.receipts.expire(nowMs);
        if (const Receipt *known = p.receipts.find(batch.project, *batch.idempotency)) {
            p.answerFromReceipt(*known, batch, receipt);
            return receipt;
        }
    }
    const size_t before = p.group.sampleCount();
    p.stager.stage(batch,
                   {nowMs - std::max(p.options.rawRetentionMs, p.options.hourlyRetentionMs),
                    nowMs + p.options.maxFutureMs, nowMs},
                   receipt);
    receipt.committedMs = nowMs;
    p.group.batches++;
    if (batch.idempotency) {
        p.group.receipts.push_back(
            {batch.project, *batch.idempotency, nowMs, receipt.accepted, receipt.rejections});
        p.receipts.remember(p.group.receipts.back());
    }
    const size_t taken = p.group.sampleCount() - before;
    p.samplesRejected += batch.sampleCount() - std::min(batch.sampleCount(), taken);
    return receipt;
}

Status Engine::commit()
{
    const auto begun = beginCommit();
    if (!begun)
        return begun.error();
    return *begun ? endCommit(writeCommit()) : Status();
}

Result<bool> Engine::beginCommit()
{
    Parts &p = *m_parts;
    if (p.closed)
        return Error{ErrorCode::Unavailable, "Plimsoll is stopping.", "Try again in a moment."};
    if (p.group.sampleCount() == 0 && p.group.receipts.empty()) {
        p.group.clearSamples();
        return false;
    }
    Status done = p.makeRoom();
    if (done) {
        p.group.encode(p.payload);
        done = p.journal.prepare(p.payload);
    }
    if (!done) {
        p.dropGroup();
        return done.error();
    }
    std::swap(p.group, p.writing);
    return true;
}

Status Engine::writeCommit() { return m_parts->journal.write(); }

Status Engine::endCommit(Status written)
{
    Parts &p = *m_parts;
    if (Status done = p.journal.finish(std::move(written)); !done) {
        p.dropWriting();
        return done;
    }
    const uint64_t commit = p.journal.nextSequence() - 1;
    {
        const std::lock_guard lock(p.moment);
        p.head.apply(p.writing, commit, p.clock.nowMs(), [](int64_t) { return true; });
        p.head.publish(commit);
        p.shipper.keep(p.writing.definitions);
        p.shipper.keep(p.writing.receipts);
    }
    p.options.commits->committed(commit, p.payload);
    p.samplesAccepted += p.writing.sampleCount();
    p.batches += p.writing.batches;
    p.writing.clearSamples();
    p.writing.definitions.clear();
    if (p.payload.capacity() > maxKeptBytes)
        p.payload = {};
    p.publishFigures();
    if (p.head.openBytes() > p.options.headMaxBytes)
        p.sealForRoom();
    return {};
}

Status Engine::recover()
{
    const Status done = m_parts->journal.recover();
    m_parts->publishFigures();
    return done;
}

/// What queries left behind goes back to the system once they ended.
void Engine::Parts::dropUnused()
{
    constexpr size_t worthGivingBack = 1U << 20;
    const int64_t nowMs = clock.nowMs();
    if (nowMs < droppedMs + unusedMs && nowMs >= droppedMs)
        return;
    droppedMs = nowMs;
    files.post([this] {
        const size_t bytes = catalogue.selections().dropUnused() + packs.dropUnused() + hours.dropUnused();
        if (bytes >= worthGivingBack)
            malloc_trim(0);
    });
}

void Engine::maintain()
{
    Parts &p = *m_parts;
    if (p.closed)
        return;
    if (const int64_t nowMs = p.clock.nowMs(); nowMs >= p.retriedMs + retryMs || nowMs < p.retriedMs) {
        p.sealer.retry();
        p.catchUp();
        p.retriedMs = nowMs;
    }
    p.sealWhatIsOver();
    p.sealForRoom();
    p.releaseJournal();
    p.writeCheckpoint();
    p.makeSpare();
    p.dropUnused();
    p.upkeep.wake();
}

Status Engine::runUpkeep() { return m_parts->upkeep.runAll(); }

UpkeepOptions Engine::Parts::upkeepOptions(const EngineOptions &options)
{
    UpkeepOptions result;
    result.retention = {options.rawRetentionMs, options.hourlyRetentionMs, options.dailyRetentionMs};
    result.prefixRetention = options.prefixRetention;
    result.storageMaxBytes = options.storageMaxBytes;
    result.timeZone = options.timeZone;
    return result;
}

void Engine::drain()
{
    m_parts->files.drain();
    (void)m_parts->store.run([](Backend &) { return Status(); });
}

Status Engine::close()
{
    Parts &p = *m_parts;
    if (p.closed)
        return {};
    p.closed = true;
    p.stopping = true;
    p.sealer.retry();
    p.sealAll();
    if (Status done = p.sealer.finish(); !done)
        return done;
    const uint64_t last = p.journal.nextSequence() - 1;
    p.sealer.release(last);
    if (Status done = p.sealer.finish(); !done)
        return done;
    if (p.sealer.releasedSequence() < last)
        return Error{ErrorCode::Unavailable,
                     "The database did not confirm the last samples; the journal keeps them.",
                     {}};
    if (p.store.backend().waiting().files == 0)
        p.options.commits->covered(last);
    p.files.drain();
    p.makeSpare();
    Status done = p.checkpoints.removeAll();
    if (done)
        done = p.journal.removeAll();
    p.publishFigures();
    return done;
}

std::unique_ptr<SeriesReader> Engine::openReader() const
{
    return std::make_unique<EngineReader>(m_parts->catalogue, m_parts->head, m_parts->packs, m_parts->hours);
}

SeriesUse Engine::seriesUse(ProjectId project) const { return m_parts->stager.budget().use(project); }

EngineStats Engine::stats() const
{
    const Parts &p = *m_parts;
    EngineStats stats;
    stats.samplesAccepted = p.samplesAccepted;
    stats.samplesRejected = p.samplesRejected;
    stats.batches = p.batches;
    stats.journalSyncs = p.journalSyncs;
    stats.journalBytes = p.journalBytes;
    stats.headBytes = p.head.bytes();
    stats.headSamples = p.head.samples();
    stats.series = p.catalogue.size();
    stats.chunkBytes = p.store.backend().bytes();
    const auto seals = p.head.seals();
    stats.samplesFromMs = seals->floors.samples.generalMs;
    stats.hoursFromMs = seals->floors.hours.generalMs;
    stats.droppedForSpace = p.upkeep.droppedForSpace();
    stats.upkeepSlices = p.upkeep.slices();
    stats.storeQueueDepth = p.store.queueDepth();
    stats.recoveredSamples = p.recoveredSamples;
    stats.damagedFrames = p.damagedFrames;
    stats.tornFrames = p.tornFrames;
    stats.damagedSections = p.damagedSections;
    const Backend::Waiting waiting = p.store.backend().waiting();
    stats.damagedChunks = p.packs.damaged() + p.hours.damaged();
    stats.spoolFiles = waiting.files;
    stats.spoolBytes = waiting.bytes;
    stats.damagedSpoolFiles = waiting.damagedFiles;
    stats.databaseAway = waiting.reason;
    stats.checkpoints = p.checkpointsWritten;
    stats.checkpointBytes = p.checkpoints.bytes();
    return stats;
}

} // namespace plimsoll
