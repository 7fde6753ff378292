#include "storage/engine/HeadSlice.h"

#include "storage/model/Varint.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace plimsoll {

namespace {

constexpr uint8_t hasTimes = 16;
constexpr uint8_t hasStamps = 32;
constexpr uint8_t hasPlaces = 64;
constexpr uint8_t isRaw = 128;
constexpr uint8_t maxPlaces = 9;
constexpr int maxWidth = 55;
constexpr double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
/// Adding this rounds a double below 2^51 to a whole one, whose integer is then in the low bits.
constexpr double rounder = 6755399441055744.0;
constexpr double limit = 2251799813685248.0;

using Values = std::array<double, maxSliceSamples>;
using Integers = std::array<int64_t, maxSliceSamples>;

char *put(char *out, uint64_t value)
{
    while (value >= 0x80) {
        *out++ = static_cast<char>(value | 0x80);
        value >>= 7;
    }
    *out++ = static_cast<char>(value);
    return out;
}

/// The integers that give back all values when divided by 10^places; false where one does not. No branches,
/// so that it runs on several values at a time.
bool toIntegers(const Values &values, size_t count, uint8_t places, Integers &integers)
{
    const double power = powers[places];
    uint64_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        const double scaled = values[i] * power;
        const double shifted = scaled + rounder;
        const double back = (shifted - rounder) / power;
        wrong |= std::bit_cast<uint64_t>(back) ^ std::bit_cast<uint64_t>(values[i]);
        wrong |= static_cast<uint64_t>(!(std::fabs(scaled) < limit));
        integers[i] = std::bit_cast<int64_t>(shifted) - std::bit_cast<int64_t>(rounder);
    }
    return wrong == 0;
}

/// Finds the fewest places from `places` on that fit all values.
bool findPlaces(const Values &values, size_t count, uint8_t &places, Integers &integers)
{
    for (uint8_t tried = places; tried <= maxPlaces; tried++) {
        // Most of what does not fit fails at the first value.
        if (toIntegers(values, 1, tried, integers) && toIntegers(values, count, tried, integers)) {
            places = tried;
            return true;
        }
    }
    return false;
}

char *packIntegers(const Integers &integers, size_t count, int64_t previous, char *out)
{
    std::array<uint64_t, maxSliceSamples> differences;
    uint64_t all = 0;
    for (size_t i = 0; i < count; i++) {
        differences[i] = zigzag(integers[i] - previous);
        previous = integers[i];
        all |= differences[i];
    }
    const int width = 64 - std::countl_zero(all);
    *out++ = static_cast<char>(width);
    uint64_t word = 0;
    int filled = 0;
    for (size_t i = 0; i < count; i++) {
        word |= differences[i] << filled;
        filled += width;
        if (filled >= 64) {
            std::memcpy(out, &word, sizeof word);
            out += sizeof word;
            filled -= 64;
            word = filled == 0 ? 0 : differences[i] >> (width - filled);
        }
    }
    const auto rest = static_cast<size_t>((filled + 7) / 8);
    std::memcpy(out, &word, rest);
    return out + rest;
}

bool unpackIntegers(std::string_view &bytes, size_t count, SliceState &state, HeadEntry *out)
{
    if (bytes.empty())
        return false;
    const auto width = static_cast<unsigned>(static_cast<uint8_t>(bytes.front()));
    bytes.remove_prefix(1);
    const size_t size = (count * width + 7) / 8;
    if (width > maxWidth || bytes.size() < size)
        return false;
    char padded[maxSliceSamples * maxWidth / 8 + sizeof(uint64_t)] = {};
    std::memcpy(padded, bytes.data(), size);
    bytes.remove_prefix(size);
    const uint64_t mask = (uint64_t(1) << width) - 1;
    const double power = powers[state.places];
    auto integer = static_cast<uint64_t>(state.integer);
    for (size_t i = 0, bit = 0; i < count; i++, bit += width) {
        uint64_t word = 0;
        std::memcpy(&word, padded + bit / 8, sizeof word);
        integer += static_cast<uint64_t>(unzigzag(word >> (bit % 8) & mask));
        out[i].value = static_cast<double>(static_cast<int64_t>(integer)) / power;
    }
    state.integer = static_cast<int64_t>(integer);
    return true;
}

/// The values of a slice of integers, whose bytes may be read beyond their end.
template<size_t fixedCount>
void unpackColumn(const char *bytes, size_t count, unsigned width, SliceState &state, double *out)
{
    const size_t samples = fixedCount > 0 ? fixedCount : count;
    const uint64_t mask = (uint64_t(1) << width) - 1;
    auto integer = static_cast<uint64_t>(state.integer);
    for (size_t i = 0, bit = 0; i < samples; i++, bit += width) {
        uint64_t word = 0;
        std::memcpy(&word, bytes + bit / 8, sizeof word);
        integer += static_cast<uint64_t>(unzigzag(word >> (bit % 8) & mask));
        out[i] = static_cast<double>(static_cast<int64_t>(integer));
    }
    state.integer = static_cast<int64_t>(integer);
    if (state.places == 0)
        return;
    const double power = powers[state.places];
    for (size_t i = 0; i < samples; i++)
        out[i] /= power;
}

bool isRegular(std::span<const HeadEntry> entries, const SliceState &state)
{
    int64_t expected = state.offsetMs;
    int64_t wrong = 0;
    for (const HeadEntry &entry : entries) {
        expected += state.stepMs;
        wrong |= entry.offsetMs - expected;
    }
    return wrong == 0;
}

