#include "storage/query/Context.h"

namespace plimsoll::promql {

Context::Context(const SeriesReader &reader, ProjectId project, const QueryLimits &limits,
                 const std::atomic<bool> *cancelled, const Grid &grid)
    : reader(reader)
    , project(project)
    , limits(limits)
    , grid(grid)
    , m_stop(cancelled, limits.timeoutMs)
{
    reader.bind(m_stop, limits.maxSamples);
}

void Context::fail(Error error)
{
    if (!m_failure)
        m_failure = std::move(error);
}

void Context::fail(Position position, const std::string &message)
{
    fail(Error{ErrorCode::Unprocessable, position.toString() + ": " + message, {}});
}

bool Context::proceed()
{
    if (failed())
        return false;
    if (m_stop.stopped())
        fail(m_stop.status().error());
    return !failed();
}

void Context::countSamples(uint64_t count)
{
    m_samplesRead += count;
    if (m_samplesRead > limits.maxSamples) {
        fail({ErrorCode::TooLarge,
              "The query reads more than " + std::to_string(limits.maxSamples) + " samples.",
              "Ask for a shorter time range or fewer series."});
    }
}

void Context::countPoints(uint64_t count)
{
    m_points += count;
    if (m_points > limits.maxSamples) {
        fail({ErrorCode::TooLarge,
              "The query computes more than " + std::to_string(limits.maxSamples) + " points.",
              "Ask for a larger step, a shorter time range or fewer series."});
    }
}

void Context::warn(const std::string &message, Position position)
{
    if (m_warnings.size() < maxAnnotations)
        m_warnings.insert("PromQL warning: " + message + " (" + position.toString() + ")");
}

void Context::inform(const std::string &message, Position position)
{
    if (m_infos.size() < maxAnnotations)
        m_infos.insert("PromQL info: " + message + " (" + position.toString() + ")");
}

std::string forMetric(std::string_view metricName)
{
    return " for metric name \"" + std::string(metricName) + "\"";
}

} // namespace plimsoll::promql
