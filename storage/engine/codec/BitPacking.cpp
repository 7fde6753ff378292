#include "storage/engine/codec/BitPacking.h"

#include <array>
#include <bit>
#include <cstring>

namespace plimsoll {

namespace {

/// Wide reads go up to 9 bytes beyond the last number's first byte.
constexpr size_t slack = 16;

uint64_t numberAt(const char *bytes, size_t bit, int width)
{
    uint64_t word = 0;
    std::memcpy(&word, bytes + bit / 8, sizeof word);
    const size_t shift = bit % 8;
    word >>= shift;
    if (shift + static_cast<size_t>(width) > 64)
        word |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[bit / 8 + 8])) << (64 - shift);
    return width == 64 ? word : word & ((1ULL << width) - 1);
}

void unpackNarrow(const char *bytes, int width, std::span<uint64_t> numbers)
{
    const uint64_t mask = (1ULL << width) - 1;
    size_t bit = 0;
    for (uint64_t &number : numbers) {
        uint64_t word = 0;
        std::memcpy(&word, bytes + bit / 8, sizeof word);
        number = word >> (bit % 8) & mask;
        bit += static_cast<size_t>(width);
    }
}

} // namespace

int bitWidthOf(std::span<const uint64_t> numbers)
{
    uint64_t all = 0;
    for (const uint64_t number : numbers)
        all |= number;
    return static_cast<int>(std::bit_width(all));
}

void packBits(std::span<const uint64_t> numbers, int width, std::string &out)
{
    if (width == 0)
        return;
    const size_t start = out.size();
    out.resize(start + packedBytes(numbers.size(), width) + slack);
    char *bytes = out.data() + start;
    uint64_t word = 0;
    int filled = 0;
    for (const uint64_t number : numbers) {
        word |= number << filled;
        filled += width;
        if (filled >= 64) {
            std::memcpy(bytes, &word, sizeof word);
            bytes += sizeof word;
            filled -= 64;
            word = filled == 0 ? 0 : number >> (width - filled);
        }
    }
    std::memcpy(bytes, &word, sizeof word);
    out.resize(start + packedBytes(numbers.size(), width));
}

void unpackBits(std::string_view bytes, int width, std::span<uint64_t> numbers)
{
    if (width == 0) {
        for (uint64_t &number : numbers)
            number = 0;
        return;
    }
    std::array<char, 128 * 8 + slack> edge;
    const size_t size = packedBytes(numbers.size(), width);
    const char *source = bytes.data();
    std::string large;
    if (bytes.size() < size + slack) {
        char *copy = edge.data();
        if (size + slack > edge.size()) {
            large.resize(size + slack);
            copy = large.data();
        }
        std::memcpy(copy, bytes.data(), size);
        std::memset(copy + size, 0, slack);
        source = copy;
    }
    if (width <= 57)
        return unpackNarrow(source, width, numbers);
    for (size_t i = 0; i < numbers.size(); i++)
        numbers[i] = numberAt(source, i * static_cast<size_t>(width), width);
}

} // namespace plimsoll
