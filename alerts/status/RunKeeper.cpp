#include "alerts/status/RunKeeper.h"

namespace plimsoll::alerts {

namespace {
constexpr ProjectId ofTheAppliance = 0;
} // namespace

RunKeeper::RunKeeper(DocumentStore &store, const Clock &clock, QObject *parent)
    : QObject(parent)
    , m_clock(clock)
    , m_records(store, ofTheAppliance, this)
    , m_timer(this)
{
    connect(&m_timer, &QTimer::timeout, this, &RunKeeper::beat);
}

RunKeeper::~RunKeeper() { stop(); }

void RunKeeper::start(bool leads)
{
    stop();
    m_record = RunRecord::fromJson(m_records.get(collection, documentId).value_or(QJsonObject()));
    m_running = leads;
    if (!leads)
        return;
    m_record.begin(m_clock.nowMs());
    m_timer.start(int(RunRecord::beatMs));
}

void RunKeeper::stop()
{
    m_timer.stop();
    if (std::exchange(m_running, false))
        beat();
}

void RunKeeper::beat()
{
    const int64_t nowMs = m_clock.nowMs();
    m_record.beat(nowMs);
    m_records.put(collection, documentId, m_record.toJson(), nowMs);
}

Spans RunKeeper::watched() const
{
    return m_running ? m_record.spansUntil(m_clock.nowMs()) : m_record.spans();
}

} // namespace plimsoll::alerts
