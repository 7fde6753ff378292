#include "storage/engine/Engine.h"

#include "storage/backend/Store.h"
#include "storage/engine/Catalogue.h"
#include "storage/engine/DirectoryLock.h"
#include "storage/engine/EngineReader.h"
#include "storage/engine/Head.h"
#include "storage/engine/Journal.h"
#include "storage/engine/PackCache.h"
#include "storage/engine/Sealer.h"
#include "storage/engine/Stager.h"

#include <algorithm>
#include <charconv>

namespace plimsoll {

namespace {

constexpr size_t packCacheBytes = 16U << 20;
constexpr size_t maxKeptBytes = 4U << 20;   ///< of the payload's buffer between commits
constexpr int64_t graceMs = 5 * 60'000;     ///< how long a window that is over waits for late samples
constexpr int64_t quietMs = 60'000;         ///< how long it must have been quiet
constexpr int64_t patienceMs = 15 * 60'000; ///< how long it waits for quiet
constexpr uint64_t maxSegmentsKept = 4; ///< unreleased journal beyond this many segments makes the head seal
constexpr int64_t retryMs = 1000;       ///< how often a failing database is asked again
constexpr auto roomLimit = std::chrono::seconds(30);

int64_t numberIn(const std::map<std::string, std::string> &meta, const std::string &key, int64_t otherwise)
{
    const auto it = meta.find(key);
    if (it == meta.end())
        return otherwise;
    int64_t number = otherwise;
    std::from_chars(it->second.data(), it->second.data() + it->second.size(), number);
    return number;
}

Error damagedBlock(std::string_view what)
{
    return {ErrorCode::Corrupt, "The database's " + std::string(what) + " is damaged.",
            "Run plimsoll doctor on the data directory."};
}

} // namespace

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
        , sealer(engineStore, catalogue, head)
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
    Sealer sealer; ///< the last, so that it goes first: it waits for queued work, which uses all of the above
};

Status Engine::Parts::load(const BackendState &state)
{
    for (const std::string &block : state.catalogue) {
        if (!readDefinitions(block,
                             [this](const SeriesDefinition &definition) { catalogue.restore(definition); }))
            return damagedBlock("list of series");
    }
    for (const std::string &block : state.receipts) {
        if (!readReceipts(block, [this](Receipt receipt) { receipts.remember(std::move(receipt)); }))
            return damagedBlock("list of Idempotency-Keys");
    }
    auto seals = std::make_shared<Seals>();
    uint32_t lastSeal = 0;
    for (const StoredSeal &stored : state.seals) {
        auto seal = readSeal(stored);
        if (!seal)
            return seal.error();
        seals->push_back(std::move(*seal));
        lastSeal = std::max(lastSeal, stored.id);
        uint64_t &through = sealedThrough[stored.windowStartMs];
        through = std::max(through, stored.journalSequence);
        lastSealedSequence = std::max(lastSealedSequence, stored.journalSequence);
    }
    std::sort(seals->begin(), seals->end(), [](const auto &a, const auto &b) {
        return std::pair(a->windowStartMs, a->id) < std::pair(b->windowStartMs, b->id);
    });
    head.setSeals(std::move(seals));
    const auto released = static_cast<uint64_t>(numberIn(state.meta, "released_sequence", 0));
    sealer.setPersisted(catalogue.lastId(), lastSeal, released);
    return {};
}

Status Engine::Parts::recover(uint64_t releasedSequence)
{
    const auto report =
        journal.open(releasedSequence, lastSealedSequence,
                     [this](uint64_t sequence, std::string_view bytes) { replay(sequence, bytes); });
    group.clearSamples();
    if (!report)
        return report.error();
    damagedFrames += report->damagedFrames;
    head.publish(journal.nextSequence() - 1);
    sealedThrough.clear();
    publishFigures();
    return damagedFrames == 0 ? Status() : leaveDamageBehind();
}

/// The ids that a lost definition gave out may be given out again: so no frame from before may be read
/// another time.
Status Engine::Parts::leaveDamageBehind()
{
    sealAll();
    sealer.release(journal.nextSequence() - 1);
    return sealer.finish();
}

void Engine::Parts::sealAll()
{
    for (const auto &window : head.openWindows())
        sealWindow(window.startMs);
}

void Engine::Parts::replay(uint64_t sequence, std::string_view bytes)
{
    group.clearSamples();
    if (!group.decode(bytes, [this](const SeriesDefinition &definition) { catalogue.restore(definition); })) {
        damagedFrames++;
        return;
    }
    dropUnknown();
    const uint64_t before = head.samples();
    head.apply(group, sequence, clock.nowMs(), [&](int64_t timestampMs) {
        const auto it = sealedThrough.find(windowStart(timestampMs, head.windowMs()));
        return it == sealedThrough.end() || it->second < sequence;
    });
    recoveredSamples += head.samples() - before;
    sealer.keep(group.receipts);
    for (Receipt &receipt : group.receipts)
        receipts.remember(std::move(receipt));
}

/// Samples whose definition was lost with a damaged frame belong to nobody.
void Engine::Parts::dropUnknown()
{
    size_t kept = 0;
    for (size_t i = 0; i < group.ids.size(); i++) {
        if (group.ids[i] <= 0 || group.ids[i] > UINT32_MAX ||
            !catalogue.knows(static_cast<SeriesId>(group.ids[i])))
            continue;
        group.ids[kept] = group.ids[i];
        group.timesMs[kept] = group.timesMs[i];
        group.values[kept++] = group.values[i];
    }
    group.ids.resize(kept);
    group.timesMs.resize(kept);
    group.values.resize(kept);
    std::erase_if(group.histograms, [this](const auto &entry) { return !catalogue.knows(entry.series); });
}

