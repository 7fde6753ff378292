#pragma once

#include "storage/engine/codec/OwnTable.h"

#include <utility>

namespace plimsoll {

/// The built-in table that codes symbols in the fewest bits, and how many those are; symbols that it lacks
/// are escaped.
std::pair<int, double> cheapestStaticTable(const SymbolHistogram &symbols);

/// Bits with a table made for these symbols, and the table itself; nearly right.
double ownTablePrice(const SymbolHistogram &symbols);

} // namespace plimsoll
