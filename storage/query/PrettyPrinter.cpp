#include "storage/query/Functions.h"
#include "storage/query/Printer.h"

namespace plimsoll::promql {

namespace {

constexpr size_t maxLineBytes = 100;

std::string indent(size_t level) { return std::string(2 * level, ' '); }

/// What fits on a line stays on it; the rest is taken apart, its operands a level deeper.
class PrettyPrinter
{
public:
    std::string at(size_t level, const Expr &expr)
    {
        std::string line = print(expr);
        if (line.size() <= maxLineBytes)
            return indent(level) + line;
        const auto *unary = expr.as<Unary>();
        if (const auto *aggregation = expr.as<Aggregation>())
            return split(level, *aggregation);
        if (const auto *binary = expr.as<Binary>())
            return first(level + 1, *binary->left, binary->op == BinaryOp::Power) + "\n" + indent(level) +
                   printOperator(*binary) + "\n" + at(level + 1, *binary->right);
        if (const auto *call = expr.as<Call>())
            return split(level, *call);
        if (const auto *paren = expr.as<Paren>())
            return indent(level) + "(\n" + at(level + 1, *paren->expr) + "\n" + indent(level) + ")";
        if (const auto *subquery = expr.as<Subquery>())
            return first(level, *subquery->expr, true) + printSubqueryTail(*subquery);
        if (unary)
            return indent(level) + (unary->negative ? "-" : "+") + trimmed(at(level, *unary->expr));
        return indent(level) + line;
    }

private:
    std::string first(size_t level, const Expr &operand, bool beginsTighter)
    {
        return isUnsignedInfinity(operand, beginsTighter) ? indent(level) + "Inf" : at(level, operand);
    }

    std::string split(size_t level, const Aggregation &aggregation)
    {
        const std::string parameter =
            aggregation.parameter ? at(level + 1, *aggregation.parameter) + ",\n" : "";
        return indent(level) + printAggregationHead(aggregation) + "(\n" + parameter +
               at(level + 1, *aggregation.expr) + "\n" + indent(level) + ")";
    }

    std::string split(size_t level, const Call &call)
    {
        std::string result = indent(level) + std::string(call.function->name) + "(";
        for (size_t i = 0; i < call.arguments.size(); i++)
            result += (i > 0 ? ",\n" : "\n") + at(level + 1, *call.arguments[i]);
        return result + "\n" + indent(level) + ")";
    }

    static std::string trimmed(const std::string &text)
    {
        const auto begin = text.find_first_not_of(' ');
        return begin == std::string::npos ? "" : text.substr(begin);
    }
};

} // namespace

std::string prettyPrint(const Expr &expr) { return PrettyPrinter().at(0, expr); }

} // namespace plimsoll::promql
