#include "storage/engine/EngineParts.h"

#include "storage/engine/SettingNumber.h"
#include "storage/engine/rollup/DaysDue.h"

#include <algorithm>

namespace plimsoll {

namespace {

Error damagedBlock(std::string_view what)
{
    return {ErrorCode::Corrupt, "The database's " + std::string(what) + " is damaged.",
            "Run plimsoll doctor on the data directory."};
}

} // namespace

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
    SealChange change;
    uint32_t lastSeal = 0;
    for (const StoredSeal &stored : state.seals) {
        auto seal = readSeal(stored);
        if (!seal)
            return seal.error();
        change.added.push_back(std::move(*seal));
        lastSeal = std::max(lastSeal, stored.id + idsOf(stored.resolutionMs) - 1);
        if (stored.spanMs == head.windowMs())
            noteSealed(stored.windowStartMs, stored.journalSequence);
    }
    eachSealedMark(state.meta, [this](int64_t startMs, uint64_t sequence) { noteSealed(startMs, sequence); });
    change.floors = Floors::from(state.meta);
    head.setSeals(withChange(Seals(), change));
    sealIds.startAfter(lastSeal);
    const auto released = static_cast<uint64_t>(numberIn(state.meta, "released_sequence", 0));
    shipper.setPersisted(catalogue.lastId());
    sealer.setPersisted(released);
    upkeep.load(state.meta);
    return {};
}

/// Series that may have been seen in the last hour count as active again, so that a restart gives no one a
/// new budget.
void Engine::Parts::countActive()
{
    const int64_t nowMs = clock.nowMs();
    const int64_t fromMs = nowMs - ActiveSeries::stepMs * ActiveSeries::steps;
    SeriesBudget &budget = stager.budget();
    budget.advance(nowMs);
    const auto count = [&](SeriesId id) {
        if (catalogue.knows(id))
            budget.seen().touch(id, catalogue.projectOf(id));
    };
    const HeadView view = head.view();
    for (const auto &window : view.windows) {
        if (window->endMs() <= fromMs)
            continue;
        for (const SeriesId id : window->series())
            count(id);
    }
    for (const SealPointer &seal : view.seals->samples.near(fromMs, nowMs)) {
        if (!seal->overlaps(fromMs, nowMs))
            continue;
        for (const SeriesId id : seal->series)
            count(id);
    }
    head.closeView(view.visible);
}

void Engine::Parts::noteSealed(int64_t windowStartMs, uint64_t sequence)
{
    uint64_t &through = sealedThrough[windowStartMs];
    through = std::max(through, sequence);
    lastSealedSequence = std::max(lastSealedSequence, sequence);
}

Status Engine::Parts::recover(uint64_t releasedSequence)
{
    if (Status loaded = loadCheckpoint(releasedSequence); !loaded)
        return loaded;
    const auto report =
        journal.open(std::max<uint64_t>(releasedSequence, checkpointed), lastSealedSequence,
                     [this](uint64_t sequence, std::string_view bytes) { replay(sequence, bytes); });
    group.clearSamples();
    if (!report)
        return report.error();
    damagedFrames += report->damagedFrames;
    tornFrames = report->tornFrames;
    head.publish(journal.nextSequence() - 1);
    sealedThrough.clear();
    countActive();
    publishFigures();
    return damagedFrames == 0 && damagedSections == 0 ? Status() : leaveDamageBehind();
}

void Engine::Parts::replay(uint64_t sequence, std::string_view bytes)
{
    group.clearSamples();
    if (!group.decode(bytes, defineFromDisk())) {
        damagedFrames++;
        return;
    }
    options.commits->committed(sequence, bytes);
    dropUnknown();
    const uint64_t before = head.samples();
    head.apply(group, sequence, clock.nowMs(), [&](int64_t timestampMs) {
        const auto it = sealedThrough.find(windowStart(timestampMs, head.windowMs()));
        return it == sealedThrough.end() || it->second < sequence;
    });
    recoveredSamples += head.samples() - before;
    for (Receipt &receipt : group.receipts)
        remember(std::move(receipt));
}

std::function<void(const SeriesDefinition &)> Engine::Parts::defineFromDisk()
{
    return [this](const SeriesDefinition &definition) {
        catalogue.restore(definition);
        shipper.keep(definition);
    };
}

void Engine::Parts::remember(Receipt receipt)
{
    shipper.keep({receipt});
    receipts.remember(std::move(receipt));
}

Status Engine::Parts::leaveDamageBehind()
{
    sealAll();
    sealer.release(journal.nextSequence() - 1);
    if (Status done = sealer.finish(); !done)
        return done;
    checkpoints.setAside();
    return {};
}

void Engine::Parts::dropUnknown()
{
    group.dropUnknown([this](SeriesId id) { return catalogue.knows(id); });
}

} // namespace plimsoll