char *putTimes(std::span<const HeadEntry> entries, SliceState &state, char *out)
{
    for (const HeadEntry &entry : entries) {
        const auto step = static_cast<int32_t>(static_cast<uint32_t>(entry.offsetMs) -
                                               static_cast<uint32_t>(state.offsetMs));
        out = put(out, zigzag(static_cast<int64_t>(step) - state.stepMs));
        state.stepMs = step;
        state.offsetMs = entry.offsetMs;
    }
    return out;
}

bool takeTimes(std::string_view &bytes, bool column, size_t count, SliceState &state, HeadEntry *out)
{
    for (size_t i = 0; i < count; i++) {
        if (column) {
            const auto change = takeVarint(bytes);
            if (!change)
                return false;
            state.stepMs = static_cast<int32_t>(static_cast<uint64_t>(unzigzag(*change)) +
                                                static_cast<uint64_t>(static_cast<int64_t>(state.stepMs)));
        }
        state.offsetMs =
            static_cast<int32_t>(static_cast<uint32_t>(state.offsetMs) + static_cast<uint32_t>(state.stepMs));
        out[i].offsetMs = state.offsetMs;
    }
    return true;
}

bool takeStamps(std::string_view &bytes, bool column, size_t count, HeadEntry *out)
{
    uint64_t stamp = 0;
    for (size_t i = 0; i < count; i++) {
        if (column) {
            const auto step = takeVarint(bytes);
            if (!step)
                return false;
            stamp += *step;
        }
        out[i].stamp = static_cast<uint32_t>(stamp);
    }
    return true;
}

bool takeRaw(std::string_view &bytes, size_t count, HeadEntry *out)
{
    if (bytes.size() < count * sizeof(double))
        return false;
    for (size_t i = 0; i < count; i++)
        std::memcpy(&out[i].value, bytes.data() + i * sizeof(double), sizeof(double));
    bytes.remove_prefix(count * sizeof(double));
    return true;
}

} // namespace

size_t encodeSlice(std::span<const HeadEntry> entries, bool withStamps, SliceState &state, char *out)
{
    const size_t count = entries.size();
    Values values;
    Integers integers;
    for (size_t i = 0; i < count; i++)
        values[i] = entries[i].value;
    uint8_t places = state.places;
    const bool whole = findPlaces(values, count, places, integers);
    const bool regular = isRegular(entries, state);
    char *at = out;
    *at++ = static_cast<char>((count - 1) | (regular ? 0 : hasTimes) | (withStamps ? hasStamps : 0) |
                              (!whole                   ? isRaw
                               : places != state.places ? hasPlaces
                                                        : 0));
    if (regular)
        state.offsetMs = entries.back().offsetMs;
    else
        at = putTimes(entries, state, at);
    for (uint32_t i = 0, previous = 0; withStamps && i < count; i++) {
        at = put(at, entries[i].stamp - previous);
        previous = entries[i].stamp;
    }
    if (!whole) {
        std::memcpy(at, values.data(), count * sizeof(double));
        return static_cast<size_t>(at - out) + count * sizeof(double);
    }
    if (places != state.places)
        *at++ = static_cast<char>(places);
    state.places = places;
    at = packIntegers(integers, count, state.integer, at);
    state.integer = integers[count - 1];
    return static_cast<size_t>(at - out);
}

size_t decodeSlice(std::string_view &bytes, SliceState &state, HeadEntry *out)
{
    if (bytes.empty())
        return 0;
    const auto head = static_cast<uint8_t>(bytes.front());
    const size_t count = size_t(head % maxSliceSamples) + 1;
    bytes.remove_prefix(1);
    if (!takeTimes(bytes, head & hasTimes, count, state, out) ||
        !takeStamps(bytes, head & hasStamps, count, out))
        return 0;
    if (head & isRaw)
        return takeRaw(bytes, count, out) ? count : 0;
    if (head & hasPlaces) {
        if (bytes.empty() || static_cast<uint8_t>(bytes.front()) > maxPlaces)
            return 0;
        state.places = static_cast<uint8_t>(bytes.front());
        bytes.remove_prefix(1);
    }
    return unpackIntegers(bytes, count, state, out) ? count : 0;
}

void decodePlainSlices(std::string_view &bytes, SliceState &state, int64_t startMs,
                       std::vector<int64_t> &timesMs, std::vector<double> &values)
{
    size_t used = timesMs.size();
    while (bytes.size() >= 2) {
        const auto head = static_cast<uint8_t>(bytes[0]);
        const auto width = static_cast<unsigned>(static_cast<uint8_t>(bytes[1]));
        const size_t count = size_t(head % maxSliceSamples) + 1;
        const size_t size = 2 + (count * width + 7) / 8;
        if (head >= hasTimes || width > maxWidth || size > bytes.size())
            break;
        if (used + maxSliceSamples > timesMs.size()) {
            timesMs.resize(used + used / 2 + 8 * maxSliceSamples);
            values.resize(timesMs.size());
        }
        const int64_t base = startMs + state.offsetMs;
        for (size_t i = 0; i < maxSliceSamples; i++)
            timesMs[used + i] = base + static_cast<int64_t>(i + 1) * state.stepMs;
        state.offsetMs = static_cast<int32_t>(state.offsetMs + static_cast<int64_t>(count) * state.stepMs);
        if (count == maxSliceSamples)
            unpackColumn<maxSliceSamples>(bytes.data() + 2, count, width, state, &values[used]);
        else
            unpackColumn<0>(bytes.data() + 2, count, width, state, &values[used]);
        bytes.remove_prefix(size);
        used += count;
    }
    timesMs.resize(used);
    values.resize(used);
}

} // namespace plimsoll
