#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace plimsoll {

/// What the samples of a series mean. The numbers are stored on disk and never change.
enum class Kind : uint8_t {
    Gauge = 0,        ///< a value that goes up and down
    Counter = 1,      ///< a cumulative total that may reset
    Delta = 2,        ///< increments; samples of one instant add up, sums are exact
    Histogram = 3,    ///< cumulative exponential histogram
    Distribution = 4, ///< delta exponential histogram; samples of one instant merge
    Untyped = 5,      ///< a float of unknown meaning: gauge columns and reset-aware increase
};

/// True for the kinds whose samples are histograms rather than doubles.
constexpr bool holdsHistograms(Kind kind) { return kind == Kind::Histogram || kind == Kind::Distribution; }

/// True for the kinds whose samples of one instant add up instead of replacing each other.
constexpr bool addsUp(Kind kind) { return kind == Kind::Delta || kind == Kind::Distribution; }

/// True for the kinds whose samples may come from several sources in one series: they add up, or the last one
/// wins. Running totals of several sources would look like one that resets all the time.
constexpr bool mayMerge(Kind kind) { return addsUp(kind) || kind == Kind::Gauge; }

/// The word used in the API: "gauge", "counter", "delta", "histogram", "distribution", "untyped".
std::string_view kindName(Kind kind);
std::optional<Kind> kindFromName(std::string_view name);

} // namespace plimsoll
