#pragma once

#include "alerts/checks/CurlLoop.h"
#include "alerts/checks/HostLookup.h"
#include "alerts/checks/SideThreads.h"
#include "storage/model/Clock.h"
#include "storage/model/SeriesReader.h"

#include <QThreadPool>

namespace plimsoll::alerts {

/// What probes use; lives on their thread.
class ProbeContext
{
public:
    struct Options
    {
        ProjectId project = defaultProject;
        std::string userAgent = "Plimsoll";
        std::string procPath = "/proc"; ///< where the system tells of its memory and processes
    };

    /// `source` and `clock` outlive it.
    ProbeContext(Options options, const ReaderSource &source, const Clock &clock);
    /// Ends the queries that run and waits for them; nothing else.
    ~ProbeContext();

    const Options &options() const { return m_options; }
    const ReaderSource &source() const { return m_source; }
    const Clock &clock() const { return m_clock; }
    SideThreads &threads() { return m_threads; }
    HostLookup &lookup() { return m_lookup; }
    CurlLoop &curl() { return m_curl; }
    QThreadPool &queries() { return m_queries; }
    const std::atomic<bool> &stopping() const { return m_stopping; }

private:
    Options m_options;
    const ReaderSource &m_source;
    const Clock &m_clock;
    SideThreads m_threads;
    HostLookup m_lookup;
    CurlLoop m_curl;
    QThreadPool m_queries;
    std::atomic<bool> m_stopping = false;
};

} // namespace plimsoll::alerts
