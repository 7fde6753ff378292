#include "storage/engine/codec/IntegerStream.h"

#include "storage/engine/codec/BitPacking.h"
#include "storage/engine/codec/IntegerCodec.h"
#include "storage/engine/codec/OwnTable.h"
#include "storage/engine/codec/Tans.h"

#include <vector>

namespace plimsoll {

namespace {

/// Readable bytes around what is decoded.
constexpr size_t margin = 16;
constexpr size_t keptEntries = 64 * 1024;

/// Grows as needed, and gives a rare large one back.
template<typename T>
T *room(std::vector<T> &entries, size_t count)
{
    if (entries.size() < count)
        entries.resize(count);
    else if (entries.size() > keptEntries && count < keptEntries / 4) {
        entries.resize(keptEntries / 4);
        entries.shrink_to_fit();
    }
    return entries.data();
}

struct Scratch
{
    std::vector<char> bytes;
    std::vector<uint8_t> tokens;
    std::vector<uint64_t> packed;
    TansDecoder own;
};

Scratch &scratch()
{
    thread_local Scratch scratch;
    return scratch;
}

} // namespace

bool IntegerStream::open(std::string_view bytes, size_t count)
{
    if (bytes.empty() || count == 0)
        return false;
    const auto head = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    m_order = head & 3;
    m_mode = head >> 2;
    if (m_order > 2 || m_mode > StraightMode || static_cast<size_t>(m_order) > count)
        return false;
    m_residuals = count - static_cast<size_t>(m_order);
    const auto first = takeVarint(bytes);
    const auto step = first && m_order == 2 ? takeVarint(bytes) : first;
    if (!step)
        return false;
    m_first = signedOf(*first);
    m_step = signedOf(*step);
    if (m_mode == StraightMode)
        return bytes.empty();
    return m_residuals > 0 && (m_mode == PackedMode ? openPacked(bytes) : openCoded(bytes));
}

bool IntegerStream::openPacked(std::string_view bytes)
{
    if (bytes.empty())
        return false;
    const int width = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    if (width > 64 || packedBytes(m_residuals, width) != bytes.size())
        return false;
    uint64_t *packed = room(scratch().packed, m_residuals);
    unpackBits(bytes, width, {packed, m_residuals});
    m_packed = packed;
    return true;
}

/// Copies the bytes to where something readable lies around them, then reads the tokens.
bool IntegerStream::openCoded(std::string_view bytes)
{
    if (bytes.empty())
        return false;
    Scratch &own = scratch();
    char *copy = room(own.bytes, bytes.size() + 2 * margin);
    std::memset(copy, 0, margin);
    std::memcpy(copy + margin, bytes.data(), bytes.size());
    std::memset(copy + margin + bytes.size(), 0, margin);
    bytes = {copy + margin, bytes.size()};

    const auto table = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    m_hasRaw = (table & hasRawBits) != 0;
    const int number = table & ~hasRawBits;
    const TansDecoder *decoder = &own.own;
    if (number == ownTable) {
        const auto counts = takeOwnTable(bytes);
        if (!counts)
            return false;
        own.own = TansDecoder(*counts);
    } else if (number < staticTables) {
        decoder = &staticDecoder(number);
    } else {
        return false;
    }

    const size_t lowSize = packedBytes(m_residuals, m_mode);
    if (lowSize > bytes.size())
        return false;
    m_low = bytes.data() + bytes.size() - lowSize;
    bytes.remove_suffix(lowSize);
    const auto size = m_hasRaw ? takeVarint(bytes) : bytes.size();
    if (!size || *size > bytes.size())
        return false;
    m_raw = bytes.data() + *size;
    m_rawSize = bytes.size() - *size;
    uint8_t *tokens = room(own.tokens, m_residuals);
    m_tokens = tokens;
    return decoder->decode(bytes.substr(0, *size), tokens, m_residuals);
}

bool decodeIntegers(std::string_view bytes, std::span<int64_t> out)
{
    if (out.empty())
        return bytes.empty();
    IntegerStream stream;
    return stream.open(bytes, out.size()) && stream.read([out](size_t i, int64_t value) { out[i] = value; });
}

} // namespace plimsoll
