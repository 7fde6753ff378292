#include "storage/query/Evaluator.h"
#include "storage/query/Text.h"

#include <re2/re2.h>

#include <algorithm>

namespace plimsoll::promql {

namespace {

Value sortByLabels(Evaluator &evaluator, const Call &call, const Grid &grid, bool descending)
{
    VectorValue vector = evaluator.vector(*call.arguments[0], grid);
    if (grid.steps != 1)
        return vector;
    std::vector<std::string> names;
    for (size_t i = 1; i < call.arguments.size(); i++)
        names.push_back(evaluator.string(*call.arguments[i]));
    std::ranges::stable_sort(vector, [&](const Column &a, const Column &b) {
        const Column &left = descending ? b : a;
        const Column &right = descending ? a : b;
        for (const auto &name : names) {
            if (left.labels->value(name) != right.labels->value(name))
                return naturallyLess(left.labels->value(name), right.labels->value(name));
        }
        return *left.labels < *right.labels;
    });
    return vector;
}

Value sortByLabel(Evaluator &e, const Expr &, const Call &call, const Grid &grid)
{
    return sortByLabels(e, call, grid, false);
}
Value sortByLabelDesc(Evaluator &e, const Expr &, const Call &call, const Grid &grid)
{
    return sortByLabels(e, call, grid, true);
}

// --- labels ---

bool isWordCharacter(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::string_view groupOf(const RE2 &pattern, std::string_view name,
                         const std::vector<re2::StringPiece> &groups)
{
    const bool isNumber =
        !name.empty() && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
    size_t index = groups.size();
    if (isNumber && name.size() < 9) {
        index = static_cast<size_t>(std::stoul(std::string(name)));
    } else {
        const auto &names = pattern.NamedCapturingGroups();
        const auto place = names.find(std::string(name));
        index = place == names.end() ? groups.size() : static_cast<size_t>(place->second);
    }
    return index < groups.size() ? std::string_view(groups[index].data(), groups[index].size())
                                 : std::string_view();
}

/// Replaces $1, $name, ${name} and $$ in a template.
std::string expanded(std::string_view text, const RE2 &pattern, const std::vector<re2::StringPiece> &groups)
{
    std::string result;
    for (size_t i = 0; i < text.size(); i++) {
        if (text[i] != '$' || i + 1 == text.size()) {
            result += text[i];
            continue;
        }
        if (text[i + 1] == '$') {
            result += text[++i];
            continue;
        }
        const bool braced = text[i + 1] == '{';
        const size_t start = i + (braced ? 2 : 1);
        size_t end = start;
        while (end < text.size() && isWordCharacter(text[end]))
            end++;
        if (end == start || (braced && (end == text.size() || text[end] != '}'))) {
            result += text[i];
            continue;
        }
        result += groupOf(pattern, text.substr(start, end - start), groups);
        i = braced ? end : end - 1;
    }
    return result;
}

bool isLabelName(const std::string &name) { return !name.empty() && isValidUtf8(name); }

/// A name that is given anew stays, even where a function had dropped the one before.
void rename(Column &column, LabelsPtr labels, std::string_view destination)
{
    column.labels = std::move(labels);
    column.dropsName = column.dropsName && destination != nameLabel;
}

Value labelReplace(Evaluator &evaluator, const Expr &, const Call &call, const Grid &grid)
{
    VectorValue vector = evaluator.vector(*call.arguments[0], grid);
    const std::string destination = evaluator.string(*call.arguments[1]);
    const std::string replacement = evaluator.string(*call.arguments[2]);
    const std::string source = evaluator.string(*call.arguments[3]);
    const std::string text = evaluator.string(*call.arguments[4]);
    const RE2 pattern("^(?s:" + text + ")$", RE2::Quiet);
    if (!pattern.ok()) {
        evaluator.context().fail(call.arguments[4]->position,
                                 "invalid regular expression in label_replace(): " + text);
        return vector;
    }
    if (!isLabelName(destination)) {
        evaluator.context().fail(call.arguments[1]->position,
                                 "invalid destination label name in label_replace(): " + destination);
        return vector;
    }
    std::vector<re2::StringPiece> groups(static_cast<size_t>(pattern.NumberOfCapturingGroups()) + 1);
    for (Column &column : vector) {
        const std::string value(column.labels->value(source));
        if (!pattern.Match(value, 0, value.size(), RE2::ANCHOR_BOTH, groups.data(),
                           static_cast<int>(groups.size())))
            continue;
        auto labels = std::make_shared<Labels>(*column.labels);
        labels->set(destination, expanded(replacement, pattern, groups));
        rename(column, std::move(labels), destination);
    }
    evaluator.requireUnique(vector);
    return vector;
}

Value labelJoin(Evaluator &evaluator, const Expr &expr, const Call &call, const Grid &grid)
{
    VectorValue vector = evaluator.vector(*call.arguments[0], grid);
    const std::string destination = evaluator.string(*call.arguments[1]);
    const std::string separator = evaluator.string(*call.arguments[2]);
    std::vector<std::string> sources;
    for (size_t i = 3; i < call.arguments.size(); i++)
        sources.push_back(evaluator.string(*call.arguments[i]));
    const auto invalid = std::ranges::find_if_not(sources, isLabelName);
    if (invalid != sources.end() || !isLabelName(destination)) {
        evaluator.context().fail(expr.position,
                                 invalid != sources.end()
                                     ? "invalid source label name in label_join(): " + *invalid
                                     : "invalid destination label name in label_join(): " + destination);
        return vector;
    }
    for (Column &column : vector) {
        std::string joined;
        for (size_t i = 0; i < sources.size(); i++)
            joined += (i > 0 ? separator : "") + std::string(column.labels->value(sources[i]));
        auto labels = std::make_shared<Labels>(*column.labels);
        labels->set(destination, joined);
        rename(column, std::move(labels), destination);
    }
    evaluator.requireUnique(vector);
    return vector;
}

FunctionRow row(std::string_view name, std::vector<ValueType> arguments, SpecialFunction function)
{
    FunctionRow result{name, arguments, arguments.size()};
    result.special = function;
    return result;
}

FunctionRow repeatable(FunctionRow row, size_t minArguments)
{
    row.repeatsLast = true;
    row.minArguments = minArguments;
    return row;
}

} // namespace

/// Those that look at labels and not at values.
std::vector<FunctionRow> labelFunctions()
{
    constexpr auto string = ValueType::String;
    constexpr auto vector = ValueType::InstantVector;
    return {
        repeatable(row("sort_by_label", {vector, string}, sortByLabel), 2),
        repeatable(row("sort_by_label_desc", {vector, string}, sortByLabelDesc), 2),
        row("label_replace", {vector, string, string, string, string}, labelReplace),
        repeatable(row("label_join", {vector, string, string, string}, labelJoin), 3),
    };
}

} // namespace plimsoll::promql
