#pragma once

#include "storage/query/Evaluator.h"

#include <unordered_map>

namespace plimsoll::promql {

/// The labels on which two vectors are matched.
Labels matchLabels(const Labels &labels, const VectorMatching &matching);

/// The columns of both sides that share the labels that are matched on.
struct MatchGroup
{
    Labels labels;
    std::vector<const Column *> left;
    std::vector<const Column *> right;
};

/// In the order in which they first come, left before right; and the place of each column's group.
struct MatchGroups
{
    std::vector<MatchGroup> groups;
    std::vector<size_t> ofLeft;
    std::vector<size_t> ofRight;
};

MatchGroups matchUp(const VectorValue &left, const VectorValue &right, const VectorMatching &matching);

/// Where any of the columns has a point.
std::vector<bool> presence(const std::vector<const Column *> &columns, size_t steps);
std::vector<bool> presence(const VectorValue &vector, size_t steps);

/// Joins two vectors by an operator other than a set operator.
VectorValue joinVectors(Evaluator &evaluator, const Expr &expr, const Binary &binary, const VectorValue &left,
                        const VectorValue &right, size_t steps);

} // namespace plimsoll::promql
