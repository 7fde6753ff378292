#pragma once

#include "storage/model/StopToken.h"

#include <algorithm>
#include <vector>

namespace plimsoll {

namespace detail {

template<typename T, typename Less>
bool mergeRuns(std::vector<T> &from, std::vector<T> &to, size_t first, size_t middle, size_t last, Less less,
               StopCheck &check)
{
    size_t left = first;
    size_t right = middle;
    for (size_t out = first; out < last; out++) {
        if (!check.proceed())
            return false;
        const bool takesRight = left == middle || (right < last && less(from[right], from[left]));
        to[out] = std::move(takesRight ? from[right++] : from[left++]);
    }
    return true;
}

} // namespace detail

/// Sorts, stable, and looks at a token while it does: sorting a million label sets takes longer than a client
/// that went away should cost. False where it was stopped; the order and the values are then undefined.
template<typename T, typename Less>
bool stoppableSort(std::vector<T> &values, Less less, const StopToken &stop)
{
    constexpr size_t run = 2048;
    const size_t size = values.size();
    const auto end = [&](size_t first, size_t length) { return std::min(size, first + length); };
    for (size_t first = 0; first < size; first += run) {
        if (stop.stopped())
            return false;
        std::stable_sort(values.begin() + static_cast<ptrdiff_t>(first),
                         values.begin() + static_cast<ptrdiff_t>(end(first, run)), less);
    }
    std::vector<T> merged(size > run ? size : 0);
    StopCheck check(stop);
    for (size_t length = run; length < size; length *= 2) {
        for (size_t first = 0; first < size; first += 2 * length) {
            if (!detail::mergeRuns(values, merged, first, end(first, length), end(first, 2 * length), less,
                                   check))
                return false;
        }
        values.swap(merged);
    }
    return true;
}

} // namespace plimsoll
