#include "storage/engine/codec/TimeCodec.h"

#include "storage/model/Varint.h"

namespace plimsoll {

void encodeTimes(std::span<const int64_t> times, int64_t start, std::string &out)
{
    auto previous = static_cast<uint64_t>(start);
    uint64_t step = 0;
    for (size_t i = 0; i < times.size();) {
        const uint64_t next = static_cast<uint64_t>(times[i]) - previous;
        size_t run = 0;
        while (i < times.size() && static_cast<uint64_t>(times[i]) - previous == next) {
            previous = static_cast<uint64_t>(times[i++]);
            run++;
        }
        appendVarint(out, zigzag(static_cast<int64_t>(next - step)));
        appendVarint(out, run);
        step = next;
    }
}

bool decodeTimes(std::string_view bytes, int64_t start, std::span<int64_t> out)
{
    auto time = static_cast<uint64_t>(start);
    uint64_t step = 0;
    for (size_t i = 0; i < out.size();) {
        const auto change = takeVarint(bytes);
        const auto run = change ? takeVarint(bytes) : change;
        if (!run || *run == 0 || *run > out.size() - i)
            return false;
        step += static_cast<uint64_t>(unzigzag(*change));
        for (const size_t end = i + *run; i < end; i++)
            out[i] = static_cast<int64_t>(time += step);
    }
    return bytes.empty();
}

} // namespace plimsoll
