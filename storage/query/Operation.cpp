#include "storage/query/Operation.h"

#include "storage/query/HistogramTrim.h"

#include <cmath>

namespace plimsoll::promql {

namespace {

constexpr bool isTrim(BinaryOp op) { return op == BinaryOp::TrimUpper || op == BinaryOp::TrimLower; }

Outcome truth(bool value) { return {value ? Outcome::Kind::True : Outcome::Kind::False, 0, nullptr}; }
Outcome histogramOutcome(Histogram histogram)
{
    return {Outcome::Kind::Histogram, 0, std::make_shared<Histogram>(std::move(histogram))};
}

} // namespace

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

Operand operandAt(const Column &column, size_t step)
{
    return column.hasHistogram(step) ? Operand{0, &column.histograms[step]}
                                     : Operand{column.values[step], nullptr};
}

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
        const HistogramPtr histogram = kept.histogram ? *kept.histogram : nullptr;
        if (returnBool || !holds)
            column.clear(step);
        if (returnBool)
            column.values[step] = holds ? 1 : 0;
        else if (holds && histogram)
            column.setHistogram(step, histogram);
        else if (holds)
            column.values[step] = kept.value;
        break;
    }
    case Outcome::Kind::Nothing:
        column.clear(step);
        break;
    }
}

Outcome Operation::apply(const Operand &left, const Operand &right) const
{
    if (!left.histogram && !right.histogram)
        return floats(left.value, right.value);
    if (left.histogram && right.histogram)
        return histograms(**left.histogram, **right.histogram);
    return scaled(left, right);
}

Outcome Operation::floats(double left, double right) const
{
    if (isComparison(m_op))
        return truth(compares(m_op, left, right));
    if (isTrim(m_op))
        return incompatible("float", "float");
    return {Outcome::Kind::Float, arithmetic(m_op, left, right), nullptr};
}

Outcome Operation::scaled(const Operand &left, const Operand &right) const
{
    const bool multiplies = m_op == BinaryOp::Multiply;
    const bool byFloat = left.histogram && (m_op == BinaryOp::Divide || isTrim(m_op));
    if (!multiplies && !byFloat)
        return incompatible(left.histogram ? "histogram" : "float", right.histogram ? "histogram" : "float");
    Histogram result = left.histogram ? **left.histogram : **right.histogram;
    const double factor = left.histogram ? right.value : left.value;
    if (isTrim(m_op))
        return histogramOutcome(trimmed(result, factor, m_op == BinaryOp::TrimUpper));
    if (multiplies)
        result.scale(factor);
    else
        result.divide(factor);
    if (factor < 0)
        result.setResetHint(Histogram::ResetHint::Gauge);
    return histogramOutcome(std::move(result));
}

Outcome Operation::histograms(const Histogram &left, const Histogram &right) const
{
    if (m_op == BinaryOp::Equal || m_op == BinaryOp::NotEqual)
        return truth(left.sameData(right) == (m_op == BinaryOp::Equal));
    const bool adds = m_op == BinaryOp::Add;
    if (!adds && m_op != BinaryOp::Subtract)
        return incompatible("histogram", "histogram");
    if (left.mixesWith(right)) {
        m_context.warn("incompatible bucket layout encountered for binary operator " +
                           std::string(binaryOpName(m_op)),
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

Histogram::ResetHint Operation::hint(Histogram::ResetHint left, Histogram::ResetHint right, bool adds) const
{
    using Hint = Histogram::ResetHint;
    if ((left == Hint::Reset && right == Hint::NotReset) || (left == Hint::NotReset && right == Hint::Reset))
        m_context.warn(std::string("conflicting counter resets during histogram ") +
                           (adds ? "addition" : "subtraction"),
                       m_expr.position);
    if (!adds || left == Hint::Gauge || right == Hint::Gauge)
        return Hint::Gauge;
    return left == right ? left : Hint::Unknown;
}

Outcome Operation::incompatible(const char *left, const char *right) const
{
    const std::string op(binaryOpName(m_op));
    m_context.inform("incompatible sample types encountered for binary operator \"" + op + "\": " + left +
                         " " + op + " " + right,
                     m_expr.position);
    return {};
}

} // namespace plimsoll::promql
