#include "storage/engine/Pack.h"

#include "storage/engine/ByteOrder.h"
#include "storage/engine/Chunk.h"
#include "storage/engine/PackFormat.h"
#include "storage/engine/PackVersion1.h"
#include "storage/engine/codec/ClockCodec.h"
#include "storage/engine/codec/IntegerCodec.h"
#include "storage/engine/codec/SizedPart.h"
#include "storage/engine/codec/ValueCodec.h"

#include <algorithm>

namespace plimsoll {

namespace {

Error corrupt(std::string_view what)
{
    return {ErrorCode::Corrupt, "Stored samples are damaged: " + std::string(what) + ".",
            "Run plimsoll doctor on the data directory."};
}

bool takeColumn(std::string_view &bytes, size_t count, std::vector<int64_t> &column)
{
    const auto part = takeSized(bytes);
    column.resize(count);
    return part && decodeIntegers(*part, column);
}

/// Moves `offset` behind a part of `size`, which must lie within `end`.
bool passPart(size_t &offset, size_t size, size_t end)
{
    if (size > end - offset)
        return false;
    offset += size;
    return true;
}

} // namespace

Result<Pack> Pack::open(std::string bytes)
{
    Pack pack;
    pack.m_bytes = std::move(bytes);
    std::string_view rest = pack.m_bytes;
    if (!rest.starts_with(packMagic) || rest.size() < packMagic.size() + 1)
        return corrupt("a pack does not begin as one");
    pack.m_version = static_cast<uint8_t>(rest[packMagic.size()]);
    if (pack.m_version == 0)
        return corrupt("a pack does not begin as one");
    if (pack.m_version > packVersion)
        return Error{ErrorCode::Unsupported, "A newer version of Plimsoll wrote this pack.",
                     "Run that version."};
    rest.remove_prefix(packMagic.size() + 1);
    const auto start = takeVarint(rest);
    const auto directorySize = start ? takeVarint(rest) : start;
    if (!directorySize)
        return corrupt("a pack ends early");
    const std::string_view head(pack.m_bytes.data(), static_cast<size_t>(rest.data() - pack.m_bytes.data()));
    uint32_t checksum = 0;
    if (!takeFixed(rest, checksum) || *directorySize > rest.size())
        return corrupt("a pack ends early");
    const std::string_view directory = rest.substr(0, *directorySize);
    if (packDirectoryChecksum(head, directory) != checksum)
        return corrupt("the directory of a pack has a wrong checksum");
    pack.m_windowStartMs = unzigzag(*start);
    const size_t offset = static_cast<size_t>(rest.data() - pack.m_bytes.data()) + directory.size();
    const Status opened = pack.m_version == 1 ? pack.openVersion1Directory(directory, offset)
                                              : pack.openDirectory(directory, offset);
    if (!opened)
        return opened.error();
    return pack;
}

bool Pack::takeClocks(std::string_view &directory, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        Clock clock;
        uint64_t numbers[4];
        for (uint64_t &number : numbers) {
            const auto taken = takeVarint(directory);
            if (!taken || *taken > INT64_MAX / 4)
                return false;
            number = *taken;
        }
        const auto [samples, first, span, size] = numbers;
        if (samples > maxPackSamples || !takeFixed(directory, clock.checksum))
            return false;
        clock.samples = samples;
        clock.minMs = m_windowStartMs + static_cast<int64_t>(first);
        clock.maxMs = clock.minMs + static_cast<int64_t>(span);
        clock.size = size;
        m_clocks.push_back(clock);
    }
    return true;
}

bool Pack::takeEntries(std::string_view &directory, uint64_t count)
{
    std::vector<int64_t> gaps;
    std::vector<int64_t> clocks;
    std::vector<int64_t> sizes;
    if (!takeColumn(directory, count, gaps) || !takeColumn(directory, count, clocks) ||
        !takeColumn(directory, count, sizes))
        return false;
    SeriesId previous = 0;
    for (size_t i = 0; i < count; i++) {
        const auto gap = static_cast<uint64_t>(gaps[i]);
        const auto clock = static_cast<uint64_t>(clocks[i]) / 4;
        const auto flags = static_cast<uint64_t>(clocks[i]) % 4;
        if (gap > UINT32_MAX - previous || (i > 0 && gap == 0) || clock >= m_clocks.size())
            return false;
        PackEntry entry;
        entry.series = previous + static_cast<SeriesId>(gap);
        entry.histograms = (flags & PackEntry::HistogramsFlag) != 0;
        entry.samples = m_clocks[clock].samples;
        entry.minMs = m_clocks[clock].minMs;
        entry.maxMs = m_clocks[clock].maxMs;
        entry.clock = static_cast<uint32_t>(clock);
        entry.size = static_cast<uint64_t>(sizes[i]);
        if (!takeFixed(directory, entry.checksum))
            return false;
        if ((flags & PackEntry::TotalFlag) != 0)
            entry.total.emplace();
        previous = entry.series;
        m_entries.push_back(std::move(entry));
    }
    for (PackEntry &entry : m_entries) {
        if (entry.total && !(entry.total = ExactSum::take(directory)))
            return false;
    }
    return directory.empty();
}

