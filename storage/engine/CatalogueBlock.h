#pragma once

#include "storage/engine/SeriesDefinition.h"

#include <functional>
#include <optional>

namespace plimsoll {

/// A block of series definitions as the database keeps it: label pairs through a dictionary, then zstd
/// (storage/README.md, "Catalogue block"). About 2 bytes a series where series share most labels. The block
/// itself where it holds anything but definitions.
std::string compressDefinitions(std::string_view block);

/// Whether compressDefinitions() wrote these bytes.
bool isCompressedDefinitions(std::string_view bytes);
/// Calls `take` with each definition of a compressed block, from untrusted bytes, without putting the block
/// together. False where they are none, which may show only after some were taken.
bool readCompressedDefinitions(std::string_view bytes,
                               const std::function<void(const SeriesDefinition &)> &take);
/// The block that it was made of, from untrusted bytes.
std::optional<std::string> uncompressDefinitions(std::string_view bytes);

} // namespace plimsoll
