#pragma once

#include "storage/model/Labels.h"
#include "storage/model/Matcher.h"
#include "storage/query/Lexer.h"

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace plimsoll::promql {

struct Expr;
struct FunctionRow;
using ExprPtr = std::unique_ptr<Expr>;

enum class ValueType : uint8_t { Scalar, String, InstantVector, RangeVector };
/// "scalar", "string", "instant vector", "range vector".
std::string_view valueTypeName(ValueType type);
/// "scalar", "string", "vector", "matrix", as answers name them.
std::string_view valueTypeCode(ValueType type);

enum class BinaryOp : uint8_t {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Atan2,
    TrimUpper, ///< `</`: the observations of a histogram up to a value
    TrimLower, ///< `>/`: those above it
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    And,
    Or,
    Unless
};
std::string_view binaryOpName(BinaryOp op);
constexpr bool isComparison(BinaryOp op) { return op >= BinaryOp::Equal && op <= BinaryOp::LessOrEqual; }
constexpr bool isSetOperator(BinaryOp op) { return op >= BinaryOp::And; }

enum class AggregateOp : uint8_t {
    Sum,
    Avg,
    Min,
    Max,
    Count,
    Group,
    StdDev,
    StdVar,
    TopK,
    BottomK,
    Quantile,
    CountValues,
    LimitK,
    LimitRatio
};
std::string_view aggregateOpName(AggregateOp op);
/// Whether it takes a parameter before the vector.
constexpr bool takesParameter(AggregateOp op) { return op >= AggregateOp::TopK; }

/// A duration that is computed when the step and range of the query are known: `[5m*2]`, `offset -(1m)`,
/// `[max(step(), 30s)]`. All in seconds.
struct DurationExpr
{
    enum class Op : uint8_t {
        Number,
        Step,
        Range,
        Add,
        Subtract,
        Multiply,
        Divide,
        Modulo,
        Power,
        Negate,
        Min,
        Max
    };

    Op op = Op::Number;
    double value = 0;        ///< of a Number
    bool isDuration = false; ///< the Number was written as a duration
    bool inParens = false;
    std::shared_ptr<const DurationExpr> left; ///< the only operand of Negate
    std::shared_ptr<const DurationExpr> right;
};
using DurationPtr = std::shared_ptr<const DurationExpr>;

/// When a selector or subquery looks at the data: `@ time` or `@ start()`/`@ end()`, then `offset`.
struct TimeShift
{
    enum class Anchor : uint8_t { None, Time, Start, End };

    int64_t offsetMs = 0;
    DurationPtr offsetExpr; ///< where set, it counts instead of offsetMs
    Anchor anchor = Anchor::None;
    int64_t atMs = 0;
};

struct NumberLiteral
{
    double value = 0;
    bool isDuration = false; ///< was written as one
};
struct StringLiteral
{
    std::string value;
};
struct VectorSelector
{
    /// What lies at the bounds of its range: the samples around them (`anchored`), or values interpolated
    /// between those (`smoothed`, which an instant selector may be as well).
    enum class Bounds : uint8_t { Plain, Anchored, Smoothed };

    std::vector<Matcher> matchers; ///< the metric name as a matcher of __name__
    bool named = false;            ///< the name stands before the braces; it is the first matcher
    TimeShift shift;
    Bounds bounds = Bounds::Plain;
};
/// A vector selector over a range; the shift is the selector's.
struct RangeSelector
{
    ExprPtr selector;
    int64_t rangeMs = 0;
    DurationPtr rangeExpr; ///< where set, it counts instead of rangeMs
};
struct Subquery
{
    ExprPtr expr;
    int64_t rangeMs = 0;
    int64_t stepMs = 0; ///< 0: the default resolution
    DurationPtr rangeExpr;
    DurationPtr stepExpr;
    TimeShift shift;
};
struct Call
{
    const FunctionRow *function = nullptr;
    std::vector<ExprPtr> arguments;
};
struct Aggregation
{
    AggregateOp op = AggregateOp::Sum;
    ExprPtr parameter; ///< null where the operator takes none
    ExprPtr expr;
    std::vector<std::string> labels;
    bool without = false;
};
struct VectorMatching
{
    enum class Card : uint8_t { OneToOne, ManyToOne, OneToMany, ManyToMany };

    Card card = Card::OneToOne;
    bool on = false; ///< false: all labels but `labels`
    std::vector<std::string> labels;
    std::vector<std::string> include; ///< labels copied from the "one" side
    std::optional<double> fillLeft;   ///< stands for a missing match on the left, `fill_left(0)`
    std::optional<double> fillRight;
};
struct Binary
{
    BinaryOp op = BinaryOp::Add;
    Position opPosition;
    ExprPtr left;
    ExprPtr right;
    bool returnBool = false;
    bool hasMatching = false; ///< on, ignoring with labels, or a group modifier was written
    VectorMatching matching;
};
struct Unary
{
    bool negative = false;
    ExprPtr expr;
};
struct Paren
{
    ExprPtr expr;
};

/// One node of a parsed query. Immutable once the analyzer has set the types.
struct Expr
{
    using Node = std::variant<NumberLiteral, StringLiteral, VectorSelector, RangeSelector, Subquery, Call,
                              Aggregation, Binary, Unary, Paren>;

    Node node;
    Position position;   ///< where it begins
    uint32_t height = 1; ///< of the tree below and with it; the parser bounds it, so that recursion ends
    ValueType type = ValueType::Scalar;

    template<typename T>
    const T *as() const
    {
        return std::get_if<T>(&node);
    }
    template<typename T>
    T *as()
    {
        return std::get_if<T>(&node);
    }
};

/// The expression without the parentheses around it.
const Expr &unwrapped(const Expr &expr);

/// The height of the highest tree among the operands; 0 where there are none.
uint32_t childHeight(const Expr &expr);

} // namespace plimsoll::promql
