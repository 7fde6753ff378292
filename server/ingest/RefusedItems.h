#pragma once

#include "server/ingest/RefusedInput.h"

#include <string>
#include <vector>

namespace plimsoll::ingest {

/// A refused item as a body of its own, which its door takes.
struct RefusedItem
{
    const Rejection *rejection = nullptr; ///< of the input
    std::string body;
};

/// The refused items that an input names, found in its body again: a line of a line format, an entry of own
/// JSON. Empty where they cannot be told, or where the body is too long to look.
std::vector<RefusedItem> refusedItems(const RefusedInput &input);

} // namespace plimsoll::ingest
