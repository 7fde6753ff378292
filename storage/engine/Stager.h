#pragma once

#include "storage/engine/Catalogue.h"
#include "storage/engine/Group.h"
#include "storage/engine/SeriesBudget.h"
#include "storage/model/BatchSink.h"

#include <deque>
#include <map>
#include <unordered_map>
#include <vector>

namespace plimsoll {

/// Takes batches into a group: resolves series, checks kinds and times, refuses items as a whole, registers
/// what is new. One thread uses it.
class Stager
{
public:
    struct Limits
    {
        int64_t oldestMs = 0; ///< inclusive
        int64_t newestMs = 0; ///< inclusive
        int64_t nowMs = 0;
    };

    Stager(Catalogue &catalogue, Group &group);

    /// Fills `accepted` and `rejections` of the answer. Series whose key a rule rewrites have that key in the
    /// batch afterwards.
    void stage(Batch &batch, const Limits &limits, CommitReceipt &receipt);

    SeriesBudget &budget() { return m_budget; }

private:
    struct Resolved
    {
        SeriesId id = 0; ///< 0: to be registered when its first sample is taken
        Kind kind = Kind::Gauge;
        bool relabels = false;
        std::string_view refusal; ///< the code, empty where it is fine
        uint32_t text = 0;        ///< in m_texts: the key that it has instead, or why it is refused; 0: none
        bool merged = false;      ///< with others that differ in dropped labels only
    };
    struct Observations
    {
        uint32_t series;
        int64_t timestampMs;
        Histogram histogram;
    };

    bool stagePlain(const Batch &batch, const Limits &limits);
    void followDrops(const Batch &batch);
    void forgetTold();
    static Limits tightened(Limits limits, const Batch &batch);
    void showRewritten(Batch &batch) const;
    void learn(const Batch &batch);
    Kind kindOfNew(ProjectId project, std::string_view name, const Batch::Series &series);
    void resolve(const Batch &batch);
    Resolved resolveOne(const Batch &batch, const Batch::Series &series);
    SeriesId find(const Batch &batch, const Batch::Series &series);
    void tell(const KnownSeries &series, uint64_t generation, SeriesId id);
    Resolved resolveNew(const Batch &batch, const Batch::Series &series);
    Resolved resolveKey(const Batch &batch, const Batch::Series &series, std::string_view key);
    Resolved resolveByRule(const Batch &batch, const Batch::Series &series);
    Resolved resolveUnder(const Batch &batch, const Batch::Series &series, std::string_view key,
                          uint32_t text, bool merges);
    Resolved joinStored(const Batch &batch, const Batch::Series &series, SeriesId id, uint32_t text,
                        bool merges);
    std::optional<Resolved> resolveMerged(const Batch &batch, const Batch::Series &series);
    bool mayMergeAs(const Batch &batch, const Batch::Series &series, std::string_view key);
    void tellOther(const Batch &batch, const Batch::Series &series, SeriesId id, bool merges);
    void leaveOutMarkers(Batch &batch) const;
    Resolved resolveBeyondBudget(const Batch &batch, const Batch::Series &series, std::string_view key,
                                 const Resolved &wanted);
    Resolved refusedStranger(const Batch &batch, const Batch::Series &series, std::string_view code,
                             std::string message);
    SeriesId define(const Batch &batch, std::string_view key, Kind kind);
    uint32_t keepText(std::string text);
    void tellStranger(const Batch &batch, const Batch::Series &series, SeriesId id);
    template<typename SampleType>
    void check(const Batch &batch, const SampleType &sample, bool finite, const Limits &limits,
               CommitReceipt &receipt);
    void refuse(const Batch &batch, uint32_t item, std::string_view code, std::string message,
                CommitReceipt &receipt);
    std::string conflictMessage(const Batch &batch, uint32_t series) const;
    bool refused(uint32_t item) const
    {
        return !m_refused.empty() && item < m_refused.size() && m_refused[item];
    }
    SeriesId idOf(const Batch &batch, uint32_t position);
    void takeFloats(const Batch &batch);
    void takeHistograms(const Batch &batch);
    void observe(uint32_t series, int64_t timestampMs, double value);
    void takeObservations(const Batch &batch);

    uint64_t m_generation = 0; ///< marks the ids that this object told to decoders
    uint64_t m_strangerGeneration =
        0;                          ///< marks those that stand for others, until the budget is looked at anew
    uint64_t m_plainGeneration = 0; ///< marks those of series whose numbers are taken as they are
    uint64_t m_mergedGeneration = 0;  ///< marks those that others share because of dropped labels
    uint64_t m_dropsVersion = 0;      ///< of the rules that the generations above were told by
    bool m_dropsLabels = false;       ///< of this batch
    bool m_merges = false;            ///< some series of this batch is merged
    std::vector<SeriesId> m_plainIds; ///< by position in the batch
    Catalogue &m_catalogue;
    Group &m_group;
    SeriesBudget m_budget;
    uint64_t m_pending = 0;                                    ///< new series of this batch
    std::deque<std::string> m_texts;                           ///< their bytes stay where they are
    std::vector<Resolved> m_resolved;                          ///< by position in the batch
    std::unordered_map<std::string_view, Kind> m_namesOfBatch; ///< kinds that new names of this batch get
    std::map<std::pair<ProjectId, std::string>, Kind, std::less<>>
        m_meanings;              ///< of names that no series has yet; bounded
    std::vector<bool> m_refused; ///< by item; empty while none is
    std::vector<Observations> m_observations;
    std::unordered_map<uint64_t, size_t> m_observationPlaces;
};

} // namespace plimsoll
