#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::api {

/// Splits a comma separated argument; spaces around words and empty words are dropped.
std::vector<std::string> splitList(std::string_view text);

} // namespace plimsoll::api
