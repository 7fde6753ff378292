#include "storage/engine/Stager.h"

#include "storage/model/LabelsKey.h"

#include <algorithm>
#include <atomic>
#include <cmath>

namespace plimsoll {

namespace {

constexpr std::string_view kindConflict = "kind_conflict";
constexpr std::string_view badLabels = "bad_labels";
constexpr std::string_view overBudget = "over_series_budget";
constexpr size_t maxMessages = 1'000; ///< spelled out for one batch; what is refused beyond has its code only
constexpr size_t maxMeanings = 65'536;

/// Whether samples that say `said` may join a name of kind `known`: an untyped side does not know better.
bool joins(Kind known, Kind said)
{
    const auto plain = [](Kind kind) {
        return kind == Kind::Gauge || kind == Kind::Counter || kind == Kind::Untyped;
    };
    return known == said ||
           (plain(known) && plain(said) && (known == Kind::Untyped || said == Kind::Untyped));
}

std::string quoted(std::string_view name)
{
    return name.empty() ? "This series" : "The metric " + std::string(name);
}

/// Of ids that were told to decoders, over all stagers.
std::atomic<uint32_t> lastGeneration = 0;

/// Whether numbers of a series are taken as they are. No later relabelling changes that.
bool isPlain(Kind kind) { return !holdsHistograms(kind) && kind != Kind::Delta; }

/// The number that a histogram sample stands for where the series holds numbers.
double numberOf(const Histogram &histogram, Kind kind)
{
    return addsUp(kind) || histogram.count() == 0 ? histogram.sum() : histogram.sum() / histogram.count();
}

} // namespace

Stager::Stager(Catalogue &catalogue, Group &group)
    : m_catalogue(catalogue)
    , m_group(group)
    , m_budget(catalogue)
{
    forgetTold();
}

/// All series that decoders remember are looked at once more.
void Stager::forgetTold()
{
    for (uint64_t *generation :
         {&m_generation, &m_plainGeneration, &m_strangerGeneration, &m_mergedGeneration})
        *generation = ++lastGeneration;
}

/// The bounds of time of the batch's own rule, within those of the engine.
Stager::Limits Stager::tightened(Limits limits, const Batch &batch)
{
    if (!batch.rule)
        return limits;
    if (const int64_t age = batch.rule->maxAgeMs(); age > 0)
        limits.oldestMs = std::max(limits.oldestMs, limits.nowMs - age);
    if (const int64_t ahead = batch.rule->maxFutureMs(); ahead > 0)
        limits.newestMs = std::min(limits.newestMs, limits.nowMs + ahead);
    return limits;
}

void Stager::stage(Batch &batch, const Limits &widest, CommitReceipt &receipt)
{
    receipt.rejections.clear();
    if (m_budget.advance(widest.nowMs))
        m_strangerGeneration = ++lastGeneration;
    followDrops(batch);
    const Limits limits = tightened(widest, batch);
    if (stagePlain(batch, limits)) {
        receipt.accepted = batch.itemCount;
        return;
    }
    m_refused.clear();
    for (const Rejection &rejection : batch.rejections)
        refuse(batch, rejection.item, rejection.code, rejection.message, receipt);
    learn(batch);
    resolve(batch);
    showRewritten(batch);
    if (m_merges)
        leaveOutMarkers(batch);
    for (const auto &sample : batch.floats)
        check(batch, sample, std::isfinite(sample.value), limits, receipt);
    for (const auto &sample : batch.histograms)
        check(batch, sample, true, limits, receipt);
    takeFloats(batch);
    takeHistograms(batch);
    takeObservations(batch);
    const auto refusedItems = static_cast<uint32_t>(std::count(m_refused.begin(), m_refused.end(), true));
    receipt.accepted = batch.itemCount - std::min(batch.itemCount, refusedItems);
    std::stable_sort(receipt.rejections.begin(), receipt.rejections.end(),
                     [](const Rejection &a, const Rejection &b) { return a.item < b.item; });
}

/// Takes a batch of which nothing needs a second look: floats in time, of series whose numbers are taken as
/// they are. False, and nothing is done, for any other.
bool Stager::stagePlain(const Batch &batch, const Limits &limits)
{
    if (!batch.rejections.empty() || !batch.histograms.empty() || !batch.meanings.empty())
        return false;
    m_plainIds.clear();
    for (const Batch::Series &series : batch.series) {
        const uint64_t resolved =
            series.known ? series.known->resolved.load(std::memory_order_relaxed) : uint64_t(0);
        if (resolved >> 32 != m_plainGeneration)
            return false;
        m_plainIds.push_back(static_cast<SeriesId>(resolved));
    }
    int64_t oldestMs = INT64_MAX;
    int64_t newestMs = INT64_MIN;
    for (const auto &sample : batch.floats) {
        oldestMs = std::min(oldestMs, sample.timestampMs);
        newestMs = std::max(newestMs, sample.timestampMs);
    }
    if (!batch.floats.empty() && (oldestMs < limits.oldestMs || newestMs > limits.newestMs))
        return false;
    m_group.addFloats(batch.floats, m_plainIds);
    if (batch.rule) {
        for (const SeriesId id : m_plainIds)
            m_budget.seen().touch(id, batch.project);
    }
    return true;
}

/// Whoever looks at the batch afterwards sees what was stored, not what was sent.
void Stager::showRewritten(Batch &batch) const
{
    for (size_t i = 0; i < m_resolved.size(); i++) {
        const Resolved &resolved = m_resolved[i];
        if (resolved.text != 0 && resolved.refusal.empty() && !batch.series[i].known)
            batch.series[i].key = SparseText(m_texts[resolved.text]);
    }
}

/// What senders say of names counts where nothing better is known. It is written down with a series of that
/// name, so it waits in memory for the first one.
void Stager::learn(const Batch &batch)
{
    for (const Batch::Meaning &meaning : batch.meanings) {
        const auto known = m_catalogue.kindOf(batch.project, meaning.name);
        if (known == Kind::Untyped && joins(*known, meaning.kind)) {
            const auto series = m_catalogue.anyOf(batch.project, meaning.name);
            if (!series)
                continue;
            m_catalogue.relabel(batch.project, meaning.name, meaning.kind);
            m_group.definitions.add({series->id, batch.project, meaning.kind, series->key});
        } else if (!known && m_meanings.size() < maxMeanings) {
            m_meanings[{batch.project, meaning.name}] = meaning.kind;
        }
    }
}

/// The kind of a name that has no series yet.
Kind Stager::kindOfNew(ProjectId project, std::string_view name, const Batch::Series &series)
{
    if (series.kind != Kind::Untyped || m_meanings.empty())
        return series.kind;
    const auto found = m_meanings.find(std::make_pair(project, std::string(name)));
    return found == m_meanings.end() ? series.kind : found->second;
}

void Stager::resolve(const Batch &batch)
{
    m_namesOfBatch.clear();
    m_resolved.clear();
    m_resolved.reserve(batch.series.size());
    m_texts.resize(1);
    m_pending = 0;
    m_merges = false;
    m_budget.begin(batch);
    for (const Batch::Series &series : batch.series)
        m_resolved.push_back(resolveOne(batch, series));
}

Stager::Resolved Stager::resolveOne(const Batch &batch, const Batch::Series &series)
{
    if (m_dropsLabels) {
        if (const auto merged = resolveMerged(batch, series))
            return *merged;
    }
    const SeriesId id = find(batch, series);
    if (id == 0)
        return batch.rule ? resolveByRule(batch, series) : resolveNew(batch, series);
    if (batch.rule)
        m_budget.seen().touch(id, batch.project);
    const Kind known = m_catalogue.kindOf(id);
    if (series.adoptsKind || known == series.kind) {
        if (series.known && isPlain(known))
            tell(*series.known, m_plainGeneration, id);
        return {id, known, false, {}};
    }
    if (!joins(known, series.kind))
        return {id, known, false, kindConflict};
    return {id, known == Kind::Untyped ? series.kind : known, known == Kind::Untyped, {}};
}

/// A decoder that remembers the series saves the look-up, once we told it the id.
SeriesId Stager::find(const Batch &batch, const Batch::Series &series)
{
    if (!series.known)
        return m_catalogue.find(batch.project, series.key.view());
    const uint64_t resolved = series.known->resolved.load(std::memory_order_relaxed);
    const uint64_t generation = resolved >> 32;
    if (generation == m_generation || generation == m_plainGeneration ||
        (generation == m_strangerGeneration && static_cast<SeriesId>(resolved) != 0))
        return static_cast<SeriesId>(resolved);
    series.known->standForItself();
    const SeriesId id = m_catalogue.find(batch.project, series.known->key());
    if (id != 0)
        tell(*series.known, m_generation, id);
    return id;
}

void Stager::tell(const KnownSeries &series, uint64_t generation, SeriesId id)
{
    series.resolved.store(generation << 32 | id, std::memory_order_relaxed);
    series.borrow(m_catalogue.keyOf(id));
}

/// What a rule makes of a series that nobody knows: bounds, another key, and the budget.
Stager::Resolved Stager::resolveByRule(const Batch &batch, const Batch::Series &series)
{
    const std::string_view key = series.canonicalKey();
    return isLabelsKey(key) ? resolveUnder(batch, series, key, 0, false)
                            : Resolved{0, series.kind, false, badLabels};
}

/// The same for a key, which is that of `text` where it is not the sender's.
Stager::Resolved Stager::resolveUnder(const Batch &batch, const Batch::Series &series, std::string_view key,
                                      uint32_t text, bool merges)
{
    if (auto refusal = batch.rule->refusal(key))
        return refusedStranger(batch, series, refusal->code, std::move(refusal->message));
    if (auto other = batch.rule->rewritten(key)) {
        text = keepText(std::move(*other));
        key = m_texts[text];
        if (const SeriesId id = m_catalogue.find(batch.project, key); id != 0)
            return joinStored(batch, series, id, text, merges);
    }
    Resolved wanted = resolveKey(batch, series, key);
    wanted.text = text;
    wanted.merged = merges;
    if (!wanted.refusal.empty())
        return wanted;
    if (m_budget.isFull(batch.project, batch.rule->maxActiveSeries(), m_pending))
        return resolveBeyondBudget(batch, series, std::string(key), wanted);
    if (text != 0) {
        wanted.id = define(batch, key, wanted.kind);
        tellOther(batch, series, wanted.id, merges);
        return wanted;
    }
    m_pending++;
    return wanted;
}

/// A series whose samples go to a stored one of another key.
Stager::Resolved Stager::joinStored(const Batch &batch, const Batch::Series &series, SeriesId id,
                                    uint32_t text, bool merges)
{
    m_budget.seen().touch(id, batch.project);
    tellOther(batch, series, id, merges);
    const Kind known = m_catalogue.kindOf(id);
    const bool fits = series.adoptsKind || joins(known, series.kind);
    return {id, known, false, fits ? std::string_view() : kindConflict, text, merges};
}

/// Registers a series at once, because others of the same batch may stand for it too.
SeriesId Stager::define(const Batch &batch, std::string_view key, Kind kind)
{
    const SeriesId id = m_catalogue.add(batch.project, key, kind);
    m_group.definitions.add({id, batch.project, kind, m_catalogue.keyOf(id)});
    m_budget.seen().touch(id, batch.project);
    return id;
}

/// Increments and observations add up, so they may be counted under a label that stands for many.
Stager::Resolved Stager::resolveBeyondBudget(const Batch &batch, const Batch::Series &series,
                                             std::string_view key, const Resolved &wanted)
{
    if (addsUp(wanted.kind)) {
        const uint64_t most = batch.rule->maxActiveSeries();
        for (const std::string &folded : m_budget.folded(batch.project, key)) {
            SeriesId id = m_catalogue.find(batch.project, folded);
            if (id == 0 && !m_budget.isFull(batch.project, most + SeriesBudget::reserve(most), m_pending)) {
                id = define(batch, folded, wanted.kind);
                m_budget.noteNewFold(batch.project, key);
            }
            if (id == 0)
                continue;
            m_budget.seen().touch(id, batch.project);
            m_budget.noteFolded(batch.project, key);
            tellStranger(batch, series, id);
            return {id, wanted.kind, false, {}, keepText(folded)};
        }
    }
    m_budget.noteRefused(batch.project, key);
    return refusedStranger(batch, series, overBudget, m_budget.refusalMessage(batch.project, key));
}

Stager::Resolved Stager::refusedStranger(const Batch &batch, const Batch::Series &series,
                                         std::string_view code, std::string message)
{
    tellStranger(batch, series, 0);
    return {0, series.kind, false, code, keepText(std::move(message))};
}

uint32_t Stager::keepText(std::string text)
{
    m_texts.push_back(std::move(text));
    return static_cast<uint32_t>(m_texts.size() - 1);
}

/// A series that is not stored as it is: its decoder may remember it for a while, but not very many such.
void Stager::tellStranger(const Batch &batch, const Batch::Series &series, SeriesId id)
{
    if (!series.known)
        return;
    const uint64_t before = series.known->resolved.load(std::memory_order_relaxed);
    if (before >> 32 != m_strangerGeneration && batch.knownOwner)
        batch.knownOwner->strangers.fetch_add(1, std::memory_order_relaxed);
    series.known->resolved.store(m_strangerGeneration << 32 | id, std::memory_order_relaxed);
}

Stager::Resolved Stager::resolveNew(const Batch &batch, const Batch::Series &series)
{
    return resolveKey(batch, series, series.canonicalKey());
}

Stager::Resolved Stager::resolveKey(const Batch &batch, const Batch::Series &series, std::string_view key)
{
    if (!isLabelsKey(key))
        return {0, series.kind, false, badLabels};
    const std::string_view name = nameInKey(key);
    auto known = m_catalogue.kindOf(batch.project, name);
    if (!known)
        known = m_namesOfBatch.try_emplace(name, kindOfNew(batch.project, name, series)).first->second;
    if (series.adoptsKind || *known == series.kind)
        return {0, *known, false, {}};
    if (!joins(*known, series.kind))
        return {0, *known, false, kindConflict};
    return {0, *known == Kind::Untyped ? series.kind : *known, false, {}};
}

template<typename SampleType>
void Stager::check(const Batch &batch, const SampleType &sample, bool finite, const Limits &limits,
                   CommitReceipt &receipt)
{
    const Resolved &resolved = m_resolved[sample.series];
    const bool inTime = sample.timestampMs >= limits.oldestMs && sample.timestampMs <= limits.newestMs;
    if (inTime && resolved.refusal.empty() && (finite || resolved.kind != Kind::Delta)) [[likely]]
        return;
    if (resolved.refusal == kindConflict)
        refuse(batch, sample.item, kindConflict, conflictMessage(batch, sample.series), receipt);
    else if (resolved.text != 0 && !resolved.refusal.empty())
        refuse(batch, sample.item, resolved.refusal, m_texts[resolved.text], receipt);
    else if (!resolved.refusal.empty())
        refuse(batch, sample.item, resolved.refusal, "The labels of this sample are not valid.", receipt);
    else if (sample.timestampMs < limits.oldestMs)
        refuse(batch, sample.item, "too_old", "The timestamp is older than anything that is kept.", receipt);
    else if (sample.timestampMs > limits.newestMs)
        refuse(batch, sample.item, "in_future", "The timestamp is too far ahead of the server's clock.",
               receipt);
    else
        refuse(batch, sample.item, "bad_value", "An increment must be a finite number.", receipt);
}

std::string Stager::conflictMessage(const Batch &batch, uint32_t series) const
{
    const Batch::Series &said = batch.series[series];
    return quoted(nameInKey(said.canonicalKey())) + " is of kind " +
           std::string(kindName(m_resolved[series].kind)) + ", and this sample says " +
           std::string(kindName(said.kind)) + ".";
}

void Stager::refuse(const Batch &batch, uint32_t item, std::string_view code, std::string message,
                    CommitReceipt &receipt)
{
    if (m_refused.size() <= item)
        m_refused.resize(std::max<size_t>(batch.itemCount, item + size_t(1)));
    if (m_refused[item])
        return;
    m_refused[item] = true;
    if (receipt.rejections.size() >= maxMessages)
        message.clear();
    receipt.rejections.push_back({item, std::string(code), std::move(message)});
}

SeriesId Stager::idOf(const Batch &batch, uint32_t position)
{
    Resolved &resolved = m_resolved[position];
    if (resolved.id != 0 && !resolved.relabels) [[likely]]
        return resolved.id;
    const Batch::Series &series = batch.series[position];
    if (resolved.id == 0) {
        resolved.id = m_catalogue.add(batch.project, series.canonicalKey(), resolved.kind);
        if (batch.rule)
            m_budget.seen().touch(resolved.id, batch.project);
    }
    const std::string_view key = m_catalogue.keyOf(resolved.id);
    if (resolved.relabels)
        m_catalogue.relabel(batch.project, nameInKey(key), resolved.kind);
    resolved.relabels = false;
    m_group.definitions.add({resolved.id, batch.project, resolved.kind, key});
    if (series.known && isPlain(resolved.kind) && (series.adoptsKind || series.kind == resolved.kind))
        tell(*series.known, m_plainGeneration, resolved.id);
    return resolved.id;
}

void Stager::takeFloats(const Batch &batch)
{
    const bool all = m_refused.empty();
    m_group.ids.reserve(m_group.ids.size() + batch.floats.size());
    m_group.timesMs.reserve(m_group.timesMs.size() + batch.floats.size());
    m_group.values.reserve(m_group.values.size() + batch.floats.size());
    for (const auto &sample : batch.floats) {
        if (!all && refused(sample.item))
            continue;
        const SeriesId id = idOf(batch, sample.series);
        if (holdsHistograms(m_resolved[sample.series].kind)) {
            observe(sample.series, sample.timestampMs, sample.value);
            continue;
        }
        m_group.ids.push_back(id);
        m_group.timesMs.push_back(sample.timestampMs);
        m_group.values.push_back(sample.value);
    }
}

void Stager::takeHistograms(const Batch &batch)
{
    for (const auto &sample : batch.histograms) {
        if (refused(sample.item))
            continue;
        const SeriesId id = idOf(batch, sample.series);
        const Kind kind = m_resolved[sample.series].kind;
        if (holdsHistograms(kind)) {
            m_group.addHistogram(id, sample.timestampMs, sample.value.encode());
            continue;
        }
        m_group.ids.push_back(id);
        m_group.timesMs.push_back(sample.timestampMs);
        m_group.values.push_back(numberOf(sample.value, kind));
    }
}

/// Observations of one series and instant become one histogram.
void Stager::observe(uint32_t series, int64_t timestampMs, double value)
{
    const uint64_t key = static_cast<uint64_t>(timestampMs) << 20 ^ series;
    const auto [it, isNew] = m_observationPlaces.try_emplace(key, m_observations.size());
    if (!isNew) {
        Observations &known = m_observations[it->second];
        if (known.series == series && known.timestampMs == timestampMs)
            return known.histogram.observe(value);
        it->second = m_observations.size();
    }
    m_observations.push_back({series, timestampMs, Histogram()});
    m_observations.back().histogram.observe(value);
}

void Stager::takeObservations(const Batch &batch)
{
    for (const Observations &entry : m_observations)
        m_group.addHistogram(idOf(batch, entry.series), entry.timestampMs, entry.histogram.encode());
    m_observations.clear();
    m_observationPlaces.clear();
}

} // namespace plimsoll
