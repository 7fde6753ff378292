#include "storage/query/AggregationGroups.h"

#include <algorithm>
#include <unordered_map>

namespace plimsoll::promql {

bool Group::hasHistograms() const
{
    return std::ranges::any_of(members, [](const Column *member) { return !member->histograms.empty(); });
}

Column Group::column(size_t steps) const
{
    Column result(labels, steps);
    result.dropsName = dropsName;
    return result;
}

std::vector<Group> makeGroups(VectorValue &vector, const Aggregation &aggregation)
{
    std::vector<Group> groups;
    std::unordered_map<std::string, size_t> places;
    const bool all = !aggregation.without && aggregation.labels.empty();
    if (all && !vector.empty())
        groups.push_back({std::make_shared<Labels>(), false, {}});
    for (Column &column : vector) {
        if (all) {
            groups.front().members.push_back(&column);
            continue;
        }
        Labels labels = groupLabels(*column.labels, aggregation.labels, aggregation.without);
        const auto [place, isNew] = places.try_emplace(labels.key(), groups.size());
        if (isNew)
            groups.push_back({std::make_shared<Labels>(std::move(labels)), false, {}});
        Group &group = groups[place->second];
        group.members.push_back(&column);
        group.dropsName = group.dropsName || column.dropsName;
    }
    return groups;
}

void informIgnored(Context &context, const Aggregation &aggregation, Position position)
{
    context.inform("ignored histogram in " + std::string(aggregateOpName(aggregation.op)) + " aggregation",
                   position);
}

} // namespace plimsoll::promql
