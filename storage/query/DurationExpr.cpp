#include "storage/query/DurationExpr.h"

#include <algorithm>
#include <cmath>

namespace plimsoll::promql {

namespace {

constexpr double maxSeconds = 4.5e12; // as the parser bounds times

Error invalid(const char *message) { return {ErrorCode::Invalid, message, {}}; }

Result<double> binary(const DurationExpr &expr, double left, double right)
{
    switch (expr.op) {
    case DurationExpr::Op::Add:
        return left + right;
    case DurationExpr::Op::Subtract:
        return left - right;
    case DurationExpr::Op::Multiply:
        return left * right;
    case DurationExpr::Op::Divide:
        return right == 0 ? Result<double>(invalid("division by zero")) : left / right;
    case DurationExpr::Op::Modulo:
        return right == 0 ? Result<double>(invalid("modulo by zero")) : std::fmod(left, right);
    case DurationExpr::Op::Power:
        return std::pow(left, right);
    case DurationExpr::Op::Min:
        return std::min(left, right);
    default:
        return std::max(left, right);
    }
}

Result<double> secondsOf(const DurationExpr &expr, const DurationFrame &frame)
{
    switch (expr.op) {
    case DurationExpr::Op::Number:
        return expr.value;
    case DurationExpr::Op::Step:
        return frame.step;
    case DurationExpr::Op::Range:
        return frame.range;
    default:
        break;
    }
    const auto left = secondsOf(*expr.left, frame);
    if (!left || expr.op == DurationExpr::Op::Negate)
        return left ? Result<double>(-*left) : left;
    const auto right = secondsOf(*expr.right, frame);
    return right ? binary(expr, *left, *right) : right;
}

Status check(const DurationPtr &expr, const DurationFrame &frame, bool mayBeNegative)
{
    if (!expr)
        return {};
    const auto seconds = secondsOf(*expr, frame);
    if (!seconds)
        return seconds.error();
    if (!(std::fabs(*seconds) < maxSeconds))
        return invalid("duration is out of range");
    if (!mayBeNegative && *seconds * 1000 < 1)
        return invalid("duration must be greater than 0");
    return {};
}

/// The first failure of checks and of subtrees.
Status firstOf(std::initializer_list<Status> checks)
{
    for (const Status &status : checks) {
        if (!status)
            return status;
    }
    return {};
}

Status checkCall(const Call &call, const DurationFrame &frame)
{
    for (const auto &argument : call.arguments) {
        if (auto status = checkDurations(*argument, frame); !status)
            return status;
    }
    return {};
}

} // namespace

int64_t resolvedMs(const DurationPtr &expr, int64_t plainMs, const DurationFrame &frame)
{
    if (!expr)
        return plainMs;
    const auto seconds = secondsOf(*expr, frame);
    return seconds ? std::llround(*seconds * 1000) : plainMs;
}

Status checkDurations(const Expr &expr, const DurationFrame &frame)
{
    if (const auto *selector = expr.as<VectorSelector>())
        return check(selector->shift.offsetExpr, frame, true);
    if (const auto *range = expr.as<RangeSelector>())
        return firstOf({check(range->rangeExpr, frame, false), checkDurations(*range->selector, frame)});
    if (const auto *subquery = expr.as<Subquery>())
        return firstOf({check(subquery->rangeExpr, frame, false), check(subquery->stepExpr, frame, false),
                        check(subquery->shift.offsetExpr, frame, true),
                        checkDurations(*subquery->expr, frame)});
    if (const auto *call = expr.as<Call>())
        return checkCall(*call, frame);
    if (const auto *aggregation = expr.as<Aggregation>())
        return firstOf({aggregation->parameter ? checkDurations(*aggregation->parameter, frame) : Status(),
                        checkDurations(*aggregation->expr, frame)});
    if (const auto *binary = expr.as<Binary>())
        return firstOf({checkDurations(*binary->left, frame), checkDurations(*binary->right, frame)});
    if (const auto *unary = expr.as<Unary>())
        return checkDurations(*unary->expr, frame);
    if (const auto *paren = expr.as<Paren>())
        return checkDurations(*paren->expr, frame);
    return {};
}

} // namespace plimsoll::promql
