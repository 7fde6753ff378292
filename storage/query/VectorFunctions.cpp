#include "storage/query/Evaluator.h"
#include "storage/query/Text.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace plimsoll::promql {

namespace {

const auto emptyLabels = std::make_shared<const Labels>();

Column scalarColumn(ScalarValue values)
{
    Column column(emptyLabels, 0);
    column.values = std::move(values);
    return column;
}

/// Applies a function to each float of a vector, with a scalar argument at each step; histograms are left
/// out.
template<typename Function>
VectorValue mapFloats(Evaluator &evaluator, const Expr &argument, const Grid &grid, Function function)
{
    VectorValue result = evaluator.vector(argument, grid);
    dropNames(result);
    for (Column &column : result) {
        column.decimal = false;
        column.histograms.clear();
        for (size_t step = 0; step < grid.steps; step++) {
            if (column.hasFloat(step))
                column.values[step] = function(column.values[step], step);
        }
    }
    std::erase_if(result, [](const Column &column) { return column.empty(); });
    evaluator.requireUnique(result);
    return result;
}

// --- scalars ---

Value timeFunction(Evaluator &, const Expr &, const Call &, const Grid &grid)
{
    ScalarValue times(grid.steps);
    for (size_t step = 0; step < grid.steps; step++)
        times[step] = static_cast<double>(grid.at(step)) / 1000;
    return times;
}

Value piFunction(Evaluator &, const Expr &, const Call &, const Grid &grid)
{
    return ScalarValue(grid.steps, std::numbers::pi);
}

Value startFunction(Evaluator &evaluator, const Expr &, const Call &, const Grid &grid)
{
    return ScalarValue(grid.steps, static_cast<double>(evaluator.context().grid.startMs) / 1000);
}

Value endFunction(Evaluator &evaluator, const Expr &, const Call &, const Grid &grid)
{
    return ScalarValue(grid.steps, static_cast<double>(evaluator.context().grid.endMs()) / 1000);
}

Value stepFunction(Evaluator &evaluator, const Expr &, const Call &, const Grid &grid)
{
    return ScalarValue(grid.steps, static_cast<double>(evaluator.context().grid.stepMs) / 1000);
}

Value rangeFunction(Evaluator &evaluator, const Expr &, const Call &, const Grid &grid)
{
    const Grid &whole = evaluator.context().grid;
    return ScalarValue(grid.steps, static_cast<double>(whole.endMs() - whole.startMs) / 1000);
}

/// The smaller or greater of two scalars; NaN wins over both.
Value extremeOf(Evaluator &evaluator, const Call &call, const Grid &grid, bool greater)
{
    ScalarValue left = evaluator.scalar(*call.arguments[0], grid);
    const ScalarValue right = evaluator.scalar(*call.arguments[1], grid);
    for (size_t step = 0; step < grid.steps; step++) {
        const bool takesRight =
            std::isnan(right[step]) || (greater ? right[step] > left[step] : right[step] < left[step]);
        if (takesRight && !std::isnan(left[step]))
            left[step] = right[step];
    }
    return left;
}

Value minOf(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    return extremeOf(evaluator, call, grid, false);
}
Value maxOf(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    return extremeOf(evaluator, call, grid, true);
}

Value scalarFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    const VectorValue vector = evaluator.vector(*call.arguments[0], grid);
    ScalarValue result(grid.steps, __builtin_nan(""));
    std::vector<uint32_t> counts(grid.steps, 0);
    for (const Column &column : vector) {
        for (size_t step = 0; step < grid.steps; step++) {
            if (column.hasFloat(step))
                result[step] = ++counts[step] == 1 ? column.values[step] : __builtin_nan("");
        }
    }
    return result;
}

Value vectorFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    VectorValue result;
    result.push_back(scalarColumn(evaluator.scalar(*call.arguments[0], grid)));
    return result;
}

Value timestampFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    VectorValue result;
    if (const auto *selector = unwrapped(*call.arguments[0]).as<VectorSelector>()) {
        result = evaluator.instantSelector(*selector, grid, true);
    } else {
        result = evaluator.vector(*call.arguments[0], grid);
        for (Column &column : result) {
            for (size_t step = 0; step < grid.steps; step++) {
                if (column.has(step)) {
                    column.clear(step);
                    column.values[step] = static_cast<double>(grid.at(step)) / 1000;
                }
            }
        }
    }
    dropNames(result);
    evaluator.requireUnique(result);
    return result;
}

