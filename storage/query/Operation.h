#pragma once

#include "storage/query/Context.h"

namespace plimsoll::promql {

double arithmetic(BinaryOp op, double left, double right);
bool compares(BinaryOp op, double left, double right);
/// Whether the operator makes something else of a metric, which then loses its name.
constexpr bool changesMetric(BinaryOp op) { return op <= BinaryOp::Atan2; }

/// One operand at one step: a float, or a histogram.
struct Operand
{
    double value = 0;
    const HistogramPtr *histogram = nullptr;
};

Operand operandAt(const Column &column, size_t step);

/// What an operator makes of two points: a point, a truth value for comparisons, or nothing.
struct Outcome
{
    enum class Kind : uint8_t { Nothing, Float, Histogram, True, False };

    Kind kind = Kind::Nothing;
    double value = 0;
    HistogramPtr histogram;
};

/// Writes what an operation yields; a comparison that holds gives the point of `kept`, or 1 or 0 with bool.
void store(const Outcome &outcome, bool returnBool, const Operand &kept, Column &column, size_t step);

/// An operator other than a set operator, between two points. What does not go together yields nothing and is
/// annotated.
class Operation
{
public:
    Operation(Context &context, const Expr &expr, const Binary &binary)
        : m_context(context)
        , m_expr(expr)
        , m_op(binary.op)
    {
    }

    Outcome apply(const Operand &left, const Operand &right) const;

private:
    Outcome floats(double left, double right) const;
    Outcome scaled(const Operand &left, const Operand &right) const;
    Outcome histograms(const Histogram &left, const Histogram &right) const;
    Histogram::ResetHint hint(Histogram::ResetHint left, Histogram::ResetHint right, bool adds) const;
    Outcome incompatible(const char *left, const char *right) const;

    Context &m_context;
    const Expr &m_expr;
    BinaryOp m_op;
};

} // namespace plimsoll::promql
