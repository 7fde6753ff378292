#include "storage/engine/rollup/RollupRow.h"

#include <algorithm>
#include <cmath>

namespace plimsoll {

namespace {

double lesser(double a, double b) { return std::isnan(a) || b < a ? b : a; }
double greater(double a, double b) { return std::isnan(a) || b > a ? b : a; }

bool wasReset(const Histogram &before, const Histogram &after)
{
    using Hint = Histogram::ResetHint;
    if (after.resetHint() == Hint::Reset || after.mixesWith(before))
        return true;
    return after.resetHint() != Hint::NotReset && after.count() < before.count();
}

double mergedIncrease(const RollupRow &a, const RollupRow &b)
{
    if (a.lastMs < b.firstMs)
        return a.increase + stepUp(a.last, b.first) + b.increase;
    if (b.lastMs < a.firstMs)
        return b.increase + stepUp(b.last, a.first) + a.increase;
    const double first = a.firstMs <= b.firstMs ? a.first : b.first;
    const double last = a.lastMs > b.lastMs ? a.last : b.last;
    const bool rose = a.increase == a.last - a.first && b.increase == b.last - b.first;
    return rose && last >= first ? last - first : greater(a.increase, b.increase);
}

void addTo(Histogram &sum, const Histogram &more)
{
    if (!sum.mixesWith(more))
        sum.merge(more);
}

/// `a` begins first.
RollupHistograms mergedCumulative(const RollupHistograms &a, const RollupHistograms &b, bool apart,
                                  bool bEndsLast)
{
    RollupHistograms merged;
    merged.first = a.first;
    merged.last = bEndsLast ? b.last : a.last;
    if (apart) {
        merged.merged = a.merged;
        addTo(merged.merged, stepUp(*a.last, *b.first));
        addTo(merged.merged, b.merged);
    } else {
        merged.merged = stepUp(*merged.first, *merged.last);
    }
    return merged;
}

void mergeHistograms(RollupRow &row, const RollupRow &other)
{
    if (!row.histograms || !other.histograms) {
        if (!row.histograms)
            row.histograms = other.histograms;
        return;
    }
    if (!row.histograms->first || !other.histograms->first) {
        addTo(row.histograms->merged, other.histograms->merged);
        return;
    }
    const bool rowFirst = row.firstMs <= other.firstMs;
    const RollupRow &a = rowFirst ? row : other;
    const RollupRow &b = rowFirst ? other : row;
    row.histograms =
        mergedCumulative(*a.histograms, *b.histograms, a.lastMs < b.firstMs, b.lastMs >= a.lastMs);
}

} // namespace

Histogram stepUp(const Histogram &before, const Histogram &after)
{
    Histogram step = after;
    if (!wasReset(before, after))
        step.subtract(before);
    step.setResetHint(Histogram::ResetHint::Unknown);
    return step;
}

void RollupRow::merge(const RollupRow &other)
{
    if (other.count == 0)
        return;
    if (count == 0) {
        const int64_t start = startMs;
        *this = other;
        startMs = start;
        return;
    }
    increase = mergedIncrease(*this, other);
    mergeHistograms(*this, other);
    count += other.count;
    sum.merge(other.sum);
    min = lesser(min, other.min);
    max = greater(max, other.max);
    if (other.firstMs < firstMs) {
        firstMs = other.firstMs;
        first = other.first;
    }
    if (other.lastMs >= lastMs) {
        lastMs = other.lastMs;
        last = other.last;
    }
}

void normalize(RollupRows &rows)
{
    const auto notAfter = [](const RollupRow &a, const RollupRow &b) { return a.startMs >= b.startMs; };
    if (std::adjacent_find(rows.begin(), rows.end(), notAfter) == rows.end())
        return;
    std::stable_sort(rows.begin(), rows.end(),
                     [](const RollupRow &a, const RollupRow &b) { return a.startMs < b.startMs; });
    size_t kept = 0;
    for (size_t i = 1; i < rows.size(); i++) {
        if (rows[i].startMs == rows[kept].startMs)
            rows[kept].merge(rows[i]);
        else if (++kept != i)
            rows[kept] = std::move(rows[i]);
    }
    rows.resize(rows.empty() ? 0 : kept + 1);
}

} // namespace plimsoll
