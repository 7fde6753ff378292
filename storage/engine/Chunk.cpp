#include "storage/engine/Chunk.h"

#include "storage/engine/codec/SizedPart.h"
#include "storage/engine/codec/TimeCodec.h"
#include "storage/engine/codec/ValueCodec.h"
#include "storage/model/Varint.h"

#include <zstd.h>

namespace plimsoll {

namespace {

constexpr char runsOfTimes = 1;
constexpr int zstdLevel = 3;
/// A histogram of the most buckets takes some 80 KB; nothing that we write comes near this for one series and
/// window.
constexpr uint64_t maxUncompressed = 1ULL << 30;

std::string mergedIncrements(const HistogramColumns &columns, Kind kind)
{
    if (!addsUp(kind) || columns.values.empty())
        return {};
    Histogram merged = columns.values.front();
    for (size_t i = 1; i < columns.size(); i++)
        merged.merge(columns.values[i]);
    return merged.encode();
}

std::optional<std::string> uncompress(std::string_view bytes)
{
    const auto size = takeVarint(bytes);
    if (!size || *size > maxUncompressed || *size / 1024 > bytes.size() * 64)
        return std::nullopt;
    std::string plain(*size, '\0');
    const size_t got = ZSTD_decompress(plain.data(), plain.size(), bytes.data(), bytes.size());
    if (ZSTD_isError(got) || got != plain.size())
        return std::nullopt;
    return plain;
}

} // namespace

std::string encodeChunk(const FloatColumns &columns, int64_t windowStartMs)
{
    std::string out(1, runsOfTimes);
    std::string times;
    encodeTimes(columns.timestampsMs, windowStartMs, times);
    appendSized(out, times);
    encodeValues(columns.values, out);
    return out;
}

bool decodeChunk(std::string_view bytes, int64_t windowStartMs, size_t samples, FloatColumns &out)
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

std::string encodeChunk(const HistogramColumns &columns, int64_t windowStartMs, Kind kind)
{
    std::string plain;
    int64_t previous = windowStartMs;
    for (size_t i = 0; i < columns.size(); i++) {
        appendVarint(plain, zigzag(columns.timestampsMs[i] - previous));
        appendSized(plain, columns.values[i].encode());
        previous = columns.timestampsMs[i];
    }
    std::string packed(ZSTD_compressBound(plain.size()), '\0');
    packed.resize(ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), zstdLevel));
    std::string out;
    appendSized(out, mergedIncrements(columns, kind));
    appendVarint(out, plain.size());
    return out += packed;
}

bool decodeChunk(std::string_view bytes, int64_t windowStartMs, size_t samples, HistogramColumns &out)
{
    if (!takeSized(bytes))
        return false;
    const auto plain = uncompress(bytes);
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

Result<Histogram> mergedOfChunk(std::string_view bytes)
{
    const auto merged = takeSized(bytes);
    if (!merged || merged->empty())
        return Error{ErrorCode::Corrupt, "A chunk of a distribution lacks its total.", {}};
    return Histogram::decode(*merged);
}

} // namespace plimsoll
