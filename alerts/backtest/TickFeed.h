#pragma once

#include "alerts/Condition.h"
#include "alerts/Evaluator.h"

#include <functional>

namespace plimsoll::alerts {

/// What a rule's queries yield at each tick of a span that is over: the very evaluations that the Evaluator
/// would make at these instants, read by range queries over slices of the span, since two hundred thousand
/// instant ones would take minutes. Synchronous: never on an event loop.
class TickFeed
{
public:
    struct Options
    {
        ProjectId project = defaultProject;
        int64_t intervalMs = 15'000;
        size_t pointsPerSlice = 400'000; ///< about as many values are held at a time
        int64_t longestSliceMs = 7LL * 86'400'000;
        QueryLimits limits = {}; ///< of each slice
    };
    /// Called for each tick in order. The evaluation is the feed's and changes afterwards.
    using Visit = std::function<void(int64_t atMs, const Evaluation &evaluation)>;
    /// How far it is; false ends the walk with Cancelled.
    using Tell = std::function<bool(int64_t doneToMs)>;

    TickFeed(const Options &options, const Condition &condition, const ReaderSource &source,
             const std::atomic<bool> *cancelled = nullptr);

    /// Visits the multiples of the interval in [fromMs, toMs]; a span of one instant is that instant. Where
    /// the query fails at an instant, that instant's evaluation holds the failure, as it would have been
    /// live. Fails where it was cancelled, or where nothing but failures came of the first hundreds of
    /// instants.
    Status each(int64_t fromMs, int64_t toMs, const Visit &visit, const Tell &tell = {});

    /// The last tick that was made from hourly or daily rollups, since the samples are gone.
    std::optional<int64_t> rollupsUntilMs() const { return m_rollupsUntilMs; }
    bool usedDays() const { return m_usedDays; }
    uint64_t ticks() const { return m_ticks; }
    uint64_t failedTicks() const { return m_failedTicks; }
    const Status &lastFailure() const { return m_lastFailure; }

private:
    struct Point
    {
        int64_t timestampMs = 0;
        double value = 0;
        bool isHistogram = false;
    };
    struct Line
    {
        Labels labels; ///< without __name__
        std::vector<Point> points;
        size_t next = 0;
    };
    struct Slice
    {
        std::vector<Line> lines;
        std::vector<bool> dataPresent; ///< at each tick; empty: throughout
        size_t points = 0;
        bool fromRollups = false;
        bool fromDays = false;
    };

    Result<Slice> read(int64_t fromMs, int64_t toMs) const;
    Status readPresence(Slice &slice, int64_t fromMs, int64_t toMs) const;
    bool readsRollups(int64_t atMs) const;
    int64_t lastRollupTick(int64_t fromMs, int64_t toMs) const;
    Status eachOfSlice(int64_t fromMs, int64_t toMs, const Visit &visit);
    void walk(Slice &slice, int64_t fromMs, int64_t toMs, const Visit &visit);
    void gather(Slice &slice, int64_t atMs);
    void fillEvaluation();
    Status countFailure(int64_t atMs, const Error &error, const Visit &visit);
    void adaptSlice(const Slice &slice, int64_t ticks);

    Options m_options;
    const Condition m_condition;
    const ReaderSource &m_source;
    const std::atomic<bool> *m_cancelled;
    int64_t m_sliceTicks = 240;
    Evaluation m_evaluation;
    std::vector<Line *> m_present;  ///< the lines that have a value at the tick under way
    std::vector<Line *> m_previous; ///< those that m_evaluation was made of
    std::optional<int64_t> m_rollupsUntilMs;
    bool m_usedDays = false;
    uint64_t m_ticks = 0;
    uint64_t m_failedTicks = 0;
    Status m_lastFailure;
};

} // namespace plimsoll::alerts
