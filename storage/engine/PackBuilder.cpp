#include "storage/engine/PackBuilder.h"

#include "storage/engine/ByteOrder.h"
#include "storage/engine/PackFormat.h"
#include "storage/engine/codec/IntegerCodec.h"
#include "storage/engine/codec/SizedPart.h"

namespace plimsoll {

namespace {

constexpr size_t leastBytes = 28 * 1024;
constexpr size_t mostBytes = 40 * 1024;

/// How SQLite stores a long row (fileformat2.html, "cell payload overflow", 4,096-byte pages): the bytes
/// beyond whole overflow pages stay in the leaf page, on top of the least that stays there.
constexpr size_t overflowPage = 4096 - 4;
constexpr size_t leastInLeaf = (4096 - 12) * 32 / 255 - 23;
constexpr size_t rowHeader = 5;
constexpr size_t goodInLeaf = 320;  ///< above the least: seven rows or so share a page
constexpr size_t almostPage = 3800; ///< then an overflow page of their own is nearly full

void appendColumn(std::string &out, const std::vector<int64_t> &column)
{
    std::string bytes;
    encodeIntegers(column, bytes);
    appendSized(out, bytes);
}

} // namespace

uint32_t PackBuilder::clockNumber(const PackEntry &entry, std::string_view bytes)
{
    // Equal bytes mean other times where there are more of them: a column of one step says nothing of its
    // end.
    std::string key(bytes);
    appendVarint(key, entry.samples);
    const auto [it, isNew] =
        m_clockNumbers.try_emplace(std::move(key), static_cast<uint32_t>(m_clocks.size()));
    if (isNew) {
        m_clocks.push_back({entry.samples, entry.minMs, entry.maxMs, bytes.size(), packChecksum(bytes)});
        m_clockBytes += bytes;
    }
    return it->second;
}

void PackBuilder::add(PackEntry entry, std::string_view chunk)
{
    entry.clock = clockNumber(entry, takeSized(chunk).value_or(std::string_view()));
    entry.size = chunk.size();
    entry.checksum = packChecksum(chunk);
    m_entries.push_back(std::move(entry));
    m_chunks += chunk;
}

size_t PackBuilder::size() const
{
    constexpr size_t head = 40;
    constexpr size_t ofClock = 16;
    constexpr size_t ofEntry = 5;
    return head + m_clockBytes.size() + m_clocks.size() * ofClock + m_chunks.size() +
           m_entries.size() * ofEntry;
}

bool PackBuilder::full() const
{
    const size_t bytes = size() + rowHeader;
    if (bytes < leastBytes)
        return false;
    const size_t inLeaf = (bytes - leastInLeaf) % overflowPage;
    return inLeaf <= goodInLeaf || inLeaf >= almostPage || bytes >= mostBytes;
}

std::string PackBuilder::directory() const
{
    std::string out;
    appendVarint(out, m_entries.size());
    appendVarint(out, m_clocks.size());
    for (const Clock &clock : m_clocks) {
        appendVarint(out, clock.samples);
        appendVarint(out, static_cast<uint64_t>(clock.minMs - m_windowStartMs));
        appendVarint(out, static_cast<uint64_t>(clock.maxMs - clock.minMs));
        appendVarint(out, clock.size);
        appendFixed(out, clock.checksum);
    }
    std::vector<int64_t> gaps;
    std::vector<int64_t> clocks;
    std::vector<int64_t> sizes;
    SeriesId previous = 0;
    for (const PackEntry &entry : m_entries) {
        const int flags =
            (entry.histograms ? PackEntry::HistogramsFlag : 0) | (entry.total ? PackEntry::TotalFlag : 0);
        gaps.push_back(entry.series - previous);
        clocks.push_back(static_cast<int64_t>(entry.clock) * 4 + flags);
        sizes.push_back(static_cast<int64_t>(entry.size));
        previous = entry.series;
    }
    for (const auto *column : {&gaps, &clocks, &sizes})
        appendColumn(out, *column);
    for (const PackEntry &entry : m_entries)
        appendFixed(out, entry.checksum);
    for (const PackEntry &entry : m_entries) {
        if (entry.total)
            entry.total->appendTo(out);
    }
    return out;
}

std::string PackBuilder::finish()
{
    const std::string entries = directory();
    std::string out(packMagic);
    out += static_cast<char>(packVersion);
    appendVarint(out, zigzag(m_windowStartMs));
    appendVarint(out, entries.size());
    appendFixed(out, packDirectoryChecksum(out, entries));
    ((out += entries) += m_clockBytes) += m_chunks;
    m_entries.clear();
    m_clocks.clear();
    m_clockNumbers.clear();
    m_clockBytes.clear();
    m_chunks.clear();
    return out;
}

} // namespace plimsoll
