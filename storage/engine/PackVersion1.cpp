#include "storage/engine/PackVersion1.h"

#include "storage/engine/ByteOrder.h"
#include "storage/engine/codec/HistogramCodec.h"
#include "storage/engine/codec/SizedPart.h"
#include "storage/engine/codec/TimeCodec.h"
#include "storage/engine/codec/ValueCodec.h"

namespace plimsoll {

namespace {

constexpr char runsOfTimes = 1;

} // namespace

std::optional<PackEntry> takeVersion1Entry(std::string_view &bytes, SeriesId previous, int64_t windowStartMs)
{
    PackEntry entry;
    uint8_t flags = 0;
    const auto gap = takeVarint(bytes);
    if (!gap || *gap > UINT32_MAX - previous || !takeFixed(bytes, flags) || flags > 3)
        return std::nullopt;
    uint64_t numbers[4];
    for (uint64_t &number : numbers) {
        const auto taken = takeVarint(bytes);
        if (!taken)
            return std::nullopt;
        number = *taken;
    }
    const auto [samples, first, span, size] = numbers;
    if (!takeFixed(bytes, entry.checksum) || samples > maxPackSamples || first > INT64_MAX / 4 ||
        span > INT64_MAX / 4)
        return std::nullopt;
    entry.series = previous + static_cast<SeriesId>(*gap);
    entry.histograms = (flags & PackEntry::HistogramsFlag) != 0;
    entry.samples = samples;
    entry.minMs = windowStartMs + static_cast<int64_t>(first);
    entry.maxMs = entry.minMs + static_cast<int64_t>(span);
    entry.size = size;
    if ((flags & PackEntry::TotalFlag) != 0) {
        entry.total = ExactSum::take(bytes);
        if (!entry.total)
            return std::nullopt;
    }
    return entry;
}

bool decodeVersion1Chunk(std::string_view bytes, int64_t windowStartMs, size_t samples, FloatColumns &out)
{
    if (bytes.empty() || bytes.front() != runsOfTimes)
        return false;
    bytes.remove_prefix(1);
    const auto times = takeSized(bytes);
    if (!times)
        return false;
    const size_t before = out.size();
    out.timestampsMs.resize(before + samples);
    out.values.resize(before + samples);
    return decodeTimes(*times, windowStartMs, std::span(out.timestampsMs).subspan(before)) &&
           decodeValues(bytes, std::span(out.values).subspan(before));
}

bool decodeVersion1Chunk(std::string_view bytes, int64_t windowStartMs, size_t samples, HistogramColumns &out)
{
    if (!takeSized(bytes))
        return false;
    const auto plain = uncompressHistograms(bytes);
    if (!plain)
        return false;
    std::string_view rest = *plain;
    auto time = static_cast<uint64_t>(windowStartMs);
    for (size_t i = 0; i < samples; i++) {
        const auto step = takeVarint(rest);
        const auto value = step ? takeSized(rest) : std::nullopt;
        if (!value)
            return false;
        auto histogram = Histogram::decode(*value);
        if (!histogram)
            return false;
        time += static_cast<uint64_t>(unzigzag(*step));
        out.timestampsMs.push_back(static_cast<int64_t>(time));
        out.values.push_back(std::move(*histogram));
    }
    return rest.empty();
}

} // namespace plimsoll
