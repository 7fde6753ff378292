#include "alerts/checks/ProbeContext.h"

namespace plimsoll::alerts {

namespace {
constexpr int queryThreads = 2;
constexpr int keepThreadsMs = 60'000;
} // namespace

ProbeContext::ProbeContext(Options options, const ReaderSource &source, const Clock &clock)
    : m_options(std::move(options))
    , m_source(source)
    , m_clock(clock)
    , m_lookup(m_threads)
{
    m_queries.setMaxThreadCount(queryThreads);
    m_queries.setExpiryTimeout(keepThreadsMs);
}

ProbeContext::~ProbeContext()
{
    m_stopping = true;
    m_queries.clear();
    m_queries.waitForDone();
}

} // namespace plimsoll::alerts
