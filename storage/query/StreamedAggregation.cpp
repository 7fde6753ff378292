#include "storage/query/StreamedAggregation.h"

#include "storage/query/Accumulators.h"
#include "storage/query/ExtendedRange.h"
#include "storage/query/InstantColumns.h"
#include "storage/query/RangeColumns.h"

#include <algorithm>
#include <memory>
#include <unordered_map>

namespace plimsoll::promql {

namespace {

constexpr double mostRanked = 10'000; // of topk and bottomk

/// Numbers the groups in the order in which they are met. The key of a group is put together without copies
/// of its labels.
class GroupNumbers
{
public:
    /// `isNamed` where the columns still have their metric names.
    GroupNumbers(const Aggregation &aggregation, bool isNamed)
        : m_names(aggregation.labels)
        , m_without(aggregation.without)
        , m_isNamed(isNamed)
    {
        std::ranges::sort(m_names);
        m_names.erase(std::unique(m_names.begin(), m_names.end()), m_names.end());
    }

    size_t of(const Labels &labels)
    {
        m_key.clear();
        for (const auto &[name, value] : labels) {
            if (takes(name)) {
                m_key.append(name).push_back('\xff'); // in no UTF-8 text
                m_key.append(value).push_back('\xff');
            }
        }
        const auto known = m_numbers.find(m_key);
        if (known != m_numbers.end())
            return known->second;
        m_numbers.emplace(m_key, m_labels.size());
        std::vector<Labels::Pair> kept;
        for (const auto &pair : labels) {
            if (takes(pair.first))
                kept.push_back(pair);
        }
        m_labels.push_back(std::make_shared<Labels>(std::move(kept)));
        return m_labels.size() - 1;
    }
    const LabelsPtr &labels(size_t group) const { return m_labels[group]; }

private:
    bool takes(const std::string &name) const
    {
        if (name == nameLabel && (m_without || !m_isNamed))
            return false;
        return m_without != std::ranges::binary_search(m_names, name);
    }

    std::vector<std::string> m_names;
    const bool m_without;
    const bool m_isNamed;
    std::string m_key;
    std::unordered_map<std::string, size_t> m_numbers;
    std::vector<LabelsPtr> m_labels;
};

/// What becomes of the columns of all groups.
class Folding
{
public:
    virtual ~Folding() = default;
    /// Returns how many points it holds more from now on.
    virtual size_t add(size_t group, const Column &column) = 0;
    virtual VectorValue finish(const GroupNumbers &groups) = 0;
};

struct Counter
{
    double count = 0;
    void add(double) { count++; }
    double value() const { return count; }
};
struct Presence
{
    void add(double) {}
    double value() const { return 1; }
};

template<typename Accumulator>
class FoldingInto final : public Folding
{
public:
    explicit FoldingInto(size_t steps)
        : m_steps(steps)
    {
    }

    size_t add(size_t group, const Column &column) override
    {
        const bool isNew = group == m_groups.size();
        if (isNew)
            m_groups.push_back({std::vector<Accumulator>(m_steps), std::vector<uint8_t>(m_steps)});
        auto &[accumulators, any] = m_groups[group];
        const double *values = column.values.data();
        for (size_t step = 0; step < m_steps; step++) {
            if (!isStale(values[step])) {
                accumulators[step].add(values[step]);
                any[step] = 1;
            }
        }
        return isNew ? m_steps : 0;
    }

    VectorValue finish(const GroupNumbers &groups) override
    {
        VectorValue result;
        for (size_t group = 0; group < m_groups.size(); group++) {
            Column &column = result.emplace_back(groups.labels(group), m_steps);
            for (size_t step = 0; step < m_steps; step++) {
                if (m_groups[group].any[step])
                    column.values[step] = m_groups[group].accumulators[step].value();
            }
        }
        return result;
    }

private:
    struct Group
    {
        std::vector<Accumulator> accumulators;
        std::vector<uint8_t> any;
    };
    const size_t m_steps;
    std::vector<Group> m_groups;
};

/// Keeps the best points of each step. NaN ranks last; of equal ones the first series counts.
class Ranking final : public Folding
{
public:
    Ranking(std::vector<size_t> places, bool greatestFirst, bool keepsNames)
        : m_places(std::move(places))
        , m_greatestFirst(greatestFirst)
        , m_keepsNames(keepsNames)
    {
    }

