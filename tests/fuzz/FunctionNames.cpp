// A table of functions without their implementations, so that the parser builds without the evaluator.
#include "storage/query/Functions.h"

#include <algorithm>

namespace plimsoll::promql {

const FunctionRow *findFunction(std::string_view name)
{
    using enum ValueType;
    const auto row = [](std::string_view name, std::vector<ValueType> arguments, size_t least, bool repeats,
                        ValueType returns) {
        FunctionRow result;
        result.name = name;
        result.arguments = std::move(arguments);
        result.minArguments = least;
        result.repeatsLast = repeats;
        result.returns = returns;
        return result;
    };
    static const std::vector<FunctionRow> table = {
        row("rate", {RangeVector}, 1, false, InstantVector),
        row("abs", {InstantVector}, 1, false, InstantVector),
        row("time", {}, 0, false, Scalar),
        row("round", {InstantVector, Scalar}, 1, false, InstantVector),
        row("label_join", {InstantVector, String, String, String}, 3, true, InstantVector),
        row("vector", {Scalar}, 1, false, InstantVector)};
    const auto place = std::ranges::find(table, name, &FunctionRow::name);
    return place == table.end() ? nullptr : &*place;
}

} // namespace plimsoll::promql
