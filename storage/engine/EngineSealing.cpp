#include "storage/engine/EngineParts.h"

namespace plimsoll {

namespace {

constexpr int64_t graceMs = 5 * 60'000;     ///< how long a window that is over waits for late samples
constexpr int64_t quietMs = 60'000;         ///< how long it must have been quiet
constexpr int64_t patienceMs = 15 * 60'000; ///< how long it waits for quiet
constexpr uint64_t maxSegmentsKept = 4; ///< unreleased journal beyond this many segments makes the head seal

} // namespace

void Engine::Parts::sealAll()
{
    for (const auto &window : head.openWindows())
        sealWindow(window.startMs);
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
    const uint64_t covered = head.firstCommitNeeded(journal.nextSequence()) - 1;
    options.commits->covered(covered);
    sealer.release(journal.releasable(covered));
    publishFigures();
}

} // namespace plimsoll