    size_t add(size_t group, const Column &column) override
    {
        if (group == m_groups.size())
            m_groups.emplace_back(m_places.size());
        const auto before = [this](const Ranked &a, const Ranked &b) { return ranksBefore(a, b); };
        bool any = false;
        size_t more = 0;
        for (size_t step = 0; step < m_places.size(); step++) {
            if (isStale(column.values[step]))
                continue;
            std::vector<Ranked> &best = m_groups[group][step];
            const Ranked next{column.values[step], m_members.size()};
            if (best.size() == m_places[step]) {
                if (!ranksBefore(next, best.front()))
                    continue;
                std::ranges::pop_heap(best, before);
                best.pop_back();
                more--;
            }
            best.push_back(next);
            std::ranges::push_heap(best, before);
            any = true;
            more++;
        }
        if (any)
            m_members.push_back(column.labels);
        return more;
    }

    VectorValue finish(const GroupNumbers &) override
    {
        VectorValue result;
        for (Steps &steps : m_groups)
            finishGroup(steps, result);
        return result;
    }

private:
    struct Ranked
    {
        double value;
        size_t member;
    };
    using Steps = std::vector<std::vector<Ranked>>;

    bool ranksBefore(const Ranked &a, const Ranked &b) const
    {
        if (std::isnan(a.value) || std::isnan(b.value)) {
            if (std::isnan(a.value) != std::isnan(b.value))
                return std::isnan(b.value);
        } else if (a.value != b.value) {
            return m_greatestFirst ? a.value > b.value : a.value < b.value;
        }
        return a.member < b.member;
    }

    /// At one instant the best comes first, over a range the series stay in order.
    void finishGroup(Steps &steps, VectorValue &result) const
    {
        std::vector<size_t> order;
        for (auto &best : steps) {
            std::ranges::sort(best, [this](const Ranked &a, const Ranked &b) { return ranksBefore(a, b); });
            for (const Ranked &ranked : best)
                order.push_back(ranked.member);
        }
        if (steps.size() > 1) {
            std::ranges::sort(order);
            order.erase(std::unique(order.begin(), order.end()), order.end());
        }
        std::unordered_map<size_t, size_t> places;
        for (const size_t member : order) {
            places.emplace(member, result.size());
            const LabelsPtr &labels = m_members[member];
            result.emplace_back(m_keepsNames ? labels : withoutName(labels), steps.size());
        }
        for (size_t step = 0; step < steps.size(); step++) {
            for (const Ranked &ranked : steps[step])
                result[places[ranked.member]].values[step] = ranked.value;
        }
    }

