#include "storage/engine/Crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace plimsoll {

namespace {

using Tables = std::array<std::array<uint32_t, 256>, 8>;

Tables makeTables()
{
    Tables tables{};
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78U : 0);
        tables[0][i] = crc;
    }
    for (uint32_t i = 0; i < 256; i++) {
        for (size_t t = 1; t < 8; t++)
            tables[t][i] = tables[t - 1][i] >> 8 ^ tables[0][tables[t - 1][i] & 0xff];
    }
    return tables;
}

uint32_t byTable(const char *data, size_t size, uint32_t crc)
{
    static const Tables tables = makeTables();
    for (; size >= 8; data += 8, size -= 8) {
        uint64_t word = 0;
        std::memcpy(&word, data, sizeof word);
        word ^= crc;
        crc = 0;
        for (size_t i = 0; i < 8; i++)
            crc ^= tables[7 - i][word >> (8 * i) & 0xff];
    }
    for (; size > 0; data++, size--)
        crc = crc >> 8 ^ tables[0][(crc ^ static_cast<uint8_t>(*data)) & 0xff];
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t byInstruction(const char *data, size_t size, uint32_t start)
{
    uint64_t crc = start;
    for (; size >= 8; data += 8, size -= 8) {
        uint64_t word = 0;
        std::memcpy(&word, data, sizeof word);
        crc = _mm_crc32_u64(crc, word);
    }
    auto narrow = static_cast<uint32_t>(crc);
    for (; size > 0; data++, size--)
        narrow = _mm_crc32_u8(narrow, static_cast<uint8_t>(*data));
    return narrow;
}
#endif

} // namespace

uint32_t crc32c(std::string_view bytes, uint32_t previous)
{
#if defined(__x86_64__)
    static const bool hasInstruction = __builtin_cpu_supports("sse4.2");
    if (hasInstruction)
        return ~byInstruction(bytes.data(), bytes.size(), ~previous);
#endif
    return ~byTable(bytes.data(), bytes.size(), ~previous);
}

} // namespace plimsoll
