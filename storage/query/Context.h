#pragma once

#include "storage/query/DurationExpr.h"
#include "storage/query/Query.h"
#include "storage/query/Values.h"

#include <optional>
#include <set>

namespace plimsoll::promql {

/// What one evaluation has at hand. The first failure sticks: who sees failed() returns at once with whatever
/// it has, and the evaluation ends with that failure.
class Context
{
public:
    Context(const SeriesReader &reader, ProjectId project, const QueryLimits &limits,
            const std::atomic<bool> *cancelled, const Grid &grid);
    /// For a thread that helps with the evaluation of `parent`: counts against the same limits, and keeps
    /// failures and annotations to itself until absorb().
    explicit Context(Context &parent);
    ~Context();
    Context(const Context &) = delete;
    Context &operator=(const Context &) = delete;
    /// Takes over what a helper met. Its thread must have left it.
    void absorb(const Context &helper);

    const SeriesReader &reader;
    const ProjectId project;
    const QueryLimits &limits;
    const Grid grid; ///< of the whole query, for start(), end(), step() and range()

    /// What duration expressions refer to.
    DurationFrame durations() const;

    /// Takes the name off a series that a function made into something else: at once, or where the query
    /// delays that, at its end.
    void dropName(Column &column) const;
    void dropNames(VectorValue &vector) const;

    bool failed() const { return m_failure.has_value(); }
    const Error &failure() const { return *m_failure; }
    void fail(Error error);
    void fail(Position position, const std::string &message);

    /// To be called at least every few ten thousand values: ends the evaluation when it was cancelled or is
    /// late. Returns false when it must stop.
    bool proceed();
    /// For loops that do not see a Context: it says when to stop, for the same reasons. proceed() afterwards
    /// notes the failure.
    const StopToken &stop() const { return m_stop; }
    /// Counts samples that were read, and are held until the next call.
    void countSamples(uint64_t count);
    /// Counts points that are held in memory to the end.
    void countPoints(uint64_t count);
    /// Counts the series that a selector found.
    void countSelected(uint64_t count);

    void warn(const std::string &message, Position position);
    void inform(const std::string &message, Position position);

    uint64_t samplesRead() const { return m_root.m_samplesRead; }
    uint64_t samplesHeld() const { return m_points + m_mostSamples; }
    std::vector<std::string> warnings() const { return {m_warnings.begin(), m_warnings.end()}; }
    std::vector<std::string> infos() const { return {m_infos.begin(), m_infos.end()}; }

private:
    static constexpr size_t maxAnnotations = 100;

    void checkHeld();
    void takeMemory(uint64_t bytes);

    const StopToken m_stop;
    Context &m_root;                         ///< itself, unless it is a helper's
    std::atomic<uint64_t> m_samplesRead = 0; ///< of the root
    uint64_t m_points = 0;
    uint64_t m_mostSamples = 0; ///< held at a time
    uint64_t m_memory = 0;      ///< taken of limits.memory
    std::optional<Error> m_failure;
    std::set<std::string> m_warnings;
    std::set<std::string> m_infos;
};

/// A warning or info about a metric ends with: for metric name "x". Some say nothing where it has none.
std::string forMetric(std::string_view metricName);
std::string forMetricIfAny(std::string_view metricName);

} // namespace plimsoll::promql
