#include "alerts/templates/Functions.h"
#include "alerts/templates/GoPrintf.h"

#include <array>
#include <cmath>

namespace plimsoll::alerts::templates {

namespace {

Result<Value> negate(const Call &call) { return Value(!call.arguments[0].isTrue()); }

Result<Value> length(const Call &call)
{
    const Value &value = call.arguments[0];
    if (value.text())
        return Value(int64_t(value.text()->size()));
    if (value.list())
        return Value(int64_t(value.list()->size()));
    if (value.table())
        return Value(int64_t(value.table()->entries.size()));
    return functionFailed("len of type " + value.typeName());
}

Result<Value> elementOf(const Value &value, const Value &at)
{
    if (value.table() && value.table()->missing != Table::Missing::Failure) {
        if (!at.text())
            return functionFailed("the index of a map must be a text, not " + at.typeName());
        const auto found = value.table()->entries.find(*at.text());
        if (found != value.table()->entries.end())
            return found->second;
        return value.table()->missing == Table::Missing::EmptyText ? Value("") : Value();
    }
    const int64_t size = value.list()   ? int64_t(value.list()->size())
                         : value.text() ? int64_t(value.text()->size())
                                        : -1;
    if (size < 0)
        return functionFailed("can't index item of type " + value.typeName());
    if (!at.integer())
        return functionFailed("cannot index with type " + at.typeName());
    if (*at.integer() < 0 || *at.integer() >= size)
        return functionFailed("index out of range: " + at.print());
    const auto place = size_t(*at.integer());
    return value.list() ? (*value.list())[place] : Value(int64_t(uint8_t((*value.text())[place])));
}

Result<Value> index(const Call &call)
{
    Value value = call.arguments[0];
    for (const Value &at : call.arguments.subspan(1)) {
        Result<Value> element = elementOf(value, at);
        if (!element)
            return element;
        value = *std::move(element);
    }
    return value;
}

Result<Value> slice(const Call &call)
{
    const Value &value = call.arguments[0];
    if (!value.text() && !value.list())
        return functionFailed("can't slice item of type " + value.typeName());
    const size_t size = value.text() ? value.text()->size() : value.list()->size();
    std::array<size_t, 2> bounds{0, size};
    for (size_t i = 1; i < call.arguments.size(); i++) {
        const int64_t *bound = call.arguments[i].integer();
        if (!bound || *bound < 0 || size_t(*bound) > size)
            return functionFailed("index out of range: " + call.arguments[i].print());
        bounds[i - 1] = size_t(*bound);
    }
    if (bounds[0] > bounds[1])
        return functionFailed("invalid slice index: " + std::to_string(bounds[0]) + " > " +
                              std::to_string(bounds[1]));
    if (value.text())
        return Value(value.text()->substr(bounds[0], bounds[1] - bounds[0]));
    return Value(
        List(value.list()->begin() + ptrdiff_t(bounds[0]), value.list()->begin() + ptrdiff_t(bounds[1])));
}

/// Go's Sprint: a space between two values of which neither is a text.
Result<Value> print(const Call &call)
{
    std::string text;
    for (size_t i = 0; i < call.arguments.size(); i++) {
        if (i > 0 && !call.arguments[i].text() && !call.arguments[i - 1].text())
            text.push_back(' ');
        text.append(call.arguments[i].print());
    }
    return Value(std::move(text));
}

std::string joined(std::span<const Value> values)
{
    std::string text;
    for (const Value &value : values)
        text.append(&value == values.data() ? "" : " ").append(value.print());
    return text;
}

Result<Value> println(const Call &call) { return Value(joined(call.arguments) + "\n"); }

Result<Value> printf(const Call &call)
{
    if (!call.arguments[0].text())
        return functionFailed("wrong type for value; expected string; got " + call.arguments[0].typeName());
    return Value(goPrintf(*call.arguments[0].text(), call.arguments.subspan(1)));
}

std::string plainText(const Call &call)
{
    return call.arguments.size() == 1 ? call.arguments[0].print() : joined(call.arguments);
}

Result<Value> html(const Call &call)
{
    std::string escaped;
    for (const char c : plainText(call)) {
        switch (c) {
        case '<':
            escaped += "&lt;";
            break;
        case '>':
            escaped += "&gt;";
            break;
        case '&':
            escaped += "&amp;";
            break;
        case '"':
            escaped += "&#34;";
            break;
        case '\'':
            escaped += "&#39;";
            break;
        default:
            escaped += c;
        }
    }
    return Value(std::move(escaped));
}

Result<Value> js(const Call &call)
{
    static constexpr std::string_view special = "\\'\"<>&=";
    static constexpr std::array<const char *, 7> forms{"\\\\",    "\\'",     "\\\"",   "\\u003C",
                                                       "\\u003E", "\\u0026", "\\u003D"};
    std::string escaped;
    for (const char c : plainText(call)) {
        const size_t found = special.find(c);
        if (found != std::string_view::npos)
            escaped += forms[found];
        else if (uint8_t(c) < 0x20)
            escaped += goPrintf("\\u%04X", std::array{Value(int64_t(c))});
        else
            escaped += c;
    }
    return Value(std::move(escaped));
}

Result<Value> urlquery(const Call &call)
{
    std::string escaped;
    for (const char c : plainText(call)) {
        if (c == ' ')
            escaped += '+';
        else if (std::isalnum(uint8_t(c)) || std::string_view("-_.~").find(c) != std::string_view::npos)
            escaped += c;
        else
            escaped += goPrintf("%%%02X", std::array{Value(int64_t(uint8_t(c)))});
    }
    return Value(std::move(escaped));
}

std::optional<double> asNumber(const Value &value)
{
    if (value.integer())
        return double(*value.integer());
    if (value.span())
        return double(value.span()->nanoseconds);
    return value.real() ? std::optional(*value.real()) : std::nullopt;
}

/// -1, 0, 1, or 2 where they are of one kind but neither is less (NaN); nothing where they do not compare.
/// Whole numbers and others compare by value, where Go would refuse.
std::optional<int> compare(const Value &left, const Value &right)
{
    if (left.text() && right.text())
        return left.text()->compare(*right.text()) < 0 ? -1 : *left.text() == *right.text() ? 0 : 1;
    if (left.flag() && right.flag())
        return *left.flag() == *right.flag() ? 0 : 2;
    if (left.isNothing() || right.isNothing())
        return left.isNothing() && right.isNothing() ? 0 : 2;
    if (left.integer() && right.integer())
        return *left.integer() < *right.integer() ? -1 : *left.integer() == *right.integer() ? 0 : 1;
    const std::optional<double> a = asNumber(left);
    const std::optional<double> b = asNumber(right);
    if (!a || !b)
        return {};
    return *a < *b ? -1 : *a == *b ? 0 : *a > *b ? 1 : 2;
}

Error incomparable(const Value &left, const Value &right)
{
    return functionFailed("incompatible types for comparison: " + left.typeName() + " and " +
                          right.typeName());
}

Result<Value> equal(const Call &call)
{
    for (const Value &other : call.arguments.subspan(1)) {
        const std::optional<int> order = compare(call.arguments[0], other);
        if (!order)
            return incomparable(call.arguments[0], other);
        if (*order == 0)
            return Value(true);
    }
    return Value(false);
}

template<typename Holds>
Result<Value> ordered(const Call &call, Holds holds)
{
    const std::optional<int> order = compare(call.arguments[0], call.arguments[1]);
    if (!order)
        return incomparable(call.arguments[0], call.arguments[1]);
    return Value(holds(*order));
}

Result<Value> notEqual(const Call &call)
{
    return ordered(call, [](int order) { return order != 0; });
}

Result<Value> less(const Call &call)
{
    return ordered(call, [](int order) { return order == -1; });
}

Result<Value> lessOrEqual(const Call &call)
{
    return ordered(call, [](int order) { return order == -1 || order == 0; });
}

Result<Value> greater(const Call &call)
{
    return ordered(call, [](int order) { return order == 1; });
}

Result<Value> greaterOrEqual(const Call &call)
{
    return ordered(call, [](int order) { return order == 1 || order == 0; });
}

constexpr size_t any = Function::any;
constexpr std::array table{
    Function{"and", 1, any, nullptr},       Function{"or", 1, any, nullptr},
    Function{"tmpl", 2, 2, nullptr},        Function{"not", 1, 1, negate},
    Function{"len", 1, 1, length},          Function{"index", 1, any, index},
    Function{"slice", 1, 3, slice},         Function{"print", 0, any, print},
    Function{"println", 0, any, println},   Function{"printf", 1, any, printf},
    Function{"html", 0, any, html},         Function{"js", 0, any, js},
    Function{"urlquery", 0, any, urlquery}, Function{"eq", 2, any, equal},
    Function{"ne", 2, 2, notEqual},         Function{"lt", 2, 2, less},
    Function{"le", 2, 2, lessOrEqual},      Function{"gt", 2, 2, greater},
    Function{"ge", 2, 2, greaterOrEqual},
};

} // namespace

std::span<const Function> languageFunctions() { return table; }

const Function *findFunction(std::string_view name)
{
    for (const std::span<const Function> functions : {languageFunctions(), prometheusFunctions()}) {
        const auto found = std::find_if(functions.begin(), functions.end(),
                                        [&](const Function &function) { return function.name == name; });
        if (found != functions.end())
            return &*found;
    }
    return nullptr;
}

} // namespace plimsoll::alerts::templates