// --- absent ---

/// The labels that a missing series would have, as far as the selector tells.
LabelsPtr absentLabels(const Expr &expr)
{
    const Expr &inner = unwrapped(expr);
    const auto *selector = inner.as<VectorSelector>();
    if (const auto *range = inner.as<RangeSelector>())
        selector = range->selector->as<VectorSelector>();
    auto labels = std::make_shared<Labels>();
    std::vector<std::string_view> seen;
    for (const Matcher &matcher : selector ? selector->matchers : std::vector<Matcher>()) {
        if (matcher.name == nameLabel)
            continue;
        const bool isNew = std::ranges::find(seen, matcher.name) == seen.end();
        const bool sets = matcher.op == Matcher::Op::Equal && isNew;
        labels->set(matcher.name, sets ? matcher.value : std::string());
        if (sets)
            seen.push_back(matcher.name);
    }
    return labels;
}

Value absentWhere(const std::vector<bool> &present, LabelsPtr labels)
{
    VectorValue result;
    Column column(std::move(labels), present.size());
    for (size_t step = 0; step < present.size(); step++) {
        if (!present[step])
            column.values[step] = 1;
    }
    if (!column.empty())
        result.push_back(std::move(column));
    return result;
}

Value absentFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    std::vector<bool> present(grid.steps, false);
    for (const Column &column : evaluator.vector(*call.arguments[0], grid)) {
        for (size_t step = 0; step < grid.steps; step++)
            present[step] = present[step] || column.has(step);
    }
    return absentWhere(present, absentLabels(*call.arguments[0]));
}

Value absentOverTime(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    const Expr &range = *call.arguments[0];
    const auto ends = evaluator.windowEnds(range, grid);
    std::vector<bool> present(grid.steps, false);
    evaluator.eachRangeSeries(range, grid, false, RollupUse::Ends, [&](const RangeSeries &series) {
        WindowWalk walk(series, Evaluator::rangeMs(range));
        for (size_t step = 0; step < grid.steps; step++)
            present[step] = walk.next(ends[step]).size() > 0 || present[step];
    });
    return absentWhere(present, absentLabels(range));
}

// --- rounding and clamping ---

Value roundFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    const ScalarValue nearest =
        call.arguments.size() > 1 ? evaluator.scalar(*call.arguments[1], grid) : ScalarValue(grid.steps, 1.0);
    return mapFloats(evaluator, *call.arguments[0], grid, [&](double value, size_t step) {
        const double inverse = 1 / nearest[step];
        return std::floor(value * inverse + 0.5) / inverse;
    });
}

double clampedTo(double value, double min, double max)
{
    if (std::isnan(min) || std::isnan(max) || std::isnan(value))
        return __builtin_nan("");
    return std::max(min, std::min(max, value));
}

Value clampBetween(Evaluator &evaluator, const Call &call, const Grid &grid, const ScalarValue &min,
                   const ScalarValue &max)
{
    return mapFloats(evaluator, *call.arguments[0], grid, [&](double value, size_t step) {
        return min[step] > max[step] ? noPoint() : clampedTo(value, min[step], max[step]);
    });
}

Value clampFunction(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    return clampBetween(evaluator, call, grid, evaluator.scalar(*call.arguments[1], grid),
                        evaluator.scalar(*call.arguments[2], grid));
}

Value clampMin(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    return clampBetween(evaluator, call, grid, evaluator.scalar(*call.arguments[1], grid),
                        ScalarValue(grid.steps, __builtin_inf()));
}

Value clampMax(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    return clampBetween(evaluator, call, grid, ScalarValue(grid.steps, -__builtin_inf()),
                        evaluator.scalar(*call.arguments[1], grid));
}

// --- sorting; it matters for instant queries only ---

