#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace plimsoll::promql {

enum class KeywordKind : uint8_t { Operator, Aggregator, Modifier, Preprocessor, Number };

struct Keyword
{
    std::string_view name;
    KeywordKind kind;
    bool namesMetric; ///< whether it may name a metric where an expression begins
};

/// The keyword that is written so, in any case; null where there is none.
const Keyword *findKeyword(std::string_view word);

std::string lowered(std::string_view text);

} // namespace plimsoll::promql
