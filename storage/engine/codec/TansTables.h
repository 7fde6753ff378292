#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace plimsoll {

/// Symbols of the entropy coder: tokens 0 … 62, and an escape for any other token.
constexpr int codeSymbols = 64;
constexpr int escapeSymbol = 63;
/// States of the entropy coder, and what the counts of a table add up to.
constexpr int codeStatesLog = 10;
constexpr int codeStates = 1 << codeStatesLog;

/// How many states stand for each symbol; they add up to codeStates.
using SymbolCounts = std::array<uint16_t, codeSymbols>;

constexpr int staticTables = 53;

/// The counts of a built-in table, 0 … staticTables - 1. They are part of the format (PACK.md) and never
/// change; tests/bench/make_code_tables.py shows how they were found.
SymbolCounts staticCounts(int table);

} // namespace plimsoll
