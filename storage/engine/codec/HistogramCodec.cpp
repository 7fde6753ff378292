#include "storage/engine/codec/HistogramCodec.h"

#include "storage/engine/codec/HistogramColumnsCodec.h"
#include "storage/engine/codec/SizedPart.h"

#include <zstd.h>

#include <algorithm>

namespace plimsoll {

namespace {

enum Form : char { BytesForm = 1, ColumnsForm = 2 };
constexpr int zstdLevel = 3;
/// A histogram of the most buckets takes some 80 KB; nothing that we write comes near this for one series and
/// window.
constexpr uint64_t maxUncompressed = 1ULL << 30;

void encodeBytes(std::span<const std::string> values, std::string &out)
{
    std::string plain;
    for (const std::string &value : values)
        appendSized(plain, value);
    std::string packed(ZSTD_compressBound(plain.size()), '\0');
    packed.resize(ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), zstdLevel));
    appendVarint(out, plain.size());
    out += packed;
}

bool decodeBytes(std::string_view bytes, size_t count, std::vector<Histogram> &out)
{
    const auto plain = uncompressHistograms(bytes);
    if (!plain)
        return false;
    std::string_view rest = *plain;
    for (size_t i = 0; i < count; i++) {
        const auto value = takeSized(rest);
        auto histogram = value ? Histogram::decode(*value) : Error{};
        if (!histogram)
            return false;
        out.push_back(std::move(*histogram));
    }
    return rest.empty();
}

} // namespace

std::optional<std::string> uncompressHistograms(std::string_view bytes)
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

void encodeHistograms(std::span<const Histogram> values, bool cumulative, std::string &out)
{
    std::vector<std::string> stored(values.size());
    std::transform(values.begin(), values.end(), stored.begin(),
                   [](const Histogram &value) { return value.encode(); });
    const size_t before = out.size();
    out += ColumnsForm;
    if (encodeHistogramColumns(stored, cumulative, out))
        return;
    out.resize(before);
    out += BytesForm;
    encodeBytes(stored, out);
}

bool decodeHistogramColumn(std::string_view bytes, size_t count, std::vector<Histogram> &out)
{
    if (bytes.empty())
        return false;
    const char form = bytes.front();
    bytes.remove_prefix(1);
    if (form == BytesForm)
        return decodeBytes(bytes, count, out);
    return form == ColumnsForm && decodeHistogramColumns(bytes, count, out);
}

} // namespace plimsoll
