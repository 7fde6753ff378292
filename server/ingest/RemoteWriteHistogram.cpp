#include "server/ingest/RemoteWriteHistogram.h"

#include <protozero/pbf_reader.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace plimsoll::ingest {
namespace {

constexpr size_t maxBounds = 10'000;
constexpr int64_t maxIndex = 1025 << Histogram::maxSchema; ///< no double has a bucket further out

struct Span
{
    int32_t offset = 0;
    uint32_t length = 0;
};

/// The buckets of one sign: whole numbers as differences from the one before, or doubles.
struct Side
{
    std::vector<Span> spans;
    std::vector<int64_t> deltas;
    std::vector<double> counts;
};

struct Parts
{
    double count = 0;
    double sum = 0;
    int schema = 0;
    double zeroThreshold = 0;
    double zeroCount = 0;
    Side negative;
    Side positive;
    int resetHint = 0;
    std::vector<double> customValues;
};

using Reader = protozero::pbf_reader;
constexpr auto varint = protozero::pbf_wire_type::varint;
constexpr auto fixed64 = protozero::pbf_wire_type::fixed64;
constexpr auto sized = protozero::pbf_wire_type::length_delimited;

constexpr uint32_t field(protozero::pbf_tag_type number, protozero::pbf_wire_type type)
{
    return protozero::tag_and_type(number, type);
}

Span readSpan(Reader message)
{
    Span span;
    while (message.next()) {
        if (message.tag_and_type() == field(1, varint))
            span.offset = message.get_sint32();
        else if (message.tag_and_type() == field(2, varint))
            span.length = message.get_uint32();
        else
            message.skip();
    }
    return span;
}

template<typename Range, typename Number>
void append(const Range &range, std::vector<Number> &out)
{
    out.insert(out.end(), range.begin(), range.end());
}

/// Fields `first` (spans), the next (differences) and the one after it (doubles); repeated numbers are packed
/// or not.
void readSide(Reader &message, protozero::pbf_tag_type first, Side &side)
{
    const uint32_t tag = message.tag_and_type();
    if (tag == field(first, sized))
        side.spans.push_back(readSpan(message.get_message()));
    else if (tag == field(first + 1, sized))
        append(message.get_packed_sint64(), side.deltas);
    else if (tag == field(first + 1, varint))
        side.deltas.push_back(message.get_sint64());
    else if (tag == field(first + 2, sized))
        append(message.get_packed_double(), side.counts);
    else if (tag == field(first + 2, fixed64))
        side.counts.push_back(message.get_double());
    else
        message.skip();
}

void readField(Reader &message, Parts &parts)
{
    switch (message.tag_and_type()) {
    case field(1, varint):
        parts.count = static_cast<double>(message.get_uint64());
        break;
    case field(2, fixed64):
        parts.count = message.get_double();
        break;
    case field(3, fixed64):
        parts.sum = message.get_double();
        break;
    case field(4, varint):
        parts.schema = message.get_sint32();
        break;
    case field(5, fixed64):
        parts.zeroThreshold = message.get_double();
        break;
    case field(6, varint):
        parts.zeroCount = static_cast<double>(message.get_uint64());
        break;
    case field(7, fixed64):
        parts.zeroCount = message.get_double();
        break;
    case field(14, varint):
        parts.resetHint = message.get_enum();
        break;
    case field(16, sized):
        append(message.get_packed_double(), parts.customValues);
        break;
    case field(16, fixed64):
        parts.customValues.push_back(message.get_double());
        break;
    default:
        readSide(message, message.tag() < 11 ? 8 : 11, message.tag() < 11 ? parts.negative : parts.positive);
    }
}

/// Gives each bucket to `add`; false where spans and counts do not fit together.
template<typename Add>
bool eachBucket(const Side &side, Add add)
{
    const bool whole = side.counts.empty();
    const size_t known = whole ? side.deltas.size() : side.counts.size();
    size_t next = 0;
    int64_t index = 0;
    uint64_t count = 0; // wraps around as the deltas do
    for (const Span &span : side.spans) {
        index += span.offset;
        if (span.length > known - next || std::abs(index) > maxIndex ||
            index + int64_t(span.length) > maxIndex)
            return false;
        for (uint32_t i = 0; i < span.length; i++, index++, next++) {
            if (whole)
                count += static_cast<uint64_t>(side.deltas[next]);
            const double value = whole ? static_cast<double>(static_cast<int64_t>(count)) : side.counts[next];
            if (!(value >= 0) || !std::isfinite(value))
                return false;
            if (value > 0)
                add(static_cast<int32_t>(index), value);
        }
    }
    return next == known;
}

bool risesFinitely(const std::vector<double> &bounds)
{
    return bounds.size() <= maxBounds &&
           std::all_of(bounds.begin(), bounds.end(), [](double bound) { return std::isfinite(bound); }) &&
           std::adjacent_find(bounds.begin(), bounds.end(), std::greater_equal<>()) == bounds.end();
}

const char *fill(const Parts &parts, Histogram &out)
{
    const bool custom = parts.schema == Histogram::customSchema;
    if (!custom && (parts.schema < Histogram::minSchema || parts.schema > Histogram::maxSchema))
        return "has a schema that is not known";
    if (custom && (!risesFinitely(parts.customValues) || !parts.negative.spans.empty()))
        return "has bounds that do not rise";
    for (const double number : {parts.count, parts.zeroCount, parts.zeroThreshold}) {
        if (!(number >= 0) || !std::isfinite(number))
            return "has a count that is negative or not finite";
    }
    out = custom ? Histogram::withBounds(parts.customValues) : Histogram(parts.schema);
    out.setTotals(parts.count, parts.sum);
    if (!custom)
        out.setZeroBucket(parts.zeroThreshold, parts.zeroCount);
    bool bounded = true;
    const bool whole =
        eachBucket(parts.positive,
                   [&](int32_t index, double count) {
                       bounded = bounded && (!custom || (index >= 0 && static_cast<size_t>(index) <=
                                                                           parts.customValues.size()));
                       if (bounded)
                           out.addPositive(index, count);
                   }) &&
        eachBucket(parts.negative, [&](int32_t index, double count) { out.addNegative(index, count); });
    if (!whole || !bounded)
        return "has spans and bucket counts that do not fit together";
    constexpr Histogram::ResetHint hints[] = {Histogram::ResetHint::Unknown, Histogram::ResetHint::Reset,
                                              Histogram::ResetHint::NotReset, Histogram::ResetHint::Gauge};
    if (parts.resetHint >= 0 && parts.resetHint < 4)
        out.setResetHint(hints[parts.resetHint]);
    return nullptr;
}

} // namespace

RemoteHistogram readRemoteHistogram(std::string_view bytes)
{
    RemoteHistogram result;
    Parts parts;
    Reader message(bytes.data(), bytes.size());
    while (message.next()) {
        if (message.tag_and_type() == field(15, varint))
            result.timestampMs = message.get_int64();
        else
            readField(message, parts);
    }
    result.fault = fill(parts, result.value);
    return result;
}

} // namespace plimsoll::ingest
