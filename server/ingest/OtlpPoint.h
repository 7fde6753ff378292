#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plimsoll::ingest {

/// Most numbers that one list of a point may hold: bounds, buckets of one sign, quantiles.
inline constexpr size_t maxOtlpNumbers = 20'000;

/// What is said of a metric apart from its points.
struct OtlpMetric
{
    enum Type : uint8_t { Gauge, Sum, Histogram, ExponentialHistogram, Summary };
    enum Temporality : uint8_t { Unspecified = 0, Delta = 1, Cumulative = 2 };

    std::string name;
    std::string description;
    std::string unit;
    Type type = Gauge;
    Temporality temporality = Unspecified;
    bool monotonic = false;
};

/// One data point of whichever type; each uses the members that are its own. Reused from point to point.
struct OtlpPoint
{
    struct Buckets
    {
        int32_t offset = 0;
        std::vector<uint64_t> counts;
    };

    std::string_view attributes; ///< as they stand in the request
    uint64_t timeNs = 0;
    uint64_t flags = 0;
    std::optional<double> value;

    uint64_t count = 0;
    std::optional<double> sum;
    std::optional<double> min;
    std::optional<double> max;
    std::vector<double> bounds;
    std::vector<uint64_t> bucketCounts;

    int32_t scale = 0;
    uint64_t zeroCount = 0;
    double zeroThreshold = 0;
    Buckets positive;
    Buckets negative;

    std::vector<std::pair<double, double>> quantiles; ///< which, and its value

    bool tooLong = false; ///< a list was cut at maxOtlpNumbers

    /// Adds to a list unless it is as long as it may be.
    template<typename Number>
    void append(std::vector<Number> &list, Number number)
    {
        if (list.size() < maxOtlpNumbers)
            list.push_back(number);
        else
            tooLong = true;
    }
    /// True where the sender says that there is no value any more.
    bool isStale() const { return (flags & 1) != 0; }
    void clear()
    {
        attributes = {};
        tooLong = false;
        timeNs = flags = count = zeroCount = 0;
        scale = positive.offset = negative.offset = 0;
        zeroThreshold = 0;
        value = sum = min = max = std::nullopt;
        bounds.clear();
        bucketCounts.clear();
        positive.counts.clear();
        negative.counts.clear();
        quantiles.clear();
    }
};

} // namespace plimsoll::ingest
