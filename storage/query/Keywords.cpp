#include "storage/query/Keywords.h"

#include <algorithm>
#include <array>

namespace plimsoll::promql {

namespace {

using enum KeywordKind;

constexpr std::array keywords = std::to_array<Keyword>({
    {"and", Operator, true},          {"or", Operator, true},
    {"unless", Operator, true},       {"atan2", Operator, false},
    {"sum", Aggregator, true},        {"avg", Aggregator, true},
    {"min", Aggregator, true},        {"max", Aggregator, true},
    {"count", Aggregator, true},      {"group", Aggregator, true},
    {"stddev", Aggregator, true},     {"stdvar", Aggregator, true},
    {"topk", Aggregator, true},       {"bottomk", Aggregator, true},
    {"quantile", Aggregator, true},   {"count_values", Aggregator, true},
    {"limitk", Aggregator, true},     {"limit_ratio", Aggregator, true},
    {"offset", Modifier, true},       {"anchored", Modifier, true},
    {"smoothed", Modifier, true},     {"by", Modifier, true},
    {"without", Modifier, true},      {"on", Modifier, false},
    {"ignoring", Modifier, false},    {"group_left", Modifier, false},
    {"group_right", Modifier, false}, {"fill", Modifier, false},
    {"fill_left", Modifier, false},   {"fill_right", Modifier, false},
    {"bool", Modifier, false},        {"start", Preprocessor, true},
    {"end", Preprocessor, true},      {"step", Preprocessor, true},
    {"range", Preprocessor, true},    {"inf", Number, false},
    {"nan", Number, false},
});

} // namespace

std::string lowered(std::string_view text)
{
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return result;
}

const Keyword *findKeyword(std::string_view word)
{
    const auto place = std::ranges::find(keywords, lowered(word), &Keyword::name);
    return place == keywords.end() ? nullptr : &*place;
}

} // namespace plimsoll::promql
