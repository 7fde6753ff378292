#pragma once

#include "storage/model/Kind.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace plimsoll::api {

/// A sample on its way to those who watch.
struct LiveSample
{
    int64_t receivedMs = 0;
    int64_t committedMs = 0;
    int64_t timestampMs = 0;
    std::string key; ///< Labels::key()
    Kind kind = Kind::Gauge;
    double value = 0;
    std::optional<double> count; ///< of a distribution
    std::string source;

    /// The data of the event `sample` (README.md, "Live").
    std::string toJson() const;
};

/// The newest samples that wait to be shown: at most 50 a second are given out, and where more arrive the
/// newest win. Not thread-safe.
class LiveQueue
{
public:
    static constexpr size_t perSecond = 50;

    void push(LiveSample sample);
    bool empty() const { return m_waiting.empty(); }
    /// Takes what may be shown now, oldest first; older ones beyond that are dropped. `nowMs` never goes
    /// back.
    std::vector<LiveSample> take(int64_t nowMs);

private:
    std::deque<LiveSample> m_waiting;
    double m_allowance = perSecond;
    int64_t m_takenMs = 0;
};

/// Adds up equal refusals, so that a flood of them is one event a second. Beyond 100 different ones the rest
/// is counted under "other". Not thread-safe.
class RejectionTally
{
public:
    static constexpr size_t maxDifferent = 100;

    void add(std::string_view source, std::string_view code, std::string_view message, uint64_t count = 1);
    bool empty() const { return m_counts.empty(); }
    /// The data of the events `rejected`, and an empty tally.
    std::vector<std::string> take(int64_t atMs);

private:
    std::map<std::tuple<std::string, std::string, std::string>, uint64_t> m_counts;
};

/// How many came in each of the last seconds. Not thread-safe.
class RateMeter
{
public:
    void add(int64_t nowMs, uint64_t count);
    /// A second, over the last 10 whole seconds, or over those since the first sample.
    double perSecond(int64_t nowMs) const;

private:
    static constexpr int64_t windowSeconds = 10;
    std::deque<std::pair<int64_t, uint64_t>> m_seconds;
    int64_t m_firstSecond = 0;
};

} // namespace plimsoll::api
