#pragma once

#include "alerts/backtest/Replay.h"
#include "alerts/backtest/TickFeed.h"

namespace plimsoll::alerts {

/// A stretch of time during which rules are evaluated; both ends inclusive.
struct WatchedSpan
{
    int64_t fromMs = 0;
    int64_t toMs = 0;
};

/// What is asked of a backtest: what `rule` would have done from `fromMs` to `toMs`.
struct BacktestQuestion
{
    Rule rule;
    ProjectId project = defaultProject;
    int64_t fromMs = 0;
    int64_t toMs = 0;
    int64_t intervalMs = 15'000;
    /// When rules were evaluated, in the order in which it happened (a clock that jumped back repeats
    /// itself); the time in between is as unwatched as it was live. Empty: all the time.
    std::vector<WatchedSpan> watched;
};

/// Fired too often for too short a time, and what would help.
struct Noise
{
    size_t times = 0;
    int64_t medianMs = 0;
    std::string field; ///< of the rule: "for" or "keep_firing_for"; empty where nothing that was tried helps
    int64_t suggestedMs = 0; ///< its value; a backtest with it has been made
    size_t timesThen = 0;

    /// "Fired 41 times, median 20 s: try for: 2m (fires 2 times)."
    std::string text() const;
};

/// What came of a backtest.
struct BacktestAnswer
{
    enum class Resolution { Raw, Hourly, Daily };

    int64_t fromMs = 0;
    int64_t toMs = 0;
    std::vector<ReplayedEpisode> episodes;
    int64_t totalMs = 0;      ///< during which at least one fired; overlaps count once
    size_t notifications = 0; ///< messages that would have been sent: per channel one when it fires and one
                              ///< when it ends. A rule without channels is counted as if it had one
    Resolution resolution = Resolution::Raw; ///< the coarsest that was used
    bool approximate = false;                ///< some of it was made from rollups
    uint64_t evaluations = 0;
    uint64_t failedEvaluations = 0;
    std::string error; ///< why the last of those failed
    std::optional<Noise> noise;

    static constexpr size_t maxShown = 1000;
    /// `{"from_ms","to_ms","episodes":[{"labels","severity","start","end","peak","approximate"}],
    /// "episodes_total","total_seconds","notifications","resolution","approximate","noise",…}`; at most
    /// maxShown episodes, the first ones.
    QJsonObject toJson() const;
};

/// Replays rules over the past through the runtime that they live in. Synchronous: a month of one rule takes
/// a part of a second, never on an event loop. Safe from several threads.
class Backtest
{
public:
    static constexpr int64_t maxSpanMs = 1830LL * 86'400'000;

    /// How far it is, from 0 to 1.
    using Tell = std::function<void(double part)>;

    /// `source` outlives it.
    explicit Backtest(const ReaderSource &source, QueryLimits limits = {});

    /// What is wrong with a question, before it is run.
    static Status check(const BacktestQuestion &question);

    /// Fails as check() does, with Cancelled, or as the query does where it fails
    /// throughout.
    Result<BacktestAnswer> run(const BacktestQuestion &question, const std::atomic<bool> *cancelled = nullptr,
                               const Tell &tell = {}) const;

private:
    Result<BacktestAnswer> replay(const BacktestQuestion &question, const std::atomic<bool> *cancelled,
                                  const Tell &tell) const;

    const ReaderSource &m_source;
    QueryLimits m_limits;
};

} // namespace plimsoll::alerts
