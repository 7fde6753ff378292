#include "storage/engine/SeriesDefinition.h"

#include "storage/engine/CatalogueBlock.h"
#include "storage/model/Varint.h"

#include <algorithm>

namespace plimsoll {

void DefinitionBlock::add(const SeriesDefinition &definition)
{
    appendVarint(m_body, zigzag(static_cast<int64_t>(definition.id) - static_cast<int64_t>(m_previous)));
    appendVarint(m_body, definition.project);
    m_body += static_cast<char>(definition.kind);
    appendVarint(m_body, definition.key.size());
    m_body += definition.key;
    m_previous = definition.id;
    m_smallest = std::min(m_smallest, definition.id);
    m_count++;
}

void DefinitionBlock::append(const DefinitionBlock &other)
{
    readDefinitions(other.bytes(), [this](const SeriesDefinition &definition) { add(definition); });
}

void DefinitionBlock::clear()
{
    m_count = 0;
    m_previous = 0;
    m_smallest = UINT32_MAX;
    m_body.clear();
}

std::string DefinitionBlock::bytes() const
{
    std::string out;
    appendVarint(out, m_count);
    return out += m_body;
}

bool readDefinitions(std::string_view bytes, const std::function<void(const SeriesDefinition &)> &take)
{
    if (isCompressedDefinitions(bytes))
        return readCompressedDefinitions(bytes, take);
    const auto count = takeVarint(bytes);
    int64_t id = 0;
    for (uint64_t i = 0; count && i < *count; i++) {
        const auto gap = takeVarint(bytes);
        const auto project = gap ? takeVarint(bytes) : gap;
        if (!project || *project > UINT32_MAX || bytes.empty())
            return false;
        const auto kind = static_cast<uint8_t>(bytes.front());
        bytes.remove_prefix(1);
        const auto size = takeVarint(bytes);
        id += unzigzag(*gap);
        if (!size || *size > bytes.size() || kind > static_cast<uint8_t>(Kind::Untyped) || id <= 0 ||
            id > UINT32_MAX)
            return false;
        take({static_cast<SeriesId>(id), static_cast<ProjectId>(*project), static_cast<Kind>(kind),
              bytes.substr(0, *size)});
        bytes.remove_prefix(*size);
    }
    return count && bytes.empty();
}

} // namespace plimsoll
