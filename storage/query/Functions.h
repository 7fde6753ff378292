#pragma once

#include "storage/model/ExactSum.h"
#include "storage/query/Context.h"

#include <span>

namespace plimsoll::promql {

class Evaluator;

/// Which columns of rollups a range function works on where samples are gone.
enum class RollupUse : uint8_t {
    Averages, ///< of each span
    Sums,     ///< with the number of samples as their weights
    Lows,
    Highs,
    Ends,    ///< the first and the last sample of each span
    Counter, ///< the same, corrected for resets by the stored increases
};

/// A point that a range function yields: a float, a histogram, or nothing.
struct Point
{
    double value = noPoint();
    HistogramPtr histogram;
};

/// The samples of one series in (startMs, endMs], without staleness markers.
struct Window
{
    std::span<const int64_t> times;
    std::span<const double> values;
    std::span<const int64_t> histogramTimes;
    std::span<const Histogram> histograms;
    int64_t startMs = 0; ///< exclusive
    int64_t endMs = 0;
    Kind kind = Kind::Untyped;
    const ExactSum *sum = nullptr;     ///< of the increments of a delta series, where the walk keeps it
    const Histogram *merged = nullptr; ///< the increments of a distribution, where the walk keeps them
    std::span<const double> weights;   ///< of the values, how many samples each sums up; empty: one each
    bool begun = false;                ///< a delta or distribution series that had samples at or before endMs

    size_t size() const { return times.size() + histogramTimes.size(); }
};

/// What a range function knows beyond the samples.
struct RangeCall
{
    Context &context;
    const Expr &expr;                   ///< the call
    const Expr &range;                  ///< its range vector argument
    const Labels &labels;               ///< of the series
    std::span<const double> parameters; ///< its scalar arguments at this step, in order
    int64_t timeMs = 0;                 ///< of this step

    std::string_view metricName() const { return labels.name(); }
    /// The infos and warnings that many functions share.
    void warnMixed() const;
    void informHistogramsIgnored() const;
};

using RangeFunction = Point (*)(const Window &, const RangeCall &);
using ElementFunction = double (*)(double);
using SpecialFunction = Value (*)(Evaluator &, const Expr &, const Call &, const Grid &);

/// One row of the function table: its type, and exactly one implementation.
struct FunctionRow
{
    std::string_view name;
    std::vector<ValueType> arguments;
    size_t minArguments = 0;  ///< the rest is optional
    bool repeatsLast = false; ///< the last argument may come any number of times
    ValueType returns = ValueType::InstantVector;
    RangeFunction range = nullptr;     ///< of the samples of a window
    ElementFunction element = nullptr; ///< of each float; histograms are left out
    SpecialFunction special = nullptr;
    bool keepsName = false;
    RollupUse rollups = RollupUse::Averages; ///< of range functions
    bool sumsIncrements =
        false; ///< sees delta and distribution series with zero increments between their samples

    size_t maxArguments() const { return repeatsLast ? SIZE_MAX : arguments.size(); }
    ValueType argumentType(size_t index) const { return arguments[std::min(index, arguments.size() - 1)]; }
};

/// The name of a counter ends in one of a few suffixes, or its type says so; elsewhere rate() is probably a
/// mistake, of which an info tells.
void informUnlessCounter(Kind kind, const RangeCall &call);

/// The row of that name, or null.
const FunctionRow *findFunction(std::string_view name);

/// The parts of the table, by file.
std::vector<FunctionRow> rangeFunctions();
std::vector<FunctionRow> elementFunctions();
std::vector<FunctionRow> scalarFunctions();
std::vector<FunctionRow> labelFunctions();

std::vector<FunctionRow> infoFunctions();
std::vector<FunctionRow> vectorFunctions();
std::vector<FunctionRow> histogramFunctions();

} // namespace plimsoll::promql