void Engine::Parts::dropGroup()
{
    for (const Receipt &receipt : group.receipts)
        receipts.forget(receipt.project, receipt.hashes);
    group.clearSamples();
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

Status Engine::Parts::makeRoom()
{
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

bool Engine::Parts::isOver(const Head::OpenWindow &window, int64_t nowMs) const
{
    if (window.endMs + graceMs > nowMs)
        return false;
    return window.touchedMs + quietMs <= nowMs || window.createdMs + patienceMs <= nowMs;
}

void Engine::Parts::sealWindow(int64_t startMs)
{
    if (auto window = head.freeze(startMs))
        sealer.seal(std::move(window), journal.nextSequence() - 1);
}

void Engine::Parts::sealWhatIsOver()
{
    const int64_t nowMs = clock.nowMs();
    for (const auto &window : head.openWindows()) {
        if (isOver(window, nowMs))
            sealWindow(window.startMs);
    }
}

/// The oldest windows first, until three quarters of the limit are left: what arrives in the order of time is
/// then sealed once.
void Engine::Parts::sealForRoom()
{
    if (head.openBytes() <= options.headMaxBytes)
        return;
    for (const auto &window : head.openWindows()) {
        if (head.openBytes() <= options.headMaxBytes / 4 * 3)
            return;
        sealWindow(window.startMs);
    }
}

void Engine::Parts::sealForJournal()
{
    if (journal.unreleasedBytes() <= maxSegmentsKept * options.segmentBytes)
        return;
    const uint64_t newest = journal.nextSequence();
    const uint64_t needed = newest - (newest - sealer.releasedSequence()) / 2;
    for (const auto &window : head.openWindows()) {
        if (window.firstCommit < needed)
            sealWindow(window.startMs);
    }
}

/// Whether a spare segment is, or was until now, under way.
bool Engine::Parts::takeSpare()
{
    if (!spare)
        return false;
    const int state = spareState.exchange(noSpare);
    if (state == spareReady)
        journal.addSpare(*spare);
    if (state != noSpare)
        spare.reset();
    return true;
}

/// The next segment is written in the background, once the current one is half full.
void Engine::Parts::makeSpare()
{
    if (takeSpare())
        return;
    spare = journal.wantsSpare();
    if (!spare)
        return;
    store.post([this, path = *spare](Backend &) {
        spareState = Journal::makeSpare(disk, path, journal.segmentBytes()) ? spareReady : spareFailed;
    });
}

void Engine::Parts::releaseJournal()
{
    journal.release(sealer.releasedSequence());
    sealer.release(journal.releasable(head.firstCommitNeeded(journal.nextSequence()) - 1));
    publishFigures();
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
    const int64_t windowMs = numberIn(state.meta, "window_ms", options.windowMs);
    EngineOptions limits = options;
    limits.segmentBytes = std::min<uint64_t>(options.segmentBytes, disk.largestSegment());
    auto parts = std::make_unique<Parts>(limits, windowMs, store, disk, clock);
    if (!state.meta.contains("window_ms"))
        parts->sealer.setMeta({{"window_ms", std::to_string(windowMs)}});
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
    p.stager.stage(batch, {nowMs - p.options.rawRetentionMs, nowMs + p.options.maxFutureMs}, receipt);
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
    Parts &p = *m_parts;
    if (p.closed)
        return Error{ErrorCode::Unavailable, "Plimsoll is stopping.", "Try again in a moment."};
    if (p.group.sampleCount() == 0 && p.group.receipts.empty()) {
        p.group.clearSamples();
        return {};
    }
    Status done = p.makeRoom();
    if (done) {
        p.group.encode(p.payload);
        done = p.journal.append(p.payload);
    }
    if (!done) {
        p.dropGroup();
        return done;
    }
    const uint64_t commit = p.journal.nextSequence() - 1;
    p.head.apply(p.group, commit, p.clock.nowMs(), [](int64_t) { return true; });
    p.head.publish(commit);
    p.sealer.keep(p.group.receipts);
    p.samplesAccepted += p.group.sampleCount();
    p.batches += p.group.batches;
    p.group.clearSamples();
    p.group.definitions.clear();
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

void Engine::maintain()
{
    Parts &p = *m_parts;
    if (p.closed)
        return;
    if (const int64_t nowMs = p.clock.nowMs(); nowMs >= p.retriedMs + retryMs || nowMs < p.retriedMs) {
        p.sealer.retry();
        p.retriedMs = nowMs;
    }
    p.sealWhatIsOver();
    p.sealForRoom();
    p.sealForJournal();
    p.releaseJournal();
    p.makeSpare();
}

Status Engine::close()
{
    Parts &p = *m_parts;
    if (p.closed)
        return {};
    p.closed = true;
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
    p.takeSpare();
    const Status done = p.journal.removeAll();
    p.publishFigures();
    return done;
}

std::unique_ptr<SeriesReader> Engine::openReader() const
{
    return std::make_unique<EngineReader>(m_parts->catalogue, m_parts->head, m_parts->packs);
}

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
    stats.storeQueueDepth = p.store.queueDepth();
    stats.recoveredSamples = p.recoveredSamples;
    stats.damagedFrames = p.damagedFrames;
    return stats;
}

} // namespace plimsoll
