#include "alerts/checks/ProbeThread.h"

#include "alerts/checks/CheckKind.h"

#include <QPromise>

namespace plimsoll::alerts {

namespace {

/// Answers exactly once, at the latest when it is dropped.
class ProbeAnswer
{
public:
    ProbeAnswer() { m_promise.start(); }
    ~ProbeAnswer()
    {
        if (!m_given)
            give(ProbeResult::failed("The appliance is stopping."));
    }
    ProbeAnswer(const ProbeAnswer &) = delete;
    ProbeAnswer &operator=(const ProbeAnswer &) = delete;

    QFuture<ProbeResult> future() const { return m_promise.future(); }
    void give(const ProbeResult &result)
    {
        m_given = true;
        m_promise.addResult(result);
        m_promise.finish();
    }

private:
    QPromise<ProbeResult> m_promise;
    bool m_given = false;
};

using ProbeAnswerPtr = std::shared_ptr<ProbeAnswer>;

} // namespace

/// What lives on the thread.
struct ProbeThread::Floor : QObject
{
    Floor(ProbeContext::Options options, const ReaderSource &source, const Clock &clock)
        : context(std::move(options), source, clock)
    {
    }

    void start(const Check &check, const ProbeAnswerPtr &answer)
    {
        const CheckKind *kind = findCheckKind(check.kind);
        std::unique_ptr<Probe> made = kind && !kind->passive() ? kind->makeProbe(check, context) : nullptr;
        if (!made)
            return answer->give(ProbeResult::failed("There is nothing to look at."));
        Probe *probe = made.get();
        probes.emplace(probe, std::move(made));
        QObject::connect(probe, &Probe::finished, this, [this, probe, answer](const ProbeResult &result) {
            answer->give(result);
            retire(probe);
        });
        probe->start();
    }

    /// A probe may finish from within a call of its own.
    void retire(Probe *probe)
    {
        const auto found = probes.find(probe);
        retired.push_back(std::move(found->second));
        probes.erase(found);
        QTimer::singleShot(0, this, [this] { retired.clear(); });
    }

    ProbeContext context;
    std::vector<std::unique_ptr<Probe>> retired;
    std::map<Probe *, std::unique_ptr<Probe>> probes; ///< those that run
};

ProbeThread::ProbeThread(ProbeContext::Options options, const ReaderSource &source, const Clock &clock)
    : m_options(std::move(options))
    , m_source(source)
    , m_clock(clock)
{
    m_thread.setObjectName(QStringLiteral("checks"));
}

ProbeThread::~ProbeThread() { stop(); }

QFuture<ProbeResult> ProbeThread::run(Check check)
{
    const auto answer = std::make_shared<ProbeAnswer>();
    const QFuture<ProbeResult> future = answer->future();
    const std::lock_guard lock(m_mutex);
    if (m_stopped)
        return future;
    if (!m_entry) {
        m_thread.start();
        m_entry = std::make_unique<QObject>();
        m_entry->moveToThread(&m_thread);
    }
    const auto start = [this, check = std::move(check), answer] {
        if (!m_floor)
            m_floor = std::make_unique<Floor>(m_options, m_source, m_clock);
        m_floor->start(check, answer);
    };
    QMetaObject::invokeMethod(m_entry.get(), start, Qt::QueuedConnection);
    return future;
}

void ProbeThread::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        if (std::exchange(m_stopped, true) || !m_entry)
            return;
    }
    QMetaObject::invokeMethod(
        m_entry.get(), [this] { m_floor.reset(); }, Qt::BlockingQueuedConnection);
    m_entry.release()->deleteLater();
    m_thread.quit();
    m_thread.wait();
}

} // namespace plimsoll::alerts