    const std::vector<size_t> m_places; ///< at each step
    const bool m_greatestFirst;
    const bool m_keepsNames;
    std::vector<Steps> m_groups;
    std::vector<LabelsPtr> m_members; ///< of those that were among the best at some time
};

std::unique_ptr<Folding> makeFolding(AggregateOp op, const ScalarValue &parameter, const Grid &grid,
                                     bool keepsNames)
{
    switch (op) {
    case AggregateOp::Sum:
        return std::make_unique<FoldingInto<Sum>>(grid.steps);
    case AggregateOp::Avg:
        return std::make_unique<FoldingInto<Mean>>(grid.steps);
    case AggregateOp::Min:
        return std::make_unique<FoldingInto<Smallest>>(grid.steps);
    case AggregateOp::Max:
        return std::make_unique<FoldingInto<Greatest>>(grid.steps);
    case AggregateOp::StdVar:
        return std::make_unique<FoldingInto<Variance>>(grid.steps);
    case AggregateOp::StdDev:
        return std::make_unique<FoldingInto<Deviation>>(grid.steps);
    case AggregateOp::Count:
        return std::make_unique<FoldingInto<Counter>>(grid.steps);
    case AggregateOp::Group:
        return std::make_unique<FoldingInto<Presence>>(grid.steps);
    case AggregateOp::TopK:
    case AggregateOp::BottomK: {
        const auto usable = [](double k) { return k >= 1 && k <= mostRanked; };
        if (!std::ranges::all_of(parameter, usable))
            return nullptr;
        return std::make_unique<Ranking>(std::vector<size_t>(parameter.begin(), parameter.end()),
                                         op == AggregateOp::TopK, keepsNames);
    }
    default:
        return nullptr;
    }
}

bool holdPlainFloats(const std::vector<SelectedStream> &streams)
{
    return std::ranges::all_of(streams, [](const SelectedStream &stream) {
        return stream.floats != 0 && stream.histograms == 0 && !addsUp(stream.kind);
    });
}

/// The type and unit go with the name, and series may differ by them only.
bool haveMetadata(const std::vector<SelectedStream> &streams)
{
    return std::ranges::any_of(streams, [](const SelectedStream &stream) {
        return stream.labels->contains("__type__") || stream.labels->contains("__unit__");
    });
}

/// Calls `each` with what takes the columns, and returns the aggregated ones.
template<typename Each>
VectorValue fold(Context &context, const Aggregation &aggregation, Folding &folding, bool isNamed,
                 const Each &each)
{
    GroupNumbers groups(aggregation, isNamed);
    each([&](Column &column, size_t) {
        if (const size_t more = folding.add(groups.of(*column.labels), column); more > 0)
            context.countPoints(more);
    });
    if (context.failed())
        return {};
    VectorValue result = folding.finish(groups);
    std::erase_if(result, [](const Column &column) { return column.empty(); });
    return result;
}

std::optional<VectorValue> foldInstants(Evaluator &evaluator, const Aggregation &aggregation,
                                        const VectorSelector &selector, Folding &folding, const Grid &grid)
{
    Context &context = evaluator.context();
    const InstantColumns columns(context, selector, evaluator.lookTimes(selector.shift, grid), false);
    if (!holdPlainFloats(columns.streams()))
        return std::nullopt;
    return fold(context, aggregation, folding, true, [&](const auto &take) { columns.each(take); });
}

/// Without their names only series of one metric surely differ.
std::optional<VectorValue> foldRanges(Evaluator &evaluator, const Aggregation &aggregation, const Expr &expr,
                                      const Call &call, Folding &folding, const Grid &grid)
{
    const FunctionRow &function = *call.function;
    const auto place = std::ranges::find_if(
        call.arguments, [](const auto &argument) { return argument->type == ValueType::RangeVector; });
    const auto *range = unwrapped(**place).as<RangeSelector>();
    Context &context = evaluator.context();
    if (!range || isExtended(**place) || (!function.keepsName && context.limits.delayedNames) ||
        (!function.keepsName && !namesOneMetric(*range->selector->as<VectorSelector>())))
        return std::nullopt;
    const auto ends = evaluator.windowEnds(**place, grid);
    const RangeStreams streams(context, *range, unwrapped(**place).position, ends, evaluator.rangeMs(**place),
                               function.sumsIncrements, function.rollups);
    if (!holdPlainFloats(streams.streams()) || (!function.keepsName && haveMetadata(streams.streams())))
        return std::nullopt;
    const auto arguments = evaluator.rangeArguments(call, grid);
    const RangeColumns columns(expr, call, **place, grid, arguments.parameters, ends,
                               evaluator.rangeMs(**place));
    return fold(context, aggregation, folding, function.keepsName,
                [&](const auto &take) { columns.each(context, streams, take); });
}

} // namespace

std::optional<VectorValue> streamAggregation(Evaluator &evaluator, const Aggregation &aggregation,
                                             const ScalarValue &parameter, const Grid &grid)
{
    const Expr &expr = unwrapped(*aggregation.expr);
    const auto *selector = expr.as<VectorSelector>();
    const auto *call = expr.as<Call>();
    const bool callsRange = call && call->function->range && !call->function->special;
    if (!selector && !callsRange)
        return std::nullopt;
    const bool keepsNames = selector || call->function->keepsName;
    const auto folding = makeFolding(aggregation.op, parameter, grid, keepsNames);
    if (!folding)
        return std::nullopt;
    return selector ? foldInstants(evaluator, aggregation, *selector, *folding, grid)
                    : foldRanges(evaluator, aggregation, expr, *call, *folding, grid);
}

} // namespace plimsoll::promql
