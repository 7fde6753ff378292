#pragma once

#include "storage/model/Histogram.h"
#include "storage/model/Labels.h"
#include "storage/model/Staleness.h"

#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace plimsoll::promql {

using LabelsPtr = std::shared_ptr<const Labels>;
using HistogramPtr = std::shared_ptr<const Histogram>;

/// The evaluation times of a query or subquery: startMs + i * stepMs for i < steps.
struct Grid
{
    int64_t startMs = 0;
    int64_t stepMs = 0; ///< 0 for a single instant
    size_t steps = 1;
    std::optional<int64_t> askedEndMs = {}; ///< of a query over a range, whose last step may lie before it

    int64_t at(size_t step) const { return startMs + static_cast<int64_t>(step) * stepMs; }
    int64_t lastMs() const { return at(steps - 1); }
    int64_t endMs() const { return askedEndMs.value_or(lastMs()); }
    static Grid instant(int64_t timeMs) { return {timeMs, 0, 1}; }
};

/// In columns a staleness marker stands where there is no point.
inline double noPoint() { return std::bit_cast<double>(staleBits); }

/// One series of an instant vector over all steps of a grid, as a column.
struct Column
{
    LabelsPtr labels;
    std::vector<double> values;           ///< one per step; noPoint() where there is none or a histogram
    std::vector<HistogramPtr> histograms; ///< empty, or one per step; null where there is none
    bool decimal = false;                 ///< sums of increments: summing them up must stay exact
    bool dropsName = false;               ///< the name goes at the end of the query

    Column() = default;
    Column(LabelsPtr labels, size_t steps)
        : labels(std::move(labels))
        , values(steps, noPoint())
    {
    }

    /// Empties it for another series; keeps its memory.
    void restart(LabelsPtr newLabels, size_t steps)
    {
        labels = std::move(newLabels);
        values.assign(steps, noPoint());
        histograms.clear();
        decimal = false;
        dropsName = false;
    }
    bool hasFloat(size_t step) const { return !isStale(values[step]); }
    bool hasHistogram(size_t step) const { return !histograms.empty() && histograms[step]; }
    bool has(size_t step) const { return hasFloat(step) || hasHistogram(step); }
    bool empty() const;
    void setHistogram(size_t step, HistogramPtr histogram);
    void clear(size_t step);
    /// Copies the point of another column.
    void take(size_t step, const Column &other);
};

using VectorValue = std::vector<Column>;
using ScalarValue = std::vector<double>; ///< one per step
using Value = std::variant<ScalarValue, VectorValue, std::string>;

/// The same labels without the metric name, and without the type and unit that belong to it.
LabelsPtr withoutName(const LabelsPtr &labels);
void removeName(Labels &labels);

/// The labels by which `by (names)` or `without (names)` groups.
Labels groupLabels(const Labels &labels, const std::vector<std::string> &names, bool without);

/// Joins columns of equal labels; false where two of them have a point at the same step.
bool joinEqualLabels(VectorValue &vector);

} // namespace plimsoll::promql
