#include "storage/engine/codec/ValueCodec.h"

#include "storage/engine/codec/DoubleBits.h"

#include <algorithm>
#include <array>

namespace plimsoll {

namespace {

using Codecs = std::span<const ValueCodec *const>;

constexpr std::array plainCodecs{&constantCodec, &decimalCodec, &realCodec, &packedCodec, &rawCodec};
constexpr std::array quickCodecs{&constantCodec, &packedCodec, &rawCodec};

void encodeByFirst(Codecs codecs, std::span<const double> values, std::string &out)
{
    for (const ValueCodec *codec : codecs) {
        const size_t before = out.size();
        out += static_cast<char>(codec->id);
        if (codec->encode(values, out))
            return;
        out.resize(before);
    }
}

bool decodeByNumber(Codecs codecs, std::string_view bytes, std::span<double> out)
{
    if (bytes.empty())
        return false;
    for (const ValueCodec *codec : codecs) {
        if (codec->id == static_cast<uint8_t>(bytes.front()))
            return codec->decode(bytes.substr(1), out);
    }
    return false;
}

/// The smallest of several tries.
class Contest
{
public:
    explicit Contest(std::span<const double> values)
        : m_values(values)
    {
    }

    void enter(const ValueCodec &codec)
    {
        std::string &next = m_buffers.next;
        next.assign(1, static_cast<char>(codec.id));
        if (!codec.encode(m_values, next) || next.size() >= m_size)
            return;
        m_size = next.size();
        m_buffers.best.swap(next);
    }
    size_t size() const { return m_size; }
    const std::string &best() const { return m_buffers.best; }

private:
    struct Buffers
    {
        std::string best;
        std::string next;
    };
    static Buffers &buffers()
    {
        thread_local Buffers buffers;
        return buffers;
    }

    std::span<const double> m_values;
    size_t m_size = SIZE_MAX;
    Buffers &m_buffers = buffers();
};

size_t countRuns(std::span<const double> values)
{
    size_t runs = 1;
    for (size_t i = 1; i < values.size(); i++)
        runs += bitsOf(values[i]) != bitsOf(values[i - 1]);
    return runs;
}

/// Whether enough of a sample occurs twice for a dictionary to be worth a try.
bool repeats(std::span<const double> values)
{
    constexpr size_t sampled = 64;
    std::array<uint64_t, sampled> sample;
    const size_t step = std::max<size_t>(1, values.size() / sampled);
    size_t count = 0;
    for (size_t i = 0; i < values.size() && count < sampled; i += step)
        sample[count++] = bitsOf(values[i]);
    std::sort(sample.begin(), sample.begin() + count);
    const auto end = std::unique(sample.begin(), sample.begin() + count);
    return static_cast<size_t>(end - sample.begin()) * 16 <= count * 15;
}

} // namespace

std::span<const ValueCodec *const> valueCodecs()
{
    static constexpr std::array codecs{&constantCodec, &runsCodec,   &decimalCodec, &dictionaryCodec,
                                       &realCodec,     &packedCodec, &rawCodec};
    return codecs;
}

/// Runs are tried where there are few; then decimals, which fit nearly always; the others only where those
/// take much.
void encodeValues(std::span<const double> values, std::string &out)
{
    const size_t count = values.size();
    const size_t runs = values.empty() ? 0 : countRuns(values);
    if (runs <= 1)
        return encodeByFirst(quickCodecs, values, out);
    Contest contest(values);
    if (runs * 8 < count)
        contest.enter(runsCodec);
    if (runs * 40 >= count)
        contest.enter(decimalCodec);
    if (contest.size() > count * 2 && repeats(values))
        contest.enter(dictionaryCodec);
    if (contest.size() > count * 5)
        contest.enter(realCodec);
    if (contest.size() >= count * sizeof(double))
        contest.enter(rawCodec);
    out += contest.best();
}

void encodePlainValues(std::span<const double> values, std::string &out)
{
    encodeByFirst(plainCodecs, values, out);
}

void encodeValuesQuickly(std::span<const double> values, std::string &out)
{
    encodeByFirst(quickCodecs, values, out);
}

bool decodeValues(std::string_view bytes, std::span<double> out)
{
    return decodeByNumber(valueCodecs(), bytes, out);
}

bool decodePlainValues(std::string_view bytes, std::span<double> out)
{
    return decodeByNumber(plainCodecs, bytes, out);
}

} // namespace plimsoll
