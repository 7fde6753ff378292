#include "storage/query/BinaryOperators.h"

#include "storage/query/Text.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace plimsoll::promql {

namespace {

double arithmetic(BinaryOp op, double left, double right)
{
    switch (op) {
    case BinaryOp::Add:
        return left + right;
    case BinaryOp::Subtract:
        return left - right;
    case BinaryOp::Multiply:
        return left * right;
    case BinaryOp::Divide:
        return left / right;
    case BinaryOp::Modulo:
        return std::fmod(left, right);
    case BinaryOp::Power:
        return std::pow(left, right);
    case BinaryOp::Atan2:
        return std::atan2(left, right);
    default:
        return __builtin_nan("");
    }
}

bool compares(BinaryOp op, double left, double right)
{
    switch (op) {
    case BinaryOp::Equal:
        return left == right;
    case BinaryOp::NotEqual:
        return left != right;
    case BinaryOp::Greater:
        return left > right;
    case BinaryOp::Less:
        return left < right;
    case BinaryOp::GreaterOrEqual:
        return left >= right;
    case BinaryOp::LessOrEqual:
        return left <= right;
    default:
        return false;
    }
}

/// One operand at one step.
struct Operand
{
    double value = 0;
    const HistogramPtr *histogram = nullptr;
};

/// What an operator makes of two points: a point, a truth value for comparisons, or nothing.
struct Outcome
{
    enum class Kind : uint8_t { Nothing, Float, Histogram, True, False };

    Kind kind = Kind::Nothing;
    double value = 0;
    HistogramPtr histogram;
};

Outcome truth(bool value) { return {value ? Outcome::Kind::True : Outcome::Kind::False, 0, nullptr}; }
Outcome histogramOutcome(Histogram histogram)
{
    return {Outcome::Kind::Histogram, 0, std::make_shared<Histogram>(std::move(histogram))};
}

class Operation
{
public:
    Operation(Context &context, const Expr &expr, const Binary &binary)
        : m_context(context)
        , m_expr(expr)
        , m_op(binary.op)
    {
    }

    Outcome apply(const Operand &left, const Operand &right) const
    {
        if (!left.histogram && !right.histogram) {
            if (isComparison(m_op))
                return truth(compares(m_op, left.value, right.value));
            return {Outcome::Kind::Float, arithmetic(m_op, left.value, right.value), nullptr};
        }
        if (left.histogram && right.histogram)
            return histograms(**left.histogram, **right.histogram);
        return scaled(left, right);
    }

private:
    Outcome scaled(const Operand &left, const Operand &right) const
    {
        const bool multiplies = m_op == BinaryOp::Multiply;
        if (!multiplies && !(m_op == BinaryOp::Divide && left.histogram))
            return incompatible(left.histogram ? "histogram" : "float",
                                right.histogram ? "histogram" : "float");
        Histogram result = left.histogram ? **left.histogram : **right.histogram;
        const double factor = left.histogram ? right.value : left.value;
        if (multiplies)
            result.scale(factor);
        else
            result.divide(factor);
        if (factor < 0)
            result.setResetHint(Histogram::ResetHint::Gauge);
        return histogramOutcome(std::move(result));
    }

    Outcome histograms(const Histogram &left, const Histogram &right) const
    {
        if (m_op == BinaryOp::Equal || m_op == BinaryOp::NotEqual)
            return truth(left.sameData(right) == (m_op == BinaryOp::Equal));
        const bool adds = m_op == BinaryOp::Add;
        if (!adds && m_op != BinaryOp::Subtract)
            return incompatible("histogram", "histogram");
        if (left.mixesWith(right)) {
            m_context.warn("vector contains a mix of histograms with exponential and custom buckets schemas",
                           m_expr.position);
            return {};
        }
        if (left.customBounds() != right.customBounds())
            m_context.inform(std::string("mismatched custom buckets were reconciled during ") +
                                 (adds ? "addition" : "subtraction"),
                             m_expr.position);
        Histogram result = left;
        adds ? result.merge(right) : result.subtract(right);
        result.setResetHint(hint(left.resetHint(), right.resetHint(), adds));
        return histogramOutcome(std::move(result));
    }

    Histogram::ResetHint hint(Histogram::ResetHint left, Histogram::ResetHint right, bool adds) const
    {
        using Hint = Histogram::ResetHint;
        if ((left == Hint::Reset && right == Hint::NotReset) ||
            (left == Hint::NotReset && right == Hint::Reset))
            m_context.warn(std::string("conflicting counter resets during histogram ") +
                               (adds ? "addition" : "subtraction"),
                           m_expr.position);
        if (!adds || left == Hint::Gauge || right == Hint::Gauge)
            return Hint::Gauge;
        return left == right ? left : Hint::Unknown;
    }

