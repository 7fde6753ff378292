#pragma once

#include "storage/engine/ActiveSeries.h"
#include "storage/engine/Catalogue.h"
#include "storage/model/SeriesUse.h"

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace plimsoll {

/// What new series a project may still add, and what becomes of those that are too many.
///
/// One thread uses it; use() is for any.
class SeriesBudget
{
public:
    /// The value of a label whose true value was too much.
    static constexpr std::string_view otherValue = "__other__";

    explicit SeriesBudget(const Catalogue &catalogue);

    ActiveSeries &seen() { return m_seen; }
    /// True where what was decided before may be decided otherwise now.
    bool advance(int64_t nowMs);
    /// A batch that is looked at from now on, until the next; its labels count where the catalogue does not
    /// have them yet. It must outlive that.
    void begin(const Batch &batch)
    {
        m_batch = &batch;
        m_batchKnown = false;
    }

    /// Whether a project with this budget has no room for one more series; `pending` are on their way.
    bool isFull(ProjectId project, uint64_t maxActive, uint64_t pending) const
    {
        return maxActive > 0 && m_seen.active(project) + pending >= maxActive;
    }

    /// The keys under which increments or observations of a series that is too much may be counted, the best
    /// first: with its label of the most values folded, and with all its labels folded.
    std::vector<std::string> folded(ProjectId project, std::string_view key);
    /// How many series beyond the budget folding may make: there must be something to fold into.
    static uint64_t reserve(uint64_t maxActive) { return maxActive / 20 + 64; }

    /// Notes what became of one.
    void noteFolded(ProjectId project, std::string_view key);
    /// Notes that folding made a new series: if little was known of the metric's labels, they are looked at
    /// anew.
    void noteNewFold(ProjectId project, std::string_view key);
    void noteRefused(ProjectId project, std::string_view key);
    /// Why one was refused, for people.
    std::string refusalMessage(ProjectId project, std::string_view key);

    SeriesUse use(ProjectId project) const;

private:
    static constexpr size_t maxNames = 10'000;
    static constexpr size_t maxExcess = 1'000;
    static constexpr uint64_t fewValues = 1'000;

    using Values = std::map<std::string_view, std::unordered_set<std::string_view>>; ///< by label

    struct LabelCount
    {
        std::string label;
        uint64_t values = 0;
    };
    using Names = std::map<std::pair<ProjectId, std::string>, std::vector<LabelCount>, std::less<>>;

    /// The labels of a metric and how many values each had at the last look, the most first.
    const std::vector<LabelCount> &labelsOf(ProjectId project, std::string_view name);
    /// The label of this series with the most values, and how many.
    LabelCount heaviestOf(ProjectId project, std::string_view key);
    /// The same with bytes of their own: those of a batch may go while it is resolved.
    using OwnValues = std::map<std::string, std::unordered_set<std::string>, std::less<>>;
    const OwnValues *valuesInBatch(std::string_view name);
    SeriesUse::Excess &excess(ProjectId project, std::string_view key);

    const Catalogue &m_catalogue;
    ActiveSeries m_seen;
    Names m_names;
    const Batch *m_batch = nullptr;
    bool m_batchKnown = false;
    std::map<std::string, OwnValues, std::less<>> m_batchValues; ///< by metric, once m_batchKnown
    mutable std::mutex m_mutex;                                  ///< of what follows
    std::map<std::pair<ProjectId, std::string>, SeriesUse::Excess> m_excess;
};

} // namespace plimsoll
