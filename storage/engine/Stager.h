#pragma once

#include "storage/engine/Catalogue.h"
#include "storage/engine/Group.h"
#include "storage/model/BatchSink.h"

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
    };

    Stager(Catalogue &catalogue, Group &group);

    /// Fills `accepted` and `rejections` of the answer.
    void stage(const Batch &batch, const Limits &limits, CommitReceipt &receipt);

private:
    struct Resolved
    {
        SeriesId id = 0; ///< 0: to be registered when its first sample is taken
        Kind kind = Kind::Gauge;
        bool relabels = false;
        std::string_view refusal; ///< the code, empty where it is fine
    };
    struct Observations
    {
        uint32_t series;
        int64_t timestampMs;
        Histogram histogram;
    };

    bool stagePlain(const Batch &batch, const Limits &limits);
    void learn(const Batch &batch);
    Kind kindOfNew(ProjectId project, std::string_view name, const Batch::Series &series);
    void resolve(const Batch &batch);
    Resolved resolveOne(const Batch &batch, const Batch::Series &series);
    SeriesId find(const Batch &batch, const Batch::Series &series);
    void tell(const KnownSeries &series, uint64_t generation, SeriesId id);
    Resolved resolveNew(const Batch &batch, const Batch::Series &series);
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

    uint64_t m_generation = 0;        ///< marks the ids that this object told to decoders
    uint64_t m_plainGeneration = 0;   ///< marks those of series whose numbers are taken as they are
    std::vector<SeriesId> m_plainIds; ///< by position in the batch
    Catalogue &m_catalogue;
    Group &m_group;
    std::vector<Resolved> m_resolved;                          ///< by position in the batch
    std::unordered_map<std::string_view, Kind> m_namesOfBatch; ///< kinds that new names of this batch get
    std::map<std::pair<ProjectId, std::string>, Kind, std::less<>>
        m_meanings;              ///< of names that no series has yet; bounded
    std::vector<bool> m_refused; ///< by item; empty while none is
    std::vector<Observations> m_observations;
    std::unordered_map<uint64_t, size_t> m_observationPlaces;
};

} // namespace plimsoll