    Outcome incompatible(const char *left, const char *right) const
    {
        m_context.inform("incompatible sample types encountered for binary operator \"" +
                             std::string(binaryOpName(m_op)) + "\": " + left + " " +
                             std::string(binaryOpName(m_op)) + " " + right,
                         m_expr.position);
        return {};
    }

    Context &m_context;
    const Expr &m_expr;
    BinaryOp m_op;
};

Operand operandAt(const Column &column, size_t step)
{
    return column.hasHistogram(step) ? Operand{0, &column.histograms[step]}
                                     : Operand{column.values[step], nullptr};
}

/// Writes what an operation yields; a comparison that holds gives the point of `kept`, or 1 or 0 with bool.
void store(const Outcome &outcome, bool returnBool, const Operand &kept, Column &column, size_t step)
{
    switch (outcome.kind) {
    case Outcome::Kind::Float:
        column.values[step] = outcome.value;
        break;
    case Outcome::Kind::Histogram:
        column.setHistogram(step, outcome.histogram);
        break;
    case Outcome::Kind::True:
    case Outcome::Kind::False: {
        const bool holds = outcome.kind == Outcome::Kind::True;
        if (returnBool)
            column.values[step] = holds ? 1 : 0;
        else if (!holds)
            column.clear(step);
        else if (kept.histogram)
            column.setHistogram(step, *kept.histogram);
        else
            column.values[step] = kept.value;
        break;
    }
    case Outcome::Kind::Nothing:
        column.clear(step);
        break;
    }
}

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
    if (!isComparison(binary.op) || binary.returnBool)
        dropNames(vector);
    for (Column &column : vector) {
        if (!evaluator.context().proceed())
            return {};
        column.decimal = column.decimal && floatFilter;
        for (size_t step = 0; step < scalar.size(); step++) {
            if (column.hasFloat(step)) {
                double &value = column.values[step];
                const double left = scalarIsLeft ? scalar[step] : value;
                const double right = scalarIsLeft ? value : scalar[step];
                if (!isComparison(binary.op))
                    value = arithmetic(binary.op, left, right);
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

// --- between vectors ---

Labels matchLabels(const Labels &labels, const VectorMatching &matching)
{
    return groupLabels(labels, matching.labels, !matching.on);
}

/// The columns of both sides that share the labels that are matched on.
struct MatchGroup
{
    std::vector<const Column *> left;
    std::vector<const Column *> right;
};

using MatchGroups = std::unordered_map<std::string, MatchGroup>;

MatchGroups matchUp(const VectorValue &left, const VectorValue &right, const VectorMatching &matching)
{
    MatchGroups groups;
    for (const Column &column : left)
        groups[matchLabels(*column.labels, matching).key()].left.push_back(&column);
    for (const Column &column : right)
        groups[matchLabels(*column.labels, matching).key()].right.push_back(&column);
    return groups;
}

std::vector<bool> presence(const std::vector<const Column *> &columns, size_t steps)
{
    std::vector<bool> result(steps, false);
    for (const Column *column : columns) {
        for (size_t step = 0; step < steps; step++)
            result[step] = result[step] || column->has(step);
    }
    return result;
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
    const MatchGroups groups = matchUp(left, right, binary.matching);
    std::unordered_map<const MatchGroup *, std::vector<bool>> masks;
    const bool isOr = binary.op == BinaryOp::Or;
    for (const auto &[key, group] : groups)
        masks.emplace(&group, presence(isOr ? group.left : group.right, steps));
    for (Column &column : isOr ? right : left) {
        const MatchGroup &group = groups.at(matchLabels(*column.labels, binary.matching).key());
        keepWhere(column, masks.at(&group), binary.op == BinaryOp::And);
    }
    if (isOr)
        std::ranges::move(right, std::back_inserter(left));
    std::erase_if(left, [](const Column &column) { return column.empty(); });
    if (isOr)
        evaluator.requireUnique(left);
    return left;
}

/// Joins two vectors by an operator other than a set operator. "many" and "one" are the sides of the
/// matching; for one to one the left side is "many".
class Join
{
public:
    Join(Evaluator &evaluator, const Expr &expr, const Binary &binary, size_t steps)
        : m_context(evaluator.context())
        , m_binary(binary)
        , m_operation(evaluator.context(), expr, binary)
        , m_swapped(binary.matching.card == VectorMatching::Card::OneToMany)
        , m_steps(steps)
    {
    }

    VectorValue run(const VectorValue &left, const VectorValue &right)
    {
        if (left.empty() || right.empty())
            return {};
        const MatchGroups groups = matchUp(left, right, m_binary.matching);
        if (!areUnique(groups, m_swapped ? right : left))
            return {};
        VectorValue result;
        for (const Column &column : m_swapped ? right : left) {
            const std::string key = matchLabels(*column.labels, m_binary.matching).key();
            const MatchGroup &group = groups.at(key);
            if (&column == (m_swapped ? group.right : group.left).front())
                joinGroup(group, result);
            if (!m_context.proceed())
                return {};
        }
        finish(result);
        return result;
    }

private:
    const std::vector<const Column *> &many(const MatchGroup &group) const
    {
        return m_swapped ? group.right : group.left;
    }
    const std::vector<const Column *> &one(const MatchGroup &group) const
    {
        return m_swapped ? group.left : group.right;
    }

    void joinGroup(const MatchGroup &group, VectorValue &result)
    {
        if (one(group).empty())
            return;
        const bool manyIsOne = m_binary.matching.card == VectorMatching::Card::OneToOne;
        std::vector<uint8_t> matched(manyIsOne ? m_steps : 0, 0);
        for (const Column *manyColumn : many(group)) {
            for (const Column *oneColumn : one(group)) {
                Column column(resultLabels(*manyColumn->labels, *oneColumn->labels), m_steps);
                for (size_t step = 0; step < m_steps; step++) {
                    if (!manyColumn->has(step) || !oneColumn->has(step))
                        continue;
                    if (manyIsOne && matched[step]++ > 0) {
                        return m_context.fail(
                            {ErrorCode::Unprocessable,
                             "multiple matches for labels: many-to-one matching must be explicit "
                             "(group_left/group_right)",
                             {}});
                    }
                    const Operand left = operandAt(m_swapped ? *oneColumn : *manyColumn, step);
                    const Operand right = operandAt(m_swapped ? *manyColumn : *oneColumn, step);
                    store(m_operation.apply(left, right), m_binary.returnBool, left, column, step);
                }
                column.decimal =
                    isComparison(m_binary.op) && !m_binary.returnBool && manyColumn->decimal && !m_swapped;
                result.push_back(std::move(column));
            }
        }
    }

    /// The "one" side must have at most one point per group and step, whether the group has a partner or not;
    /// only steps without any point on the "many" side do not matter.
    bool areUnique(const MatchGroups &groups, const VectorValue &manySide)
    {
        std::vector<const Column *> all;
        for (const Column &column : manySide)
            all.push_back(&column);
        const auto matters = presence(all, m_steps);
        return std::ranges::all_of(groups,
                                   [&](const auto &entry) { return isUnique(one(entry.second), matters); });
    }

    bool isUnique(const std::vector<const Column *> &columns, const std::vector<bool> &matters)
    {
        if (columns.size() < 2)
            return true;
        for (size_t step = 0; step < m_steps; step++) {
            std::vector<const Labels *> present;
            for (const Column *column : columns) {
                if (matters[step] && column->has(step))
                    present.push_back(column->labels.get());
            }
            if (present.size() > 1)
                return failDuplicates(present), false;
        }
        return true;
    }

    void failDuplicates(std::vector<const Labels *> present)
    {
        std::ranges::sort(present, [](const Labels *a, const Labels *b) { return *a < *b; });
        m_context.fail({ErrorCode::Unprocessable,
                        "found duplicate series for the match group " +
                            labelsText(matchLabels(*present[0], m_binary.matching)) + " on the " +
                            (m_swapped ? "left" : "right") + " hand-side of the operation: [" +
                            labelsText(*present[0]) + ", " + labelsText(*present[1]) +
                            "];many-to-many matching not allowed: matching labels must be unique on one side",
                        {}});
    }

    LabelsPtr resultLabels(const Labels &manyLabels, const Labels &oneLabels) const
    {
        const VectorMatching &matching = m_binary.matching;
        auto labels = std::make_shared<Labels>(manyLabels);
        if (!isComparison(m_binary.op) || m_binary.returnBool)
            labels->remove(nameLabel);
        if (matching.card == VectorMatching::Card::OneToOne) {
            std::vector<Labels::Pair> kept;
            for (const auto &pair : *labels) {
                const bool named = std::ranges::find(matching.labels, pair.first) != matching.labels.end();
                if (named == matching.on)
                    kept.push_back(pair);
            }
            *labels = Labels(std::move(kept));
        }
        for (const auto &name : matching.include)
            labels->set(name, oneLabels.value(name));
        return labels;
    }

    /// Different pairs may give the same labels, at different steps only.
    void finish(VectorValue &result)
    {
        std::erase_if(result, [](const Column &column) { return column.empty(); });
        if (!m_context.failed() && !joinEqualLabels(result)) {
            const bool grouped = m_binary.matching.card != VectorMatching::Card::OneToOne;
            m_context.fail({ErrorCode::Unprocessable,
                            grouped
                                ? "multiple matches for labels: grouping labels must ensure unique matches"
                                : "multiple matches for labels: many-to-one matching must be explicit "
                                  "(group_left/group_right)",
                            {}});
        }
    }

    Context &m_context;
    const Binary &m_binary;
    Operation m_operation;
    bool m_swapped;
    size_t m_steps;
};

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
    return Join(evaluator, expr, binary, grid.steps).run(leftVector, rightVector);
}

} // namespace plimsoll::promql
