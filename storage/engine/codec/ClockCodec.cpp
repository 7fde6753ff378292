#include "storage/engine/codec/ClockCodec.h"

#include "storage/engine/codec/IntegerCodec.h"
#include "storage/engine/codec/IntegerStream.h"
#include "storage/engine/codec/SizedPart.h"
#include "storage/engine/codec/TimeCodec.h"

#include <algorithm>
#include <vector>

namespace plimsoll {

namespace {

uint64_t unsignedOf(int64_t value) { return static_cast<uint64_t>(value); }
int64_t difference(int64_t a, int64_t b) { return static_cast<int64_t>(unsignedOf(a) - unsignedOf(b)); }

bool encodeRuns(std::span<const int64_t> times, int64_t start, std::string &out)
{
    encodeTimes(times, start, out);
    return true;
}

/// The step of the grid: the median of the steps, to a tenth of a second where it is seconds.
int64_t gridStep(std::span<const int64_t> times)
{
    std::vector<int64_t> steps(times.size() - 1);
    for (size_t i = 0; i < steps.size(); i++)
        steps[i] = difference(times[i + 1], times[i]);
    const auto middle = steps.begin() + static_cast<ptrdiff_t>(steps.size() / 2);
    std::nth_element(steps.begin(), middle, steps.end());
    return *middle < 1000 ? *middle : (*middle + 50) / 100 * 100;
}

/// A grid must reach all times without overflow; clocks of windows do by far.
constexpr int64_t widest = INT64_MAX / 4;

bool encodeGrid(std::span<const int64_t> times, int64_t start, std::string &out)
{
    if (times.size() < 3)
        return false;
    const auto [least, most] = std::minmax_element(times.begin(), times.end());
    if (*least < -widest || *most > widest || start < -widest || start > widest)
        return false;
    const int64_t step = gridStep(times);
    if (step <= 0)
        return false;
    std::vector<int64_t> slots(times.size());
    std::vector<int64_t> residuals(times.size());
    for (size_t i = 0; i < times.size(); i++) {
        const int64_t passed = times[i] - times[0];
        slots[i] = (passed + (passed < 0 ? -step / 2 : step / 2)) / step;
        residuals[i] = passed - slots[i] * step;
    }
    appendVarint(out, zigzag(times[0] - start));
    appendVarint(out, unsignedOf(step));
    std::string column;
    encodeTimes(slots, 0, column);
    appendSized(out, column);
    encodeIntegers(residuals, out);
    return true;
}

bool decodeGrid(std::string_view bytes, int64_t start, std::span<int64_t> out)
{
    const auto first = takeVarint(bytes);
    const auto step = first ? takeVarint(bytes) : first;
    const auto slots = step ? takeSized(bytes) : std::nullopt;
    IntegerStream residuals;
    if (!slots || *step == 0 || !decodeTimes(*slots, 0, out) || !residuals.open(bytes, out.size()))
        return false;
    const uint64_t origin = unsignedOf(start) + unsignedOf(unzigzag(*first));
    return residuals.read([=, step = *step](size_t i, int64_t residual) {
        out[i] = static_cast<int64_t>(origin + unsignedOf(out[i]) * step + unsignedOf(residual));
    });
}

bool encodeAsIntegers(std::span<const int64_t> times, int64_t start, std::string &out)
{
    std::vector<int64_t> offsets(times.size());
    std::transform(times.begin(), times.end(), offsets.begin(),
                   [start](int64_t time) { return difference(time, start); });
    encodeIntegers(offsets, out);
    return true;
}

bool decodeAsIntegers(std::string_view bytes, int64_t start, std::span<int64_t> out)
{
    if (!decodeIntegers(bytes, out))
        return false;
    for (int64_t &time : out)
        time = static_cast<int64_t>(unsignedOf(time) + unsignedOf(start));
    return true;
}

constexpr ClockCodec codecs[] = {
    {1, "runs", encodeRuns, decodeTimes},
    {2, "grid", encodeGrid, decodeGrid},
    {3, "integers", encodeAsIntegers, decodeAsIntegers},
};

} // namespace

std::span<const ClockCodec> clockCodecs() { return codecs; }

/// Regular times take a few bytes as runs; the others are tried only where those take many.
void encodeClock(std::span<const int64_t> times, int64_t start, std::string &out)
{
    std::string best;
    for (const ClockCodec &codec : codecs) {
        std::string next(1, static_cast<char>(codec.id));
        if (codec.encode(times, start, next) && (best.empty() || next.size() < best.size()))
            best = std::move(next);
        if (best.size() <= 8 + times.size() / 32)
            break;
    }
    out += best;
}

bool decodeClock(std::string_view bytes, int64_t start, std::span<int64_t> out)
{
    for (const ClockCodec &codec : codecs) {
        if (!bytes.empty() && codec.id == static_cast<uint8_t>(bytes.front()))
            return codec.decode(bytes.substr(1), start, out);
    }
    return false;
}

} // namespace plimsoll
