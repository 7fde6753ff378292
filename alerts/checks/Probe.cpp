#include "alerts/checks/Probe.h"

#include "alerts/Duration.h"
#include "alerts/checks/Check.h"

namespace plimsoll::alerts {

namespace {

/// Valid UTF-8 on one line, bounded; what others sent us is part of it.
std::string tidy(const std::string &message)
{
    std::string text =
        QString::fromUtf8(message.data(), qsizetype(message.size())).simplified().toStdString();
    if (text.size() <= ProbeResult::maxMessageBytes)
        return text;
    size_t end = ProbeResult::maxMessageBytes - 3;
    while (end > 0 && (uint8_t(text[end]) & 0xc0) == 0x80)
        end--;
    return text.substr(0, end) + "…";
}

} // namespace

Probe::Probe(const Check &check)
    : m_timeoutMs(check.timeoutMs)
    , m_degradedMs(check.degradedMs)
    , m_deadline(this)
{
    m_deadline.setSingleShot(true);
    m_deadline.setTimerType(Qt::PreciseTimer);
    connect(&m_deadline, &QTimer::timeout, this, [this] { fail(lateMessage()); });
}

Probe::~Probe() = default;

void Probe::start()
{
    m_elapsed.start();
    m_measured.start();
    m_deadline.start(std::chrono::milliseconds(m_timeoutMs));
    begin();
}

std::string Probe::lateMessage() const
{
    return "There was no answer within " + formatDurationMs(m_timeoutMs) + ".";
}

int64_t Probe::remainingMs() const { return std::max<int64_t>(1, m_timeoutMs - m_elapsed.elapsed()); }

void Probe::finish(ProbeResult result)
{
    if (std::exchange(m_finished, true))
        return;
    m_deadline.stop();
    result.durationMs = double(m_measured.nsecsElapsed()) / 1e6;
    if (result.outcome == Outcome::Ok && m_degradedMs > 0 && result.durationMs >= double(m_degradedMs)) {
        result.outcome = Outcome::Degraded;
        result.message = "The answer took " + std::to_string(int64_t(result.durationMs)) + " ms; more than " +
                         std::to_string(m_degradedMs) + " ms counts as degraded.";
    }
    result.message = tidy(result.message);
    Q_EMIT finished(result);
}

} // namespace plimsoll::alerts
