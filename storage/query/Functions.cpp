#include "storage/query/Functions.h"

#include <algorithm>

namespace plimsoll::promql {

namespace {

std::vector<FunctionRow> buildTable()
{
    std::vector<FunctionRow> table;
    for (auto part : {rangeFunctions(), elementFunctions(), scalarFunctions(), vectorFunctions(),
                      labelFunctions(), histogramFunctions(), infoFunctions()})
        std::ranges::move(part, std::back_inserter(table));
    std::ranges::sort(table, {}, &FunctionRow::name);
    return table;
}

} // namespace

const FunctionRow *findFunction(std::string_view name)
{
    static const auto table = buildTable();
    const auto place = std::ranges::lower_bound(table, name, {}, &FunctionRow::name);
    return place != table.end() && place->name == name ? &*place : nullptr;
}

void RangeCall::warnMixed() const
{
    context.warn("encountered a mix of histograms and floats" + forMetric(metricName()), range.position);
}

void RangeCall::informHistogramsIgnored() const
{
    context.inform("ignored histograms in a range containing both floats and histograms" +
                       forMetric(metricName()),
                   range.position);
}

} // namespace plimsoll::promql
