#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll {

/// The stored form of a histogram (storage/model/HISTOGRAM.md) taken apart, its counts being whole numbers.
struct HistogramParts
{
    std::string layout; ///< flags, then what stands before the count, then the zero threshold
    int64_t count = 0;
    std::string sum;                   ///< as ExactSum stores it
    std::optional<double> extremes[2]; ///< least, most
    int64_t zeroCount = 0;
    std::vector<std::pair<int64_t, int64_t>> positive; ///< index and count
    std::vector<std::pair<int64_t, int64_t>> negative;

    /// Nothing where the bytes are no histogram, or a count is no whole number.
    static std::optional<HistogramParts> of(std::string_view stored);
};

/// What a layout says.
struct HistogramLayout
{
    uint8_t flags = 0;
    std::string_view front;     ///< what stands before the count
    std::string_view threshold; ///< of the zero bucket, 8 bytes or none

    bool hasExtremes() const;
    bool hasZeroCount() const;
    bool hasNegative() const;

    static std::optional<HistogramLayout> of(std::string_view layout);
};

} // namespace plimsoll
