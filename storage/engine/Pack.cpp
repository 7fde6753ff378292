#include "storage/engine/Pack.h"

#include "storage/engine/ByteOrder.h"
#include "storage/engine/Chunk.h"
#include "storage/model/Varint.h"

#include <xxhash.h>

#include <algorithm>

namespace plimsoll {

namespace {

constexpr std::string_view magic = "PLPK";
constexpr char version = 1;
constexpr uint64_t holdsHistogramsFlag = 1;
constexpr uint64_t hasTotalFlag = 2;

uint32_t checksumOf(std::string_view bytes)
{
    return static_cast<uint32_t>(XXH3_64bits(bytes.data(), bytes.size()));
}

uint32_t directoryChecksum(std::string_view head, std::string_view directory)
{
    return checksumOf(std::string(head).append(directory));
}

Error corrupt(std::string_view what)
{
    return {ErrorCode::Corrupt, "Stored samples are damaged: " + std::string(what) + ".",
            "Run plimsoll doctor on the data directory."};
}

void appendEntry(std::string &out, const PackEntry &entry, SeriesId previous, int64_t windowStartMs)
{
    appendVarint(out, entry.series - previous);
    out += static_cast<char>((entry.histograms ? holdsHistogramsFlag : 0) | (entry.total ? hasTotalFlag : 0));
    appendVarint(out, entry.samples);
    appendVarint(out, static_cast<uint64_t>(entry.minMs - windowStartMs));
    appendVarint(out, static_cast<uint64_t>(entry.maxMs - entry.minMs));
    appendVarint(out, entry.size);
    appendFixed(out, entry.checksum);
    if (entry.total)
        entry.total->appendTo(out);
}

bool takeVarints(std::string_view &bytes, std::initializer_list<uint64_t *> targets)
{
    for (uint64_t *target : targets) {
        const auto value = takeVarint(bytes);
        if (!value)
            return false;
        *target = *value;
    }
    return true;
}

std::optional<PackEntry> takeEntry(std::string_view &bytes, SeriesId previous, int64_t windowStartMs)
{
    PackEntry entry;
    uint64_t gap = 0;
    uint64_t first = 0;
    uint64_t span = 0;
    uint64_t size = 0;
    uint8_t flags = 0;
    if (!takeVarints(bytes, {&gap}) || gap > UINT32_MAX - previous || !takeFixed(bytes, flags) || flags > 3)
        return std::nullopt;
    if (!takeVarints(bytes, {&entry.samples, &first, &span, &size}) || !takeFixed(bytes, entry.checksum))
        return std::nullopt;
    if (entry.samples > UINT32_MAX || first > INT64_MAX / 4 || span > INT64_MAX / 4)
        return std::nullopt;
    entry.series = previous + static_cast<SeriesId>(gap);
    entry.histograms = (flags & holdsHistogramsFlag) != 0;
    entry.minMs = windowStartMs + static_cast<int64_t>(first);
    entry.maxMs = entry.minMs + static_cast<int64_t>(span);
    entry.size = size;
    if ((flags & hasTotalFlag) != 0) {
        entry.total = ExactSum::take(bytes);
        if (!entry.total)
            return std::nullopt;
    }
    return entry;
}

} // namespace

void PackBuilder::add(PackEntry entry, std::string_view chunk)
{
    entry.size = chunk.size();
    entry.checksum = checksumOf(chunk);
    m_entries.push_back(std::move(entry));
    m_chunks += chunk;
}

std::string PackBuilder::finish()
{
    std::string directory;
    appendVarint(directory, m_entries.size());
    SeriesId previous = 0;
    for (const PackEntry &entry : m_entries) {
        appendEntry(directory, entry, previous, m_windowStartMs);
        previous = entry.series;
    }
    std::string out(magic);
    out += version;
    appendVarint(out, zigzag(m_windowStartMs));
    appendVarint(out, directory.size());
    appendFixed(out, directoryChecksum(out, directory));
    (out += directory) += m_chunks;
    m_entries.clear();
    m_chunks.clear();
    return out;
}

Result<Pack> Pack::open(std::string bytes)
{
    Pack pack;
    pack.m_bytes = std::move(bytes);
    std::string_view rest = pack.m_bytes;
    if (!rest.starts_with(magic) || rest.size() < magic.size() + 1)
        return corrupt("a pack does not begin as one");
    if (rest[magic.size()] != version)
        return Error{ErrorCode::Unsupported, "A newer version of Plimsoll wrote this pack.",
                     "Run that version."};
    rest.remove_prefix(magic.size() + 1);
    uint64_t start = 0;
    uint64_t directorySize = 0;
    uint32_t checksum = 0;
    if (!takeVarints(rest, {&start, &directorySize}))
        return corrupt("a pack ends early");
    const std::string_view head(pack.m_bytes.data(), static_cast<size_t>(rest.data() - pack.m_bytes.data()));
    if (!takeFixed(rest, checksum) || directorySize > rest.size())
        return corrupt("a pack ends early");
    std::string_view directory = rest.substr(0, directorySize);
    if (directoryChecksum(head, directory) != checksum)
        return corrupt("the directory of a pack has a wrong checksum");
    pack.m_windowStartMs = unzigzag(start);
    size_t offset = static_cast<size_t>(rest.data() - pack.m_bytes.data()) + directorySize;
    const auto count = takeVarint(directory);
    if (!count || *count > directory.size())
        return corrupt("the directory of a pack is too short");
    SeriesId previous = 0;
    for (uint64_t i = 0; i < *count; i++) {
        auto entry = takeEntry(directory, previous, pack.m_windowStartMs);
        if (!entry || entry->size > pack.m_bytes.size() - offset)
            return corrupt("the directory of a pack is wrong");
        entry->offset = offset;
        offset += entry->size;
        previous = entry->series;
        pack.m_entries.push_back(std::move(*entry));
    }
    return pack;
}

const PackEntry *Pack::find(SeriesId series) const
{
    const auto it = std::lower_bound(m_entries.begin(), m_entries.end(), series,
                                     [](const PackEntry &entry, SeriesId id) { return entry.series < id; });
    return it != m_entries.end() && it->series == series ? &*it : nullptr;
}

std::string_view Pack::chunk(const PackEntry &entry) const
{
    return std::string_view(m_bytes).substr(entry.offset, entry.size);
}

Status Pack::check(const PackEntry &entry) const
{
    if (checksumOf(chunk(entry)) != entry.checksum)
        return corrupt("a chunk has a wrong checksum");
    return {};
}

Status Pack::read(const PackEntry &entry, FloatColumns &out) const
{
    if (Status checked = check(entry); !checked)
        return checked;
    if (entry.histograms || !decodeChunk(chunk(entry), m_windowStartMs, entry.samples, out))
        return corrupt("a chunk cannot be read");
    return {};
}

Status Pack::read(const PackEntry &entry, HistogramColumns &out) const
{
    if (Status checked = check(entry); !checked)
        return checked;
    if (!entry.histograms || !decodeChunk(chunk(entry), m_windowStartMs, entry.samples, out))
        return corrupt("a chunk cannot be read");
    return {};
}

Result<Histogram> Pack::merged(const PackEntry &entry) const
{
    if (Status checked = check(entry); !checked)
        return checked.error();
    return mergedOfChunk(chunk(entry));
}

} // namespace plimsoll
