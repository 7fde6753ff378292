#include "storage/query/Printer.h"

#include "storage/query/Duration.h"
#include "storage/query/Functions.h"
#include "storage/query/Text.h"

#include <algorithm>
#include <cmath>

namespace plimsoll::promql {

namespace {

bool isPlainName(std::string_view name)
{
    for (size_t i = 0; i < name.size(); i++) {
        const char c = name[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return !name.empty();
}

std::string labelName(const std::string &name) { return isPlainName(name) ? name : quoted(name); }

std::string list(const std::vector<std::string> &names)
{
    std::string result = "(";
    for (const auto &name : names)
        result += (result.size() > 1 ? ", " : "") + labelName(name);
    return result + ")";
}

std::string printDuration(int64_t plainMs, const DurationPtr &expr)
{
    return expr ? printDurationExpr(*expr) : formatDuration(plainMs);
}

std::string printMatchers(const VectorSelector &selector)
{
    constexpr std::string_view ops[] = {"=", "!=", "=~", "!~"};
    std::vector<std::string> matchers;
    for (size_t i = selector.named ? 1 : 0; i < selector.matchers.size(); i++) {
        const Matcher &matcher = selector.matchers[i];
        matchers.push_back(labelName(matcher.name) + std::string(ops[static_cast<size_t>(matcher.op)]) +
                           quoted(matcher.value));
    }
    std::ranges::sort(matchers);
    if (selector.matchers.empty())
        return "{}";
    std::string result = selector.named ? selector.matchers[0].value : "";
    for (size_t i = 0; i < matchers.size(); i++)
        result += (i == 0 ? "{" : ",") + matchers[i];
    return result + (matchers.empty() ? "" : "}");
}

std::string printBounds(const VectorSelector &selector)
{
    constexpr std::string_view names[] = {"", " anchored", " smoothed"};
    return std::string(names[static_cast<size_t>(selector.bounds)]);
}

std::string printAnchor(const TimeShift &shift)
{
    switch (shift.anchor) {
    case TimeShift::Anchor::None:
        return "";
    case TimeShift::Anchor::Start:
        return " @ start()";
    case TimeShift::Anchor::End:
        return " @ end()";
    case TimeShift::Anchor::Time:
        break;
    }
    const int64_t rest = std::abs(shift.atMs % 1000);
    return std::string(shift.atMs < 0 ? " @ -" : " @ ") + std::to_string(std::abs(shift.atMs / 1000)) + "." +
           std::to_string(1000 + rest).substr(1);
}

std::string printOffset(const TimeShift &shift)
{
    if (!shift.offsetExpr && shift.offsetMs == 0)
        return "";
    return " offset " + printDuration(shift.offsetMs, shift.offsetExpr);
}

std::string printNumber(double value, bool isDuration)
{
    if (isDuration && value == 0 && std::signbit(value))
        return "-0s";
    return isDuration && std::fabs(value) < 9e15
               ? formatDuration(static_cast<int64_t>(std::llround(value * 1000)))
               : formatNumberFixed(value);
}

/// Appends each node to one text.
class Printer
{
public:
    std::string take() { return std::move(m_text); }

    void add(const Expr &expr)
    {
        std::visit([this](const auto &node) { put(node); }, expr.node);
    }

private:
    void addFirst(const Expr &operand, bool beginsTighter)
    {
        if (isUnsignedInfinity(operand, beginsTighter))
            m_text += "Inf";
        else
            add(operand);
    }

    void put(const NumberLiteral &number) { m_text += printNumber(number.value, number.isDuration); }
    void put(const StringLiteral &string) { m_text += quoted(string.value); }
    void put(const VectorSelector &selector)
    {
        m_text += printMatchers(selector) + printAnchor(selector.shift) + printBounds(selector) +
                  printOffset(selector.shift);
    }
    void put(const RangeSelector &range)
    {
        const auto &selector = *range.selector->as<VectorSelector>();
        m_text += printMatchers(selector) + "[" + printDuration(range.rangeMs, range.rangeExpr) + "]" +
                  printBounds(selector) + printAnchor(selector.shift) + printOffset(selector.shift);
    }
    void put(const Subquery &subquery)
    {
        addFirst(*subquery.expr, true);
        m_text += printSubqueryTail(subquery);
    }
    void put(const Call &call)
    {
        m_text += std::string(call.function->name) + "(";
        for (size_t i = 0; i < call.arguments.size(); i++) {
            m_text += i > 0 ? ", " : "";
            add(*call.arguments[i]);
        }
        m_text += ")";
    }
    void put(const Aggregation &aggregation)
    {
        m_text += printAggregationHead(aggregation) + "(";
        if (aggregation.parameter) {
            add(*aggregation.parameter);
            m_text += ", ";
        }
        add(*aggregation.expr);
        m_text += ")";
    }
    void put(const Binary &binary)
    {
        addFirst(*binary.left, binary.op == BinaryOp::Power);
        m_text += " " + printOperator(binary) + " ";
        add(*binary.right);
    }
    void put(const Unary &unary)
    {
        m_text += unary.negative ? "-" : "+";
        add(*unary.expr);
    }
    void put(const Paren &paren)
    {
        m_text += "(";
        add(*paren.expr);
        m_text += ")";
    }

    std::string m_text;
};

} // namespace

bool isUnsignedInfinity(const Expr &operand, bool beginsTighter)
{
    const auto *number = operand.as<NumberLiteral>();
    return beginsTighter && number && number->value > 0 && std::isinf(number->value);
}

std::string print(const Expr &expr)
{
    Printer printer;
    printer.add(expr);
    return printer.take();
}

std::string printAggregationHead(const Aggregation &aggregation)
{
    std::string result(aggregateOpName(aggregation.op));
    if (aggregation.without || !aggregation.labels.empty())
        result += (aggregation.without ? " without " : " by ") + list(aggregation.labels) + " ";
    return result;
}

std::string printOperator(const Binary &binary)
{
    const VectorMatching &matching = binary.matching;
    std::string result = std::string(binaryOpName(binary.op)) + (binary.returnBool ? " bool" : "");
    if (binary.hasMatching)
        result += (matching.on ? " on " : " ignoring ") + list(matching.labels);
    if (matching.card == VectorMatching::Card::ManyToOne)
        result += " group_left " + list(matching.include);
    if (matching.card == VectorMatching::Card::OneToMany)
        result += " group_right " + list(matching.include);
    const auto &[left, right] = std::pair{matching.fillLeft, matching.fillRight};
    const bool same = left && right && (*left == *right || (std::isnan(*left) && std::isnan(*right))) &&
                      std::signbit(*left) == std::signbit(*right);
    if (same)
        return result + " fill (" + formatNumberFixed(*left) + ")";
    if (left)
        result += " fill_left (" + formatNumberFixed(*left) + ")";
    if (right)
        result += " fill_right (" + formatNumberFixed(*right) + ")";
    return result;
}

std::string printSubqueryTail(const Subquery &subquery)
{
    const bool hasStep = subquery.stepMs > 0 || subquery.stepExpr;
    return "[" + printDuration(subquery.rangeMs, subquery.rangeExpr) + ":" +
           (hasStep ? printDuration(subquery.stepMs, subquery.stepExpr) : "") + "]" +
           printAnchor(subquery.shift) + printOffset(subquery.shift);
}

std::string printDurationExpr(const DurationExpr &expr)
{
    using Op = DurationExpr::Op;
    constexpr std::string_view signs[] = {"", "", "", " + ", " - ", " * ", " / ", " % ", " ^ "};
    std::string text;
    switch (expr.op) {
    case Op::Number:
        text = printNumber(expr.value, expr.isDuration);
        break;
    case Op::Step:
    case Op::Range:
        text = expr.op == Op::Step ? "step()" : "range()";
        break;
    case Op::Negate:
        text = "-" + printDurationExpr(*expr.left);
        break;
    case Op::Min:
    case Op::Max:
        text = (expr.op == Op::Min ? "min(" : "max(") + printDurationExpr(*expr.left) + ", " +
               printDurationExpr(*expr.right) + ")";
        break;
    default:
        text = printDurationExpr(*expr.left) + std::string(signs[static_cast<size_t>(expr.op)]) +
               printDurationExpr(*expr.right);
    }
    return expr.inParens ? "(" + text + ")" : text;
}

} // namespace plimsoll::promql
