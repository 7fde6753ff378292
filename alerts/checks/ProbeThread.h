#pragma once

#include "alerts/checks/Check.h"
#include "alerts/checks/ProbeContext.h"
#include "alerts/checks/ProbeResult.h"

#include <QFuture>
#include <QThread>

#include <memory>
#include <mutex>
#include <set>

namespace plimsoll::alerts {

/// The thread on which the probes of a project run, all at the same time: none of them blocks it. It begins
/// with the first run. Safe from any thread.
class ProbeThread
{
public:
    /// `source` and `clock` outlive it.
    ProbeThread(ProbeContext::Options options, const ReaderSource &source, const Clock &clock);
    ~ProbeThread();
    ProbeThread(const ProbeThread &) = delete;
    ProbeThread &operator=(const ProbeThread &) = delete;

    /// Looks once. The future finishes at the latest with the check's time limit or with stop().
    QFuture<ProbeResult> run(Check check);
    /// Ends all probes and joins; further runs end at once.
    void stop();

private:
    struct Floor;

    std::mutex m_mutex;
    bool m_stopped = false;
    ProbeContext::Options m_options;
    const ReaderSource &m_source;
    const Clock &m_clock;
    QThread m_thread;
    std::unique_ptr<QObject> m_entry; ///< lives on the thread; there once it runs
    std::unique_ptr<Floor> m_floor;   ///< of the thread
};

} // namespace plimsoll::alerts