Status Pack::openDirectory(std::string_view directory, size_t offset)
{
    const auto series = takeVarint(directory);
    const auto clocks = series ? takeVarint(directory) : series;
    // Each entry has a checksum of 4 bytes, each clock more.
    if (!clocks || *series > directory.size() / 4 || *clocks > directory.size() / 4)
        return corrupt("the directory of a pack is too short");
    if (!takeClocks(directory, *clocks) || !takeEntries(directory, *series))
        return corrupt("the directory of a pack is wrong");
    bool good = m_windowStartMs > -(INT64_MAX / 4) && m_windowStartMs < INT64_MAX / 4;
    for (Clock &clock : m_clocks) {
        clock.offset = offset;
        good = good && passPart(offset, clock.size, m_bytes.size());
    }
    for (PackEntry &entry : m_entries) {
        entry.offset = offset;
        good = good && passPart(offset, entry.size, m_bytes.size());
    }
    if (!good || offset != m_bytes.size())
        return corrupt("the parts of a pack do not fit into it");
    return {};
}

Status Pack::openVersion1Directory(std::string_view directory, size_t offset)
{
    const auto count = takeVarint(directory);
    if (!count || *count > directory.size())
        return corrupt("the directory of a pack is too short");
    SeriesId previous = 0;
    for (uint64_t i = 0; i < *count; i++) {
        auto entry = takeVersion1Entry(directory, previous, m_windowStartMs);
        if (!entry)
            return corrupt("the directory of a pack is wrong");
        entry->offset = offset;
        if (!passPart(offset, entry->size, m_bytes.size()))
            return corrupt("the parts of a pack do not fit into it");
        previous = entry->series;
        m_entries.push_back(std::move(*entry));
    }
    return {};
}

const PackEntry *Pack::find(SeriesId series) const
{
    const auto it = std::lower_bound(m_entries.begin(), m_entries.end(), series,
                                     [](const PackEntry &entry, SeriesId id) { return entry.series < id; });
    return it != m_entries.end() && it->series == series ? &*it : nullptr;
}

Status Pack::check(const PackEntry &entry) const
{
    if (packChecksum(part(entry.offset, entry.size)) != entry.checksum)
        return corrupt("a chunk has a wrong checksum");
    return {};
}

Status Pack::readTimes(const PackEntry &entry, std::vector<int64_t> &out) const
{
    const Clock &clock = m_clocks[entry.clock];
    const std::string_view bytes = part(clock.offset, clock.size);
    if (packChecksum(bytes) != clock.checksum)
        return corrupt("the times of a chunk have a wrong checksum");
    const size_t before = out.size();
    out.resize(before + clock.samples);
    if (!decodeClock(bytes, m_windowStartMs, std::span(out).subspan(before)))
        return corrupt("the times of a chunk cannot be read");
    return {};
}

Status Pack::read(const PackEntry &entry, FloatColumns &out) const
{
    if (Status checked = check(entry); !checked)
        return checked;
    const std::string_view bytes = part(entry.offset, entry.size);
    bool good = !entry.histograms;
    if (good && m_version == 1) {
        good = decodeVersion1Chunk(bytes, m_windowStartMs, entry.samples, out);
    } else if (good) {
        if (Status times = readTimes(entry, out.timestampsMs); !times)
            return times;
        const size_t before = out.values.size();
        out.values.resize(before + entry.samples);
        good = decodeValues(bytes, std::span(out.values).subspan(before));
    }
    if (!good)
        return corrupt("a chunk cannot be read");
    return {};
}

Status Pack::read(const PackEntry &entry, HistogramColumns &out) const
{
    if (Status checked = check(entry); !checked)
        return checked;
    const std::string_view bytes = part(entry.offset, entry.size);
    bool good = entry.histograms;
    if (good && m_version == 1) {
        good = decodeVersion1Chunk(bytes, m_windowStartMs, entry.samples, out);
    } else if (good) {
        if (Status times = readTimes(entry, out.timestampsMs); !times)
            return times;
        good = decodeHistograms(bytes, entry.samples, out.values);
    }
    if (!good)
        return corrupt("a chunk cannot be read");
    return {};
}

Result<Histogram> Pack::merged(const PackEntry &entry) const
{
    if (Status checked = check(entry); !checked)
        return checked.error();
    return mergedOfChunk(part(entry.offset, entry.size));
}

} // namespace plimsoll
