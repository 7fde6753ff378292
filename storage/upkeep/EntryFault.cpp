#include "storage/upkeep/DatabaseCheck.h"

namespace plimsoll {

namespace {

template<typename Columns>
std::optional<std::string> faultOfTimes(const Columns &columns, const PackEntry &entry,
                                        const StoredSeal &seal)
{
    if (columns.size() != entry.samples || columns.size() == 0)
        return "it holds another number of samples than its directory says";
    if (columns.timestampsMs.front() != entry.minMs || columns.timestampsMs.back() != entry.maxMs)
        return "its first or last time is not what its directory says";
    for (size_t i = 1; i < columns.size(); i++) {
        if (columns.timestampsMs[i] <= columns.timestampsMs[i - 1])
            return "its times do not rise";
    }
    const int64_t endMs = seal.spanMs == 0 ? INT64_MAX : seal.windowStartMs + seal.spanMs;
    const bool inWindow = entry.minMs >= seal.windowStartMs && entry.maxMs < endMs;
    if (!inWindow)
        return "its times lie outside of its window";
    return std::nullopt;
}

std::optional<std::string> faultOfTotal(const FloatColumns &columns, const PackEntry &entry)
{
    if (!entry.total)
        return std::nullopt;
    ExactSum sum;
    for (const double value : columns.values)
        sum.add(value);
    return sum.value() == entry.total->value()
               ? std::nullopt
               : std::optional<std::string>("its total is not the sum of its values");
}

} // namespace

std::optional<std::string> faultOf(const Pack &pack, const PackEntry &entry, const StoredSeal &seal,
                                   std::optional<Kind> kind)
{
    if (kind && holdsHistograms(*kind) != entry.histograms)
        return "it holds samples of another sort than its series";
    if (entry.histograms) {
        HistogramColumns columns;
        if (const Status read = pack.read(entry, columns); !read)
            return read.error().message;
        return faultOfTimes(columns, entry, seal);
    }
    FloatColumns columns;
    if (const Status read = pack.read(entry, columns); !read)
        return read.error().message;
    auto fault = faultOfTimes(columns, entry, seal);
    return fault ? fault : faultOfTotal(columns, entry);
}

} // namespace plimsoll