Value sortByValue(Evaluator &evaluator, const Call &call, const Grid &grid, bool descending)
{
    VectorValue vector = evaluator.vector(*call.arguments[0], grid);
    if (grid.steps != 1)
        return vector;
    std::erase_if(vector, [](const Column &column) { return !column.hasFloat(0); });
    std::ranges::stable_sort(vector, [descending](const Column &a, const Column &b) {
        const double left = a.values[0];
        const double right = b.values[0];
        if (std::isnan(left) || std::isnan(right))
            return !std::isnan(left);
        return descending ? left > right : left < right;
    });
    return vector;
}

Value sortFunction(Evaluator &e, const Expr &, const Call &call, const Grid &grid)
{
    return sortByValue(e, call, grid, false);
}
Value sortDesc(Evaluator &e, const Expr &, const Call &call, const Grid &grid)
{
    return sortByValue(e, call, grid, true);
}

Value sortByLabels(Evaluator &evaluator, const Call &call, const Grid &grid, bool descending)
{
    VectorValue vector = evaluator.vector(*call.arguments[0], grid);
    if (grid.steps != 1)
        return vector;
    std::vector<std::string> names;
    for (size_t i = 1; i < call.arguments.size(); i++)
        names.push_back(evaluator.string(*call.arguments[i]));
    std::ranges::stable_sort(vector, [&](const Column &a, const Column &b) {
        const Column &left = descending ? b : a;
        const Column &right = descending ? a : b;
        for (const auto &name : names) {
            if (left.labels->value(name) != right.labels->value(name))
                return naturallyLess(left.labels->value(name), right.labels->value(name));
        }
        return *left.labels < *right.labels;
    });
    return vector;
}

Value sortByLabel(Evaluator &e, const Expr &, const Call &call, const Grid &grid)
{
    return sortByLabels(e, call, grid, false);
}
Value sortByLabelDesc(Evaluator &e, const Expr &, const Call &call, const Grid &grid)
{
    return sortByLabels(e, call, grid, true);
}

// --- labels ---

bool isWordCharacter(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::string_view groupOf(const RE2 &pattern, std::string_view name,
                         const std::vector<re2::StringPiece> &groups)
{
    const bool isNumber =
        !name.empty() && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
    size_t index = groups.size();
    if (isNumber && name.size() < 9) {
        index = static_cast<size_t>(std::stoul(std::string(name)));
    } else {
        const auto &names = pattern.NamedCapturingGroups();
        const auto place = names.find(std::string(name));
        index = place == names.end() ? groups.size() : static_cast<size_t>(place->second);
    }
    return index < groups.size() ? std::string_view(groups[index].data(), groups[index].size())
                                 : std::string_view();
}

/// Replaces $1, $name, ${name} and $$ in a template.
std::string expanded(std::string_view text, const RE2 &pattern, const std::vector<re2::StringPiece> &groups)
{
    std::string result;
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] != '$' || i + 1 == text.size()) {
            result += text[i];
            continue;
        }
        if (text[i + 1] == '$') {
            result += text[++i];
            continue;
        }
        const bool braced = text[i + 1] == '{';
        const size_t start = i + (braced ? 2 : 1);
        size_t end = start;
        while (end < text.size() && isWordCharacter(text[end]))
            end++;
        if (end == start || (braced && (end == text.size() || text[end] != '}'))) {
            result += text[i];
            continue;
        }
        result += groupOf(pattern, text.substr(start, end - start), groups);
        i = braced ? end : end - 1;
    }
    return result;
}

Value labelReplace(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    VectorValue vector = evaluator.vector(*call.arguments[0], grid);
    const std::string destination = evaluator.string(*call.arguments[1]);
    const std::string replacement = evaluator.string(*call.arguments[2]);
    const std::string source = evaluator.string(*call.arguments[3]);
    const std::string text = evaluator.string(*call.arguments[4]);
    const RE2 pattern("^(?s:" + text + ")$", RE2::Quiet);
    if (!pattern.ok()) {
        evaluator.context().fail(call.arguments[4]->position,
                                 "invalid regular expression in label_replace(): " + quoted(text));
        return vector;
    }
    if (destination.empty() || !isValidUtf8(destination)) {
        evaluator.context().fail(call.arguments[1]->position,
                                 "invalid destination label name in label_replace(): " + quoted(destination));
        return vector;
    }
    std::vector<re2::StringPiece> groups(static_cast<size_t>(pattern.NumberOfCapturingGroups()) + 1);
    for (Column &column : vector) {
        const std::string value(column.labels->value(source));
        if (!pattern.Match(value, 0, value.size(), RE2::ANCHOR_BOTH, groups.data(),
                           static_cast<int>(groups.size())))
            continue;
        auto labels = std::make_shared<Labels>(*column.labels);
        labels->set(destination, expanded(replacement, pattern, groups));
        column.labels = std::move(labels);
    }
    evaluator.requireUnique(vector);
    return vector;
}

