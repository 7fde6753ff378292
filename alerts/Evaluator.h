#pragma once

#include "alerts/Condition.h"
#include "alerts/TemplateAnswers.h"
#include "alerts/WaitableTimer.h"
#include "storage/model/Clock.h"
#include "storage/model/SeriesReader.h"
#include "storage/query/Query.h"

#include <QCoroTask>
#include <QFuture>
#include <QObject>
#include <QThreadPool>

#include <atomic>
#include <memory>
#include <set>

namespace plimsoll::alerts {

/// What an expression yields at one instant.
struct Evaluation
{
    struct Series
    {
        Labels labels; ///< without __name__
        double value = 0;
    };

    Status status;
    std::vector<Series> series;
    /// False where the expression yields nothing because there is no data, as Condition::presence tells.
    bool dataPresent = true;
    /// The values of the last 24 h every 5 min, where they were asked for: (ms, value) of all series.
    std::vector<std::pair<int64_t, double>> history;
    TemplateAnswers answers; ///< to the queries in the texts that were given
    int64_t durationMs = 0;
};

/// Runs queries on a small pool of threads of its own and says when it is time to: at multiples of the
/// intervals since the epoch. Ticks that were missed (a pause, a busy machine) are not made up for, a clock
/// that jumps back ticks on from where it is. Belongs to one thread with an event loop.
class Evaluator : public QObject
{
    Q_OBJECT

public:
    struct Options
    {
        ProjectId project = defaultProject;
        int64_t intervalMs = 15'000;
        int threads = 2;
        int64_t queryTimeoutMs = 10'000;
        uint64_t maxSeries = 10'000;
    };

    Evaluator(const Options &options, const ReaderSource &source, const Clock &clock,
              QObject *parent = nullptr);
    ~Evaluator() override;

    /// What is to be evaluated, and at which time.
    struct Question
    {
        Question(const Condition &condition, int64_t atMs, bool withHistory)
            : condition(condition)
            , atMs(atMs)
            , withHistory(withHistory)
        {
        }
        Condition condition;
        int64_t atMs;
        bool withHistory;
        /// Templates with queries of their own, which are made for the first `maxTextSeries` series in
        /// breach.
        std::vector<std::string> texts;

        static constexpr size_t maxTextSeries = 50;
    };
    /// Evaluates on the pool. Bounded by the query limits; ends early after stop().
    QFuture<Evaluation> evaluate(const Question &question);

    /// Further intervals at whose multiples it ticks, beside that of the options.
    void setIntervals(std::set<int64_t> intervalsMs) { m_intervalsMs = std::move(intervalsMs); }

    /// Starts to emit ticked().
    void start();
    /// Ends the ticks, cancels the queries that run and waits for them.
    void stop();

Q_SIGNALS:
    void ticked(qint64 tickMs);

private:
    QCoro::Task<void> run();
    int64_t lastDueMs(int64_t nowMs) const;
    int64_t nextDueMs(int64_t nowMs) const;

    Options m_options;
    std::set<int64_t> m_intervalsMs;
    const ReaderSource &m_source;
    const Clock &m_clock;
    QThreadPool m_pool;
    WaitableTimer m_timer;
    std::atomic<bool> m_stopped = false;
};

} // namespace plimsoll::alerts
