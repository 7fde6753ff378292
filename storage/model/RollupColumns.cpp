#include "storage/model/RollupColumns.h"

namespace plimsoll {

void RollupColumns::clear()
{
    for (auto *column : {&startsMs, &endsMs, &firstTimesMs, &lastTimesMs})
        column->clear();
    for (auto *column : {&counts, &sums, &mins, &maxs, &firsts, &lasts, &increases})
        column->clear();
    for (auto *column : {&histograms, &firstHistograms, &lastHistograms})
        column->clear();
    exactSums.clear();
}

void RollupColumns::append(const RollupColumns &more)
{
    const size_t first = size();
    const auto join = [](auto &column, const auto &rest) {
        column.insert(column.end(), rest.begin(), rest.end());
    };
    join(startsMs, more.startsMs);
    join(endsMs, more.endsMs);
    join(counts, more.counts);
    join(sums, more.sums);
    join(mins, more.mins);
    join(maxs, more.maxs);
    join(firstTimesMs, more.firstTimesMs);
    join(lastTimesMs, more.lastTimesMs);
    join(firsts, more.firsts);
    join(lasts, more.lasts);
    join(increases, more.increases);
    join(histograms, more.histograms);
    join(firstHistograms, more.firstHistograms);
    join(lastHistograms, more.lastHistograms);
    for (const auto &[i, sum] : more.exactSums)
        exactSums[first + i] = sum;
}

} // namespace plimsoll
