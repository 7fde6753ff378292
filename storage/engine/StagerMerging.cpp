#include "storage/engine/Stager.h"

#include "storage/model/LabelsKey.h"
#include "storage/model/Staleness.h"

#include <algorithm>

namespace plimsoll {

/// After a change of what is dropped, what was told to decoders holds no longer. The number is read before
/// anything else: what changes in between is looked at again with the next batch.
void Stager::followDrops(const Batch &batch)
{
    m_dropsLabels = false;
    if (!batch.rule)
        return;
    if (const uint64_t now = batch.rule->dropsVersion(); now != m_dropsVersion) {
        m_dropsVersion = now;
        forgetTold();
    }
    m_dropsLabels = batch.rule->dropsLabels();
}

/// The series without the labels that are dropped of its metric; nothing for one that stays as it is. What
/// decoders know already is not looked at again.
std::optional<Stager::Resolved> Stager::resolveMerged(const Batch &batch, const Batch::Series &series)
{
    if (series.known) {
        const uint64_t resolved = series.known->resolved.load(std::memory_order_relaxed);
        const auto id = static_cast<SeriesId>(resolved);
        const uint64_t generation = resolved >> 32;
        if (generation == m_mergedGeneration) {
            m_merges = true;
            m_budget.seen().touch(id, batch.project);
            return Resolved{id, m_catalogue.kindOf(id), false, {}, 0, true};
        }
        if (generation == m_generation || generation == m_plainGeneration ||
            (generation == m_strangerGeneration && id != 0))
            return std::nullopt;
        series.known->standForItself();
    }
    const std::string_view sent = series.canonicalKey();
    if (!isLabelsKey(sent) || !mayMergeAs(batch, series, sent))
        return std::nullopt;
    auto without = batch.rule->withoutDropped(sent);
    if (!without)
        return std::nullopt;
    m_merges = true;
    const uint32_t text = keepText(*std::move(without));
    const std::string_view key = m_texts[text];
    const SeriesId id = m_catalogue.find(batch.project, key);
    return id != 0 ? joinStored(batch, series, id, text, true) : resolveUnder(batch, series, key, text, true);
}

/// Whether samples of this series may share one with others. A name of unknown meaning may not: it may turn
/// out to be a running total.
bool Stager::mayMergeAs(const Batch &batch, const Batch::Series &series, std::string_view key)
{
    const auto known = m_catalogue.kindOf(batch.project, nameInKey(key));
    if (known && !mayMerge(*known))
        return false;
    const Resolved itself = resolveKey(batch, series, key);
    return itself.refusal.empty() && mayMerge(itself.kind);
}

/// Tells a decoder of a series that is stored under another key. Very many that are merged are forgotten, as
/// other strangers are.
void Stager::tellOther(const Batch &batch, const Batch::Series &series, SeriesId id, bool merges)
{
    if (!series.known)
        return;
    if (!merges)
        return tell(*series.known, m_generation, id);
    if (batch.knownOwner)
        batch.knownOwner->strangers.fetch_add(1, std::memory_order_relaxed);
    series.known->resolved.store(m_mergedGeneration << 32 | id, std::memory_order_relaxed);
    series.known->standFor(m_catalogue.keyOf(id));
}

/// Where one of several sources ends, the gauge that they share goes on.
void Stager::leaveOutMarkers(Batch &batch) const
{
    std::erase_if(batch.floats, [this](const Batch::FloatSample &sample) {
        const Resolved &resolved = m_resolved[sample.series];
        return resolved.merged && resolved.kind == Kind::Gauge && isStale(sample.value);
    });
}

} // namespace plimsoll