Value labelJoin(Evaluator &evaluator, const Expr &expr, const Call &call, const Grid &grid)
{
    VectorValue vector = evaluator.vector(*call.arguments[0], grid);
    const std::string destination = evaluator.string(*call.arguments[1]);
    const std::string separator = evaluator.string(*call.arguments[2]);
    std::vector<std::string> sources;
    for (size_t i = 3; i < call.arguments.size(); i++)
        sources.push_back(evaluator.string(*call.arguments[i]));
    sources.push_back(destination);
    for (const auto &name : sources) {
        if (name.empty() || !isValidUtf8(name)) {
            evaluator.context().fail(expr.position, "invalid label name in label_join(): " + quoted(name));
            return vector;
        }
    }
    sources.pop_back();
    for (Column &column : vector) {
        std::string joined;
        for (size_t i = 0; i < sources.size(); i++)
            joined += (i > 0 ? separator : "") + std::string(column.labels->value(sources[i]));
        auto labels = std::make_shared<Labels>(*column.labels);
        labels->set(destination, joined);
        column.labels = std::move(labels);
    }
    evaluator.requireUnique(vector);
    return vector;
}

FunctionRow row(std::string_view name, std::vector<ValueType> arguments, ValueType returns,
                SpecialFunction function)
{
    FunctionRow result{name, arguments, arguments.size()};
    result.returns = returns;
    result.special = function;
    return result;
}

FunctionRow optionalLast(FunctionRow row)
{
    row.minArguments--;
    return row;
}

FunctionRow repeatable(FunctionRow row, size_t minArguments)
{
    row.repeatsLast = true;
    row.minArguments = minArguments;
    return row;
}

} // namespace

std::vector<FunctionRow> vectorFunctions()
{
    constexpr auto scalar = ValueType::Scalar;
    constexpr auto string = ValueType::String;
    constexpr auto vector = ValueType::InstantVector;
    constexpr auto range = ValueType::RangeVector;
    return {
        row("time", {}, scalar, timeFunction),
        row("pi", {}, scalar, piFunction),
        row("start", {}, scalar, startFunction),
        row("end", {}, scalar, endFunction),
        row("step", {}, scalar, stepFunction),
        row("range", {}, scalar, rangeFunction),
        row("min_of", {scalar, scalar}, scalar, minOf),
        row("max_of", {scalar, scalar}, scalar, maxOf),
        row("scalar", {vector}, scalar, scalarFunction),
        row("vector", {scalar}, vector, vectorFunction),
        row("timestamp", {vector}, vector, timestampFunction),
        row("absent", {vector}, vector, absentFunction),
        row("absent_over_time", {range}, vector, absentOverTime),
        optionalLast(row("round", {vector, scalar}, vector, roundFunction)),
        row("clamp", {vector, scalar, scalar}, vector, clampFunction),
        row("clamp_min", {vector, scalar}, vector, clampMin),
        row("clamp_max", {vector, scalar}, vector, clampMax),
        row("sort", {vector}, vector, sortFunction),
        row("sort_desc", {vector}, vector, sortDesc),
        repeatable(row("sort_by_label", {vector, string}, vector, sortByLabel), 2),
        repeatable(row("sort_by_label_desc", {vector, string}, vector, sortByLabelDesc), 2),
        row("label_replace", {vector, string, string, string, string}, vector, labelReplace),
        repeatable(row("label_join", {vector, string, string, string}, vector, labelJoin), 3),
    };
}

} // namespace plimsoll::promql
