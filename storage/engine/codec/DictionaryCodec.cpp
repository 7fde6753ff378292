#include "storage/engine/codec/DoubleBits.h"
#include "storage/engine/codec/IntegerCodec.h"
#include "storage/engine/codec/IntegerStream.h"
#include "storage/engine/codec/SizedPart.h"
#include "storage/engine/codec/ValueCodec.h"

#include <algorithm>
#include <vector>

namespace plimsoll {

namespace {

/// By value where they have one, so that a decimal codec finds small differences.
bool comesBefore(uint64_t a, uint64_t b)
{
    const auto rank = [](uint64_t bits) { return bits >> 63 ? ~bits : bits | 1ULL << 63; };
    return rank(a) < rank(b);
}

bool encode(std::span<const double> values, std::string &out)
{
    std::vector<uint64_t> distinct(values.size());
    std::transform(values.begin(), values.end(), distinct.begin(), bitsOf);
    std::sort(distinct.begin(), distinct.end(), comesBefore);
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    if (values.empty() || distinct.size() * 3 > values.size())
        return false;
    std::vector<int64_t> numbers(values.size());
    std::transform(values.begin(), values.end(), numbers.begin(), [&](double value) {
        return std::lower_bound(distinct.begin(), distinct.end(), bitsOf(value), comesBefore) -
               distinct.begin();
    });
    std::vector<double> entries(distinct.size());
    std::transform(distinct.begin(), distinct.end(), entries.begin(), doubleOf);
    appendVarint(out, entries.size());
    std::string column;
    encodePlainValues(entries, column);
    appendSized(out, column);
    encodeIntegers(numbers, out);
    return true;
}

bool decode(std::string_view bytes, std::span<double> out)
{
    const auto count = takeVarint(bytes);
    const auto column = count ? takeSized(bytes) : std::nullopt;
    if (!column || *count == 0 || *count > out.size())
        return false;
    std::vector<double> entries(*count);
    IntegerStream stream;
    if (!decodePlainValues(*column, entries) || !stream.open(bytes, out.size()))
        return false;
    uint64_t most = 0;
    const bool good = stream.read([&](size_t i, int64_t number) {
        const auto place = static_cast<uint64_t>(number);
        most = std::max(most, place);
        out[i] = entries[place < entries.size() ? place : 0];
    });
    return good && most < entries.size();
}

} // namespace

const ValueCodec dictionaryCodec{6, "dictionary", encode, decode};

} // namespace plimsoll
