#include "storage/engine/CatalogueBlock.h"

#include "storage/engine/codec/SizedPart.h"

#include <zstd.h>

#include <unordered_map>
#include <vector>

namespace plimsoll {

namespace {

constexpr std::string_view mark("\0\2", 2); ///< a plain block begins with how many it has, never 0
constexpr int zstdLevel = 3;
constexpr uint64_t maxUncompressed = 1ULL << 31;
constexpr uint64_t maxRatio = 64 * 1024;
constexpr size_t maxKey = 16 << 20; ///< far beyond what ingest takes

/// A name and a value off the front of a key, with their sizes; empty where it does not begin so.
std::string_view takePair(std::string_view &key)
{
    const std::string_view start = key;
    if (!takeSized(key) || !takeSized(key))
        return {};
    return start.substr(0, start.size() - key.size());
}

/// Numbers the pairs as they come, and tells those of each series against the series before.
class PairColumns
{
public:
    bool add(const SeriesDefinition &definition)
    {
        m_pairs.clear();
        for (std::string_view key = definition.key; !key.empty();) {
            const std::string_view pair = takePair(key);
            if (pair.empty())
                return false;
            m_pairs.push_back(numberOf(pair));
        }
        appendVarint(m_series, zigzag(static_cast<int64_t>(definition.id) - static_cast<int64_t>(m_lastId)));
        appendVarint(m_series, definition.project);
        m_series += static_cast<char>(definition.kind);
        appendVarint(m_series, m_pairs.size());
        for (size_t i = 0; i < m_pairs.size(); i++) {
            const bool same = i < m_before.size() && m_before[i] == m_pairs[i];
            appendVarint(m_series, same ? 0 : m_pairs[i] + 1);
        }
        m_before.swap(m_pairs);
        m_lastId = definition.id;
        m_count++;
        return true;
    }

    std::string bytes() const
    {
        std::string out;
        appendVarint(out, m_numbers.size());
        out += m_dictionary;
        appendVarint(out, m_count);
        return out += m_series;
    }

private:
    uint64_t numberOf(std::string_view pair)
    {
        const auto [it, isNew] = m_numbers.try_emplace(std::string(pair), m_numbers.size());
        if (isNew)
            m_dictionary += pair;
        return it->second;
    }

    std::unordered_map<std::string, uint64_t> m_numbers;
    std::string m_dictionary;
    std::string m_series;
    std::vector<uint64_t> m_pairs;
    std::vector<uint64_t> m_before;
    SeriesId m_lastId = 0;
    uint64_t m_count = 0;
};

/// Puts the key of the next series together. `pairs` are those of the series before, and then of this.
bool takeKey(std::string_view &bytes, const std::vector<std::string_view> &dictionary,
             std::vector<std::string_view> &pairs, std::string &key)
{
    const auto count = takeVarint(bytes);
    if (!count || *count > bytes.size())
        return false;
    const size_t before = pairs.size();
    pairs.resize(*count);
    key.clear();
    for (size_t i = 0; i < pairs.size(); i++) {
        const auto number = takeVarint(bytes);
        if (!number || *number > dictionary.size() || (*number == 0 && i >= before))
            return false;
        if (*number > 0)
            pairs[i] = dictionary[*number - 1];
        key += pairs[i];
        if (key.size() > maxKey)
            return false;
    }
    return true;
}

/// Calls `take` with the definitions in the columns; false where they contradict themselves, which may show
/// only after some were taken.
bool readColumns(std::string_view bytes, const std::function<void(const SeriesDefinition &)> &take)
{
    const auto size = takeVarint(bytes);
    if (!size || *size > bytes.size())
        return false;
    std::vector<std::string_view> dictionary(*size);
    for (std::string_view &pair : dictionary) {
        pair = takePair(bytes);
        if (pair.empty())
            return false;
    }
    const auto count = takeVarint(bytes);
    std::vector<std::string_view> pairs;
    std::string key;
    int64_t id = 0;
    uint64_t total = 0;
    for (uint64_t i = 0; count && i < *count; i++) {
        const auto gap = takeVarint(bytes);
        const auto project = gap ? takeVarint(bytes) : gap;
        if (!project || *project > UINT32_MAX || bytes.empty())
            return false;
        const auto kind = static_cast<uint8_t>(bytes.front());
        bytes.remove_prefix(1);
        id = static_cast<int64_t>(static_cast<uint64_t>(id) + static_cast<uint64_t>(unzigzag(*gap)));
        if (kind > static_cast<uint8_t>(Kind::Untyped) || id <= 0 || id > UINT32_MAX ||
            !takeKey(bytes, dictionary, pairs, key))
            return false;
        total += key.size();
        if (total > maxUncompressed)
            return false;
        take({static_cast<SeriesId>(id), static_cast<ProjectId>(*project), static_cast<Kind>(kind), key});
    }
    return count && bytes.empty();
}

} // namespace

bool isCompressedDefinitions(std::string_view bytes) { return bytes.starts_with(mark); }

std::string compressDefinitions(std::string_view block)
{
    PairColumns columns;
    bool good = !block.empty();
    good = good &&
           readDefinitions(
               block, [&](const SeriesDefinition &definition) { good = good && columns.add(definition); }) &&
           good;
    if (!good)
        return std::string(block);
    const std::string plain = columns.bytes();
    std::string out(mark);
    appendVarint(out, plain.size());
    const size_t head = out.size();
    out.resize(head + ZSTD_compressBound(plain.size()));
    const size_t size =
        ZSTD_compress(out.data() + head, out.size() - head, plain.data(), plain.size(), zstdLevel);
    if (ZSTD_isError(size))
        return std::string(block);
    out.resize(head + size);
    return out;
}

bool readCompressedDefinitions(std::string_view bytes,
                               const std::function<void(const SeriesDefinition &)> &take)
{
    if (!isCompressedDefinitions(bytes))
        return false;
    bytes.remove_prefix(mark.size());
    const auto size = takeVarint(bytes);
    if (!size || *size > maxUncompressed || *size / maxRatio > bytes.size())
        return false;
    std::string plain(*size, '\0');
    const size_t got = ZSTD_decompress(plain.data(), plain.size(), bytes.data(), bytes.size());
    return !ZSTD_isError(got) && got == plain.size() && readColumns(plain, take);
}

std::optional<std::string> uncompressDefinitions(std::string_view bytes)
{
    DefinitionBlock block;
    if (!readCompressedDefinitions(bytes, [&](const SeriesDefinition &definition) { block.add(definition); }))
        return std::nullopt;
    return block.bytes();
}

} // namespace plimsoll
