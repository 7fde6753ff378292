#include "storage/engine/EngineParts.h"
#include "storage/engine/LoggedWork.h"

namespace plimsoll {

namespace {
constexpr int64_t retryMs = 1000; ///< how long a checkpoint that failed waits
} // namespace

Status Engine::Parts::loadCheckpoint(uint64_t releasedSequence)
{
    if (Status opened = checkpoints.open(); !opened)
        return opened;
    damagedSections += checkpoints.damagedFiles();
    if (checkpoints.sequence() <= releasedSequence)
        return checkpoints.removeAll();
    const int64_t nowMs = clock.nowMs();
    HeadWindow *window = nullptr;
    const auto count = [&] {
        if (window)
            head.countRestored(window->samples());
    };
    Checkpoints::Visitor visitor;
    visitor.definitions = [this](std::string_view block) { readDefinitions(block, defineFromDisk()); };
    visitor.receipts = [this](std::string_view block) {
        readReceipts(block, [this](Receipt receipt) { remember(std::move(receipt)); });
    };
    visitor.window = [&](int64_t startMs, uint64_t firstCommit) {
        if (window && window->startMs() == startMs && window->firstCommit() == firstCommit)
            return true;
        const auto sealed = sealedThrough.find(startMs);
        if (sealed != sealedThrough.end() && sealed->second >= firstCommit)
            return false;
        count();
        if (window && window->startMs() == startMs)
            sealWindow(startMs, firstCommit - 1);
        window = &head.restore(startMs, firstCommit, nowMs);
        return true;
    };
    visitor.series = [&](SeriesId series, bool histograms, std::string_view slices) {
        return !catalogue.knows(series) || window->restore(series, histograms, slices);
    };
    const auto lost = checkpoints.read(visitor);
    if (!lost)
        return lost.error();
    count();
    damagedSections += *lost;
    recoveredSamples += head.samples();
    checkpointed = checkpoints.sequence();
    return {};
}

/// The head as it is now goes to a file, on the file thread; the segments before it are given free when that
/// is done.
void Engine::Parts::writeCheckpoint()
{
    const uint64_t newest = journal.nextSequence() - 1;
    if (checkpointRuns || journal.unreleasedBytes() <= options.checkpointBytes ||
        journal.releasable(newest) == 0)
        return;
    if (!disk.outlivesProcess()) {
        checkpointed = newest;
        return;
    }
    const int64_t nowMs = clock.nowMs();
    if (checkpointFailed && nowMs >= checkpointTriedMs && nowMs < checkpointTriedMs + retryMs)
        return;
    checkpointTriedMs = nowMs;
    checkpointRuns = true;
    files.post([this, view = head.view()] {
        const LoggedWork logged("checkpoint");
        const Shipper::Context context = shipper.context();
        const Status done = checkpoints.write(view, {context.definitions, context.receipts}, catalogue);
        head.closeView(view.visible);
        if (done) {
            checkpointed = view.visible;
            checkpointsWritten++;
        }
        checkpointFailed = !done;
        checkpointRuns = false;
    });
}

/// What waits in the spool because the database was away.
void Engine::Parts::catchUp()
{
    if (store.backend().waiting().files > 0)
        store.post([](Backend &backend) { (void)backend.catchUp(); });
}

void Engine::Parts::makeSpare()
{
    if (spareState == running)
        return;
    if (spareState.exchange(idle) == succeeded)
        journal.addSpare(*spare);
    spare = journal.wantsSpare();
    if (!spare)
        return;
    spareState = running;
    files.post([this, path = *spare] {
        spareState = Journal::makeSpare(disk, path, journal.segmentBytes(), stopping) ? succeeded : failed;
    });
}

void Engine::Parts::releaseJournal()
{
    journal.release(std::max<uint64_t>(sealer.releasedSequence(), checkpointed));
    const uint64_t covered = head.firstCommitNeeded(journal.nextSequence()) - 1;
    // What waits in the spool is in no seal that another node could see.
    if (store.backend().waiting().files == 0)
        options.commits->covered(covered);
    sealer.release(journal.releasable(covered));
    spoolBytes = store.backend().waiting().bytes;
    publishFigures();
}

} // namespace plimsoll
