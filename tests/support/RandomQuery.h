#pragma once

#include <random>
#include <string>
#include <vector>

namespace plimsoll::test {

/// Makes queries that parse: every kind of node, any layout, names and strings that need quotes. Types are
/// not minded.
class RandomQuery
{
public:
    explicit RandomQuery(uint32_t seed)
        : m_random(seed)
    {
    }

    std::string next() { return expr(4); }

private:
    size_t below(size_t end) { return std::uniform_int_distribution<size_t>(0, end - 1)(m_random); }
    bool once(size_t in) { return below(in) == 0; }
    std::string pick(const std::vector<std::string> &texts) { return texts[below(texts.size())]; }
    std::string space() { return pick({"", " ", "  ", "\n", " # a comment\n"}); }

    std::string expr(int depth)
    {
        if (depth == 0)
            return leaf();
        switch (below(9)) {
        case 0:
            return binary(depth);
        case 1:
            return "(" + space() + expr(depth - 1) + space() + ")";
        case 2:
            return call(depth);
        case 3:
            return aggregation(depth);
        case 4:
            return pick({"-", "+", "- "}) + expr(depth - 1);
        case 5:
            return "(" + expr(depth - 1) + ")[" + duration() + ":" + (once(2) ? duration() : "") + "]" +
                   shift();
        default:
            return leaf();
        }
    }

    std::string leaf()
    {
        switch (below(5)) {
        case 0:
            return pick(
                {"1", "0x1F", "1_000.5", "1e-7", "0755", "Inf", "nan", "1h30m", "250ms", ".5", "2y", "1e20"});
        case 1:
            return string();
        case 2:
            return selector() + "[" + duration() + "]" + pick({"", " anchored", " smoothed"}) + shift();
        default:
            return selector() + shift();
        }
    }

    std::string selector()
    {
        const std::string name = pick({"up", "a:b", "sum", "offset", "by", "start", "range", "_x", ":y", ""});
        std::string matchers =
            name.empty() ? pick({"\"a.b\"", "__name__=~\"u.+\"", "job=\"x\"", "'é'!=\"1\""}) : "";
        for (size_t i = below(3); i > 0; i--)
            matchers += (matchers.empty() ? "" : "," + space()) + pick({"a", "by", "\"b c\"", "sum", "le"}) +
                        space() + pick({"=", "!="}) + space() + string();
        if (once(4))
            matchers += (matchers.empty() ? "" : ",") + pick({"r=~", "r !~ "}) +
                        pick({"\"x|y.*\"", "'(?i)a+'", "`\\d+`"});
        if (!matchers.empty() && once(4))
            matchers += ",";
        return name + (matchers.empty() ? "" : space() + "{" + matchers + "}");
    }

    std::string string()
    {
        return pick({"\"\"", "'a'", "\"tab\\t\\\"\\u00e9\\xff\\101\"", "`raw\\\n\"`", "'\\'\\\\'",
                     "\"\\a\\b\\f\\v\\r\\u0085\"", "\"é漢😀\"", "\"\\U0001F600\\x00\""});
    }

    std::string plainDuration()
    {
        return pick({"5m", "1h30m", "300", "0.25", "1y2w3d4h5m6s7ms", "1_0", "0x10"});
    }

    std::string duration(int depth = 2)
    {
        if (depth == 0 || !once(3))
            return plainDuration();
        switch (below(5)) {
        case 0:
            return "(" + duration(depth - 1) + ")";
        case 1:
            return duration(depth - 1) + pick({"+", " - ", "*", "/", "%", "^"}) + duration(depth - 1);
        case 2:
            return pick({"step()", "range( )"});
        case 3:
            return "-(" + duration(depth - 1) + ")";
        default:
            return pick({"min(", "max("}) + duration(depth - 1) + "," + duration(depth - 1) + ")";
        }
    }

    std::string shift()
    {
        const std::string at = pick({"", "", " @ 1234.567", " @ -5", " @start()", " @ end()", " @ 1h"});
        const std::string offset =
            once(3) ? " offset " + pick({"5m", "-1h30m", "+7", "step()", "-(1m * 2)", "-max(step(), 5s)"})
                    : "";
        return once(2) ? at + offset : offset + at;
    }

    std::string call(int depth)
    {
        const std::string name = pick({"rate", "abs", "time", "label_replace", "clamp", "vector"});
        std::string arguments;
        for (size_t i = below(4); i > 0; i--)
            arguments += (arguments.empty() ? "" : "," + space()) + expr(depth - 1);
        return name + space() + "(" + arguments + space() + ")";
    }

    std::string labels() { return pick({"()", "(a)", "(a, by)", "(sum,\"b c\" ,)", "( on )"}); }

    std::string aggregation(int depth)
    {
        const bool parameter = once(3);
        const std::string name =
            parameter ? pick({"topk", "QUANTILE", "count_values", "limitk"}) : pick({"sum", "AVG", "group"});
        const std::string grouping = once(2) ? "" : pick({"by", "without", "BY "}) + labels();
        const std::string body = "(" + (parameter ? expr(depth - 1) + ", " : "") + expr(depth - 1) + ")";
        return once(2) ? name + " " + grouping + body : name + body + grouping;
    }

    std::string binary(int depth)
    {
        std::string op = pick({"+", "-", "*", "/", "%", "^", "==", "!=", "<", ">", "<=", ">=", "and", "OR",
                               "unless", "atan2", "</", ">/"});
        if (once(4))
            op += " bool";
        if (once(3)) {
            op += pick({" on", " ignoring"}) + labels();
            if (once(2))
                op += pick({" group_left", " group_right"}) + (once(2) ? labels() : "");
        }
        if (once(5))
            op += pick({" fill(0)", " fill_left(-1)", " fill_right(NaN)", " fill_right(1) fill_left(2)"});
        return expr(depth - 1) + " " + op + " " + expr(depth - 1);
    }

    std::mt19937 m_random;
};

} // namespace plimsoll::test
