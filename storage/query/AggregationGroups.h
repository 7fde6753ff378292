#pragma once

#include "storage/query/Evaluator.h"

namespace plimsoll::promql {

/// The columns that one result series is made of.
struct Group
{
    LabelsPtr labels;
    bool dropsName = false; ///< one of the members' names goes at the end of the query
    std::vector<Column *> members;

    bool hasHistograms() const;
    /// A column for what the group is folded to.
    Column column(size_t steps) const;
};

std::vector<Group> makeGroups(VectorValue &vector, const Aggregation &aggregation);

/// An info that histograms were left out, at `position`.
void informIgnored(Context &context, const Aggregation &aggregation, Position position);

/// topk, bottomk, limitk and limit_ratio, which keep points of the columns themselves. Source of the ratio:
/// Prometheus' HashRatioSampler.
VectorValue selectMembers(Evaluator &evaluator, const Expr &expr, const Aggregation &aggregation,
                          VectorValue &vector, ScalarValue parameter);

VectorValue aggregateQuantiles(Context &context, const Aggregation &aggregation, VectorValue &vector,
                               const ScalarValue &parameter);
VectorValue countValues(Evaluator &evaluator, const Aggregation &aggregation, const VectorValue &vector,
                        size_t steps);

} // namespace plimsoll::promql
