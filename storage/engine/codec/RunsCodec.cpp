#include "storage/engine/codec/DoubleBits.h"
#include "storage/engine/codec/IntegerCodec.h"
#include "storage/engine/codec/SizedPart.h"
#include "storage/engine/codec/ValueCodec.h"

#include <algorithm>
#include <vector>

namespace plimsoll {

namespace {

bool encode(std::span<const double> values, std::string &out)
{
    std::vector<double> ofRuns;
    std::vector<int64_t> lengths;
    for (size_t i = 0; i < values.size();) {
        size_t end = i + 1;
        while (end < values.size() && bitsOf(values[end]) == bitsOf(values[i]))
            end++;
        ofRuns.push_back(values[i]);
        lengths.push_back(static_cast<int64_t>(end - i - 1));
        i = end;
    }
    if (ofRuns.empty() || ofRuns.size() * 2 > values.size())
        return false;
    appendVarint(out, ofRuns.size());
    std::string column;
    encodeIntegers(lengths, column);
    appendSized(out, column);
    encodePlainValues(ofRuns, out);
    return true;
}

bool decode(std::string_view bytes, std::span<double> out)
{
    const auto count = takeVarint(bytes);
    const auto column = count ? takeSized(bytes) : std::nullopt;
    if (!column || *count == 0 || *count > out.size())
        return false;
    std::vector<int64_t> lengths(*count);
    std::vector<double> values(*count);
    if (!decodeIntegers(*column, lengths) || !decodePlainValues(bytes, values))
        return false;
    for (size_t i = 0; i < lengths.size(); i++) {
        const auto more = static_cast<uint64_t>(lengths[i]);
        if (more >= out.size())
            return false;
        std::fill_n(out.begin(), more + 1, values[i]);
        out = out.subspan(more + 1);
    }
    return out.empty();
}

} // namespace

const ValueCodec runsCodec{4, "runs", encode, decode};

} // namespace plimsoll
