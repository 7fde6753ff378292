#pragma once

#include "storage/model/Labels.h"

#include <string>
#include <string_view>

namespace plimsoll::promql {

bool isValidUtf8(std::string_view text);

/// The length of the valid UTF-8 character at the front; 0 where there is none.
size_t characterLength(std::string_view text);

/// The text in double quotes, with what cannot be printed escaped as in Go.
std::string quoted(std::string_view text);

/// The same of one character, in single quotes.
std::string quotedCharacter(std::string_view character);

/// Labels as Prometheus prints them in messages: {__name__="x", a="b"}.
std::string labelsText(const Labels &labels);

/// Compares text so that numbers within it sort by value: "cpu2" before "cpu10".
bool naturallyLess(std::string_view a, std::string_view b);

} // namespace plimsoll::promql
