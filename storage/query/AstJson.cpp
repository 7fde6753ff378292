#include "storage/query/AstJson.h"

#include "storage/query/Duration.h"
#include "storage/query/Functions.h"
#include "storage/query/Text.h"

#include <cmath>

namespace plimsoll::promql {

namespace {

/// Bytes that are not UTF-8 become the replacement character.
std::string jsonText(std::string_view text)
{
    constexpr char digits[] = "0123456789abcdef";
    std::string result = "\"";
    while (!text.empty()) {
        const size_t length = characterLength(text);
        const auto byte = static_cast<unsigned char>(text[0]);
        if (text[0] == '"' || text[0] == '\\')
            (result += '\\') += text[0];
        else if (byte < 0x20)
            ((result += "\\u00") += digits[byte >> 4]) += digits[byte & 15];
        else if (length == 0)
            result += "\xef\xbf\xbd";
        else
            result += text.substr(0, length);
        text.remove_prefix(std::max<size_t>(length, 1));
    }
    return result += '"';
}

std::string jsonBool(bool value) { return value ? "true" : "false"; }

std::string jsonList(const std::vector<std::string> &texts)
{
    std::string result = "[";
    for (const auto &text : texts)
        result += (result.size() > 1 ? "," : "") + jsonText(text);
    return result + "]";
}

std::string jsonFill(const std::optional<double> &value)
{
    return value && std::isfinite(*value) ? formatNumberFixed(*value) : "null";
}

std::string jsonMatchers(const VectorSelector &selector)
{
    constexpr std::string_view ops[] = {"=", "!=", "=~", "!~"};
    std::string result;
    const auto put = [&](const Matcher &matcher) {
        result += (result.empty() ? "" : ",") + ("{\"name\":" + jsonText(matcher.name)) +
                  ",\"type\":" + jsonText(ops[static_cast<size_t>(matcher.op)]) +
                  ",\"value\":" + jsonText(matcher.value) + "}";
    };
    for (size_t i = selector.named ? 1 : 0; i < selector.matchers.size(); i++)
        put(selector.matchers[i]);
    if (selector.named)
        put(selector.matchers[0]);
    return "[" + result + "]";
}

std::string jsonShift(const TimeShift &shift)
{
    const bool timed = shift.anchor == TimeShift::Anchor::Time;
    const std::string anchor = shift.anchor == TimeShift::Anchor::Start ? "\"start\""
                               : shift.anchor == TimeShift::Anchor::End ? "\"end\""
                                                                        : "null";
    return "\"offset\":" + std::to_string(shift.offsetMs) +
           ",\"timestamp\":" + (timed ? std::to_string(shift.atMs) : "null") + ",\"startOrEnd\":" + anchor;
}

/// The fields that instant and range selectors share.
std::string jsonSelector(const VectorSelector &selector)
{
    return "\"name\":" + jsonText(selector.named ? selector.matchers[0].value : "") + "," +
           jsonShift(selector.shift) + ",\"matchers\":" + jsonMatchers(selector) +
           ",\"anchored\":" + jsonBool(selector.bounds == VectorSelector::Bounds::Anchored) +
           ",\"smoothed\":" + jsonBool(selector.bounds == VectorSelector::Bounds::Smoothed);
}

std::string jsonMatching(const VectorMatching &matching)
{
    constexpr std::string_view cards[] = {"one-to-one", "many-to-one", "one-to-many", "many-to-many"};
    return "{\"card\":" + jsonText(cards[static_cast<size_t>(matching.card)]) +
           ",\"labels\":" + jsonList(matching.labels) + ",\"on\":" + jsonBool(matching.on) +
           ",\"include\":" + jsonList(matching.include) +
           ",\"fillValues\":{\"lhs\":" + jsonFill(matching.fillLeft) +
           ",\"rhs\":" + jsonFill(matching.fillRight) + "}}";
}

std::string jsonFunction(const FunctionRow &function)
{
    std::string types;
    for (const ValueType type : function.arguments)
        types += (types.empty() ? "\"" : ",\"") + std::string(valueTypeCode(type)) + "\"";
    const std::string variadic =
        function.repeatsLast ? "-1" : std::to_string(function.arguments.size() - function.minArguments);
    return "{\"name\":" + jsonText(function.name) + ",\"argTypes\":[" + types + "],\"variadic\":" + variadic +
           ",\"returnType\":" + jsonText(valueTypeCode(function.returns)) + "}";
}

struct Emitter
{
    std::string operator()(const NumberLiteral &number) const
    {
        return R"({"type":"numberLiteral","val":)" + jsonText(formatNumberFixed(number.value)) + "}";
    }
    std::string operator()(const StringLiteral &string) const
    {
        return R"({"type":"stringLiteral","val":)" + jsonText(string.value) + "}";
    }
    std::string operator()(const VectorSelector &selector) const
    {
        return R"({"type":"vectorSelector",)" + jsonSelector(selector) + "}";
    }
    std::string operator()(const RangeSelector &range) const
    {
        return R"({"type":"matrixSelector","range":)" + std::to_string(range.rangeMs) + "," +
               jsonSelector(*range.selector->as<VectorSelector>()) + "}";
    }
    std::string operator()(const Subquery &subquery) const
    {
        return R"({"type":"subquery","expr":)" + astJson(*subquery.expr) +
               ",\"range\":" + std::to_string(subquery.rangeMs) +
               ",\"step\":" + std::to_string(subquery.stepMs) + "," + jsonShift(subquery.shift) + "}";
    }
    std::string operator()(const Call &call) const
    {
        std::string arguments;
        for (const ExprPtr &argument : call.arguments)
            arguments += (arguments.empty() ? "" : ",") + astJson(*argument);
        return R"({"type":"call","func":)" + jsonFunction(*call.function) + ",\"args\":[" + arguments + "]}";
    }
    std::string operator()(const Aggregation &node) const
    {
        return R"({"type":"aggregation","op":)" + jsonText(aggregateOpName(node.op)) +
               ",\"expr\":" + astJson(*node.expr) +
               ",\"param\":" + (node.parameter ? astJson(*node.parameter) : "null") +
               ",\"grouping\":" + jsonList(node.labels) + ",\"without\":" + jsonBool(node.without) + "}";
    }
    std::string operator()(const Binary &binary) const
    {
        const bool vectors =
            binary.left->type == ValueType::InstantVector && binary.right->type == ValueType::InstantVector;
        return R"({"type":"binaryExpr","op":)" + jsonText(binaryOpName(binary.op)) +
               ",\"lhs\":" + astJson(*binary.left) + ",\"rhs\":" + astJson(*binary.right) +
               ",\"matching\":" + (vectors ? jsonMatching(binary.matching) : "null") +
               ",\"bool\":" + jsonBool(binary.returnBool) + "}";
    }
    std::string operator()(const Unary &unary) const
    {
        return R"({"type":"unaryExpr","op":")" + std::string(unary.negative ? "-" : "+") +
               "\",\"expr\":" + astJson(*unary.expr) + "}";
    }
    std::string operator()(const Paren &paren) const
    {
        return R"({"type":"parenExpr","expr":)" + astJson(*paren.expr) + "}";
    }
};

} // namespace

std::string astJson(const Expr &expr) { return std::visit(Emitter(), expr.node); }

} // namespace plimsoll::promql
