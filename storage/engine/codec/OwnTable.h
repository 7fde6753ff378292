#pragma once

#include "storage/engine/codec/TansTables.h"

#include <optional>
#include <string>
#include <string_view>

namespace plimsoll {

/// A table made for one column, and how it is stored in front of it ("own table" in PACK.md).
using SymbolHistogram = std::array<uint32_t, codeSymbols>;

/// Counts near the share of each symbol, at least 1 for each that occurs. Some symbol must occur.
SymbolCounts countsFor(const SymbolHistogram &histogram);

void appendOwnTable(std::string &out, const SymbolCounts &counts);
/// Takes it off the front of untrusted bytes that have 8 readable ones behind them.
std::optional<SymbolCounts> takeOwnTable(std::string_view &bytes);

} // namespace plimsoll
