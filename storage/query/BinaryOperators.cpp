#include "storage/query/BinaryOperators.h"

#include "storage/query/Operation.h"
#include "storage/query/VectorMatch.h"

#include <algorithm>

namespace plimsoll::promql {

namespace {

ScalarValue scalarsOnly(const Binary &binary, ScalarValue left, const ScalarValue &right)
{
    for (size_t step = 0; step < left.size(); step++) {
        left[step] = isComparison(binary.op)
                         ? static_cast<double>(compares(binary.op, left[step], right[step]))
                         : arithmetic(binary.op, left[step], right[step]);
    }
    return left;
}

VectorValue vectorAndScalar(Evaluator &evaluator, const Expr &expr, const Binary &binary, VectorValue vector,
                            const ScalarValue &scalar, bool scalarIsLeft)
{
    const Operation operation(evaluator.context(), expr, binary);
    const bool floatFilter = isComparison(binary.op) && !binary.returnBool;
    if (changesMetric(binary.op) || binary.returnBool)
        evaluator.context().dropNames(vector);
    for (Column &column : vector) {
        if (!evaluator.context().proceed())
            return {};
        column.decimal = column.decimal && floatFilter;
        for (size_t step = 0; step < scalar.size(); step++) {
            if (column.hasFloat(step)) {
                double &value = column.values[step];
                const double left = scalarIsLeft ? scalar[step] : value;
                const double right = scalarIsLeft ? value : scalar[step];
                if (changesMetric(binary.op))
                    value = arithmetic(binary.op, left, right);
                else if (!isComparison(binary.op))
                    store(operation.apply({left, nullptr}, {right, nullptr}), false, {}, column, step);
                else if (binary.returnBool)
                    value = compares(binary.op, left, right) ? 1 : 0;
                else if (!compares(binary.op, left, right))
                    value = noPoint();
            } else if (column.hasHistogram(step)) {
                const Operand point = operandAt(column, step);
                const Operand number{scalar[step], nullptr};
                const Outcome outcome =
                    scalarIsLeft ? operation.apply(number, point) : operation.apply(point, number);
                store(outcome, binary.returnBool, point, column, step);
            }
        }
    }
    std::erase_if(vector, [](const Column &column) { return column.empty(); });
    if (!floatFilter)
        evaluator.requireUnique(vector);
    return vector;
}

/// Keeps the points of a column where `mask` has the wanted value.
void keepWhere(Column &column, const std::vector<bool> &mask, bool wanted)
{
    for (size_t step = 0; step < mask.size(); step++) {
        if (mask[step] != wanted)
            column.clear(step);
    }
}

VectorValue setOperation(Evaluator &evaluator, const Binary &binary, VectorValue left, VectorValue right,
                         size_t steps)
{
    const MatchGroups matched = matchUp(left, right, binary.matching);
    const bool isOr = binary.op == BinaryOp::Or;
    std::vector<std::vector<bool>> masks;
    for (const MatchGroup &group : matched.groups)
        masks.push_back(presence(isOr ? group.left : group.right, steps));
    VectorValue &filtered = isOr ? right : left;
    const auto &places = isOr ? matched.ofRight : matched.ofLeft;
    for (size_t i = 0; i < filtered.size(); i++)
        keepWhere(filtered[i], masks[places[i]], binary.op == BinaryOp::And);
    if (isOr)
        std::ranges::move(right, std::back_inserter(left));
    std::erase_if(left, [](const Column &column) { return column.empty(); });
    if (isOr)
        evaluator.requireUnique(left);
    return left;
}

} // namespace

Value evaluateBinary(Evaluator &evaluator, const Expr &expr, const Binary &binary, const Grid &grid)
{
    Value left = evaluator.evaluate(*binary.left, grid);
    Value right = evaluator.evaluate(*binary.right, grid);
    if (evaluator.context().failed())
        return expr.type == ValueType::Scalar ? Value(ScalarValue(grid.steps, 0.0)) : Value(VectorValue());
    auto *leftScalar = std::get_if<ScalarValue>(&left);
    auto *rightScalar = std::get_if<ScalarValue>(&right);
    if (leftScalar && rightScalar)
        return scalarsOnly(binary, std::move(*leftScalar), *rightScalar);
    if (leftScalar)
        return vectorAndScalar(evaluator, expr, binary, std::get<VectorValue>(std::move(right)), *leftScalar,
                               true);
    auto &leftVector = std::get<VectorValue>(left);
    if (rightScalar)
        return vectorAndScalar(evaluator, expr, binary, std::move(leftVector), *rightScalar, false);
    auto &rightVector = std::get<VectorValue>(right);
    if (isSetOperator(binary.op))
        return setOperation(evaluator, binary, std::move(leftVector), std::move(rightVector), grid.steps);
    return joinVectors(evaluator, expr, binary, leftVector, rightVector, grid.steps);
}

} // namespace plimsoll::promql
