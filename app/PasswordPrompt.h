#pragma once

#include "storage/model/Result.h"

#include <string>

namespace plimsoll::app {

/// A new password: typed twice at the terminal, without an echo, or the first line of the standard input
/// where `fromInput`. Cancelled for whoever presses Ctrl-C; Invalid where there is no terminal to ask at.
Result<std::string> readNewPassword(bool fromInput);

} // namespace plimsoll::app
