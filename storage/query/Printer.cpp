#include "storage/model/Labels.h"
#include "storage/query/Ast.h"
#include "storage/query/Duration.h"
#include "storage/query/Functions.h"

#include <cmath>

namespace plimsoll::promql {

namespace {

bool isPlainName(std::string_view name, bool allowColon)
{
    for (size_t i = 0; i < name.size(); i++) {
        const char c = name[i];
        const bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (allowColon && c == ':');
        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return !name.empty();
}

std::string quoted(std::string_view text)
{
    std::string result = "\"";
    for (const char c : text) {
        constexpr char digits[] = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            (result += '\\') += c;
        else if (c == '\n')
            result += "\\n";
        else if (byte < 0x20 || byte == 0x7f)
            ((result += "\\x") += digits[byte >> 4]) += digits[byte & 15];
        else
            result += c;
    }
    return result += '"';
}

std::string labelName(const std::string &name) { return isPlainName(name, false) ? name : quoted(name); }

std::string list(const std::vector<std::string> &names)
{
    std::string result = "(";
    for (const auto &name : names)
        result += (result.size() > 1 ? ", " : "") + labelName(name);
    return result + ")";
}

std::string printMatchers(const VectorSelector &selector)
{
    constexpr std::string_view ops[] = {"=", "!=", "=~", "!~"};
    std::string name;
    std::string rest;
    for (const Matcher &matcher : selector.matchers) {
        const bool isName = matcher.name == nameLabel && matcher.op == Matcher::Op::Equal;
        if (isName && name.empty() && isPlainName(matcher.value, true)) {
            name = matcher.value;
            continue;
        }
        rest += (rest.empty() ? "" : ",") + labelName(matcher.name) +
                std::string(ops[static_cast<size_t>(matcher.op)]) + quoted(matcher.value);
    }
    return name + (rest.empty() ? "" : "{" + rest + "}");
}

std::string printShift(const TimeShift &shift)
{
    std::string result;
    if (shift.anchor == TimeShift::Anchor::Time)
        result += " @ " + formatNumberFixed(static_cast<double>(shift.atMs) / 1000);
    else if (shift.anchor != TimeShift::Anchor::None)
        result += shift.anchor == TimeShift::Anchor::Start ? " @ start()" : " @ end()";
    if (shift.offsetMs != 0)
        result += " offset " + formatDuration(shift.offsetMs);
    return result;
}

std::string printNumber(const NumberLiteral &literal)
{
    return literal.isDuration && std::fabs(literal.value) < 9e15
               ? formatDuration(static_cast<int64_t>(std::llround(literal.value * 1000)))
               : formatNumber(literal.value);
}

std::string printCall(const Call &call)
{
    std::string result = std::string(call.function->name) + "(";
    for (size_t i = 0; i < call.arguments.size(); i++)
        result += (i > 0 ? ", " : "") + print(*call.arguments[i]);
    return result + ")";
}

std::string printAggregation(const Aggregation &aggregation)
{
    std::string result(aggregateOpName(aggregation.op));
    if (aggregation.without || !aggregation.labels.empty())
        result += (aggregation.without ? " without " : " by ") + list(aggregation.labels) + " ";
    result += "(";
    if (aggregation.parameter)
        result += print(*aggregation.parameter) + ", ";
    return result + print(*aggregation.expr) + ")";
}

std::string printBinary(const Binary &binary)
{
    std::string result =
        print(*binary.left) + " " + std::string(binaryOpName(binary.op)) + (binary.returnBool ? " bool" : "");
    if (binary.hasMatching)
        result += (binary.matching.on ? " on " : " ignoring ") + list(binary.matching.labels);
    if (binary.matching.card == VectorMatching::Card::ManyToOne)
        result += " group_left " + list(binary.matching.include);
    if (binary.matching.card == VectorMatching::Card::OneToMany)
        result += " group_right " + list(binary.matching.include);
    return result + " " + print(*binary.right);
}

} // namespace

std::string print(const Expr &expr)
{
    if (const auto *number = expr.as<NumberLiteral>())
        return printNumber(*number);
    if (const auto *string = expr.as<StringLiteral>())
        return quoted(string->value);
    if (const auto *selector = expr.as<VectorSelector>())
        return printMatchers(*selector) + printShift(selector->shift);
    if (const auto *range = expr.as<RangeSelector>()) {
        const auto &selector = *range->selector->as<VectorSelector>();
        return printMatchers(selector) + "[" + formatDuration(range->rangeMs) + "]" +
               printShift(selector.shift);
    }
    if (const auto *subquery = expr.as<Subquery>()) {
        return print(*subquery->expr) + "[" + formatDuration(subquery->rangeMs) + ":" +
               (subquery->stepMs > 0 ? formatDuration(subquery->stepMs) : "") + "]" +
               printShift(subquery->shift);
    }
    if (const auto *call = expr.as<Call>())
        return printCall(*call);
    if (const auto *aggregation = expr.as<Aggregation>())
        return printAggregation(*aggregation);
    if (const auto *binary = expr.as<Binary>())
        return printBinary(*binary);
    if (const auto *unary = expr.as<Unary>())
        return (unary->negative ? "-" : "+") + print(*unary->expr);
    return "(" + print(*expr.as<Paren>()->expr) + ")";
}

} // namespace plimsoll::promql
