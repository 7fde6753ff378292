#pragma once

#include "storage/model/Batch.h"

#include <functional>
#include <string>
#include <string_view>

namespace plimsoll {

/// What a series id means, as the journal and the catalogue store it (record 1 of JOURNAL.md).
struct SeriesDefinition
{
    SeriesId id = 0;
    ProjectId project = 0;
    Kind kind = Kind::Gauge;
    std::string_view key;
};

/// Writes definitions one after the other into a block.
class DefinitionBlock
{
public:
    void add(const SeriesDefinition &definition);
    void append(const DefinitionBlock &other);
    bool empty() const { return m_count == 0; }
    SeriesId smallestId() const { return m_smallest; } ///< UINT32_MAX where it is empty
    void clear();
    /// The block: how many, then each.
    std::string bytes() const;

private:
    uint64_t m_count = 0;
    SeriesId m_previous = 0;
    SeriesId m_smallest = UINT32_MAX;
    std::string m_body;
};

/// Calls `take` for each definition of a block, compressed (CatalogueBlock.h) or not; false where the bytes
/// are not one.
bool readDefinitions(std::string_view bytes, const std::function<void(const SeriesDefinition &)> &take);

} // namespace plimsoll
