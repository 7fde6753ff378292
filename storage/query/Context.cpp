#include "storage/query/Context.h"

namespace plimsoll::promql {

namespace {
constexpr uint64_t bytesOfSample = 16;
constexpr uint64_t bytesOfPoint = 16;
constexpr uint64_t bytesOfSeries = 512; ///< labels and what goes with them
} // namespace

Context::Context(const SeriesReader &reader, ProjectId project, const QueryLimits &limits,
                 const std::atomic<bool> *cancelled, const Grid &grid)
    : reader(reader)
    , project(project)
    , limits(limits)
    , grid(grid)
    , m_stop(cancelled, limits.timeoutMs)
    , m_root(*this)
{
    reader.bind(m_stop, limits.maxSamples);
}

Context::Context(Context &parent)
    : reader(parent.reader)
    , project(parent.project)
    , limits(parent.limits)
    , grid(parent.grid)
    , m_stop(parent.m_stop)
    , m_root(parent.m_root)
{
}

Context::~Context()
{
    if (&m_root == this)
        reader.unbind();
    limits.memory->release(m_memory);
}

void Context::absorb(const Context &helper)
{
    if (helper.failed())
        fail(helper.failure());
    m_mostSamples += helper.m_mostSamples;
    for (const std::string &warning : helper.m_warnings) {
        if (m_warnings.size() < maxAnnotations)
            m_warnings.insert(warning);
    }
    for (const std::string &info : helper.m_infos) {
        if (m_infos.size() < maxAnnotations)
            m_infos.insert(info);
    }
}

void Context::fail(Error error)
{
    if (!m_failure)
        m_failure = std::move(error);
}

void Context::fail(Position position, const std::string &message)
{
    fail(Error{ErrorCode::Unprocessable, message, "It is at " + position.toString() + " of the query."});
}

DurationFrame Context::durations() const
{
    return {static_cast<double>(grid.stepMs) / 1000, static_cast<double>(grid.endMs() - grid.startMs) / 1000};
}

void Context::dropName(Column &column) const
{
    if (limits.delayedNames)
        column.dropsName = true;
    else
        column.labels = withoutName(column.labels);
}

void Context::dropNames(VectorValue &vector) const
{
    for (Column &column : vector)
        dropName(column);
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
    if (m_root.m_samplesRead.fetch_add(count) + count > limits.maxSamplesRead)
        fail({ErrorCode::TooLarge,
              "The query reads more than " + std::to_string(limits.maxSamplesRead) + " samples.",
              "Ask for a shorter time range or fewer series."});
    if (count <= m_mostSamples)
        return;
    takeMemory((count - m_mostSamples) * bytesOfSample);
    m_mostSamples = count;
    checkHeld();
}

void Context::countPoints(uint64_t count)
{
    m_points += count;
    takeMemory(count * bytesOfPoint);
    checkHeld();
}

void Context::countSelected(uint64_t count)
{
    if (count > limits.maxSelected)
        fail({ErrorCode::TooLarge,
              "A selector finds more than " + std::to_string(limits.maxSelected) + " series.",
              "Give it more matchers."});
    takeMemory(count * bytesOfSeries);
}

void Context::checkHeld()
{
    if (m_points + m_mostSamples > limits.maxSamples)
        fail({ErrorCode::TooLarge,
              "The query holds more than " + std::to_string(limits.maxSamples) + " samples at a time.",
              "Ask for a larger step, a shorter time range or fewer series."});
}

void Context::takeMemory(uint64_t bytes)
{
    if (failed())
        return;
    if (limits.memory->take(bytes)) {
        m_memory += bytes;
        return;
    }
    const std::string size = std::to_string(limits.memory->maxBytes() >> 20) + " MiB";
    if (m_memory + bytes > limits.memory->maxBytes())
        fail({ErrorCode::TooLarge, "The query needs more memory than the " + size + " that queries have.",
              "Ask for a larger step, a shorter time range or fewer series."});
    else
        fail({ErrorCode::Unavailable,
              "All queries together need more memory than the " + size + " they have.",
              "Try again in a moment."});
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

std::string forMetricIfAny(std::string_view metricName)
{
    return metricName.empty() ? std::string() : forMetric(metricName);
}

} // namespace plimsoll::promql
