#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::api {

/// How many letters must be inserted, removed, replaced or swapped with their neighbour to make one text of
/// another (optimal string alignment); letters are compared without case, and only the first 64 count.
size_t editDistance(std::string_view a, std::string_view b);

/// The names that someone may have meant by `wanted`, nearest first, at most `limit`.
std::vector<std::string> closeNames(std::string_view wanted, const std::vector<std::string> &names,
                                    size_t limit = 3);

/// How well a name fits what was typed: 0 is the same, larger is worse, nothing is no match. In this order:
/// the same, its beginning, the beginning of a word in it, within it, its letters in order with gaps, one or
/// two letters off.
std::optional<int> searchRank(std::string_view typed, std::string_view name);

} // namespace plimsoll::api
