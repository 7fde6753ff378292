#include "storage/engine/Chunk.h"

#include "storage/engine/codec/ClockCodec.h"
#include "storage/engine/codec/HistogramCodec.h"
#include "storage/engine/codec/SizedPart.h"
#include "storage/engine/codec/ValueCodec.h"

namespace plimsoll {

namespace {

/// The series of one scrape have the same times, so the last ones are at hand.
struct LastClock
{
    std::vector<int64_t> timesMs;
    int64_t startMs = 0;
    std::string bytes;
};

const std::string &clockOf(const std::vector<int64_t> &timesMs, int64_t startMs)
{
    thread_local LastClock last;
    if (last.bytes.empty() || last.startMs != startMs || last.timesMs != timesMs) {
        last.timesMs = timesMs;
        last.startMs = startMs;
        last.bytes.clear();
        encodeClock(timesMs, startMs, last.bytes);
    }
    return last.bytes;
}

std::string mergedIncrements(const HistogramColumns &columns, Kind kind)
{
    if (!addsUp(kind) || columns.values.empty())
        return {};
    Histogram merged = columns.values.front();
    for (size_t i = 1; i < columns.size(); i++)
        merged.merge(columns.values[i]);
    return merged.encode();
}

} // namespace

std::string encodeChunk(const FloatColumns &columns, int64_t windowStartMs)
{
    std::string out;
    appendSized(out, clockOf(columns.timestampsMs, windowStartMs));
    encodeValues(columns.values, out);
    return out;
}

std::string encodeChunk(const HistogramColumns &columns, int64_t windowStartMs, Kind kind)
{
    std::string out;
    appendSized(out, clockOf(columns.timestampsMs, windowStartMs));
    appendSized(out, mergedIncrements(columns, kind));
    encodeHistograms(columns.values, !addsUp(kind), out);
    return out;
}

bool decodeHistograms(std::string_view bytes, size_t samples, std::vector<Histogram> &out)
{
    return takeSized(bytes) && decodeHistogramColumn(bytes, samples, out);
}

Result<Histogram> mergedOfChunk(std::string_view bytes)
{
    const auto merged = takeSized(bytes);
    if (!merged || merged->empty())
        return Error{ErrorCode::Corrupt, "A chunk of a distribution lacks its total.", {}};
    return Histogram::decode(*merged);
}

} // namespace plimsoll
