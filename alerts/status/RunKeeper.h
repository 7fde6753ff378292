#pragma once

#include "alerts/Records.h"
#include "alerts/status/RunRecord.h"
#include "storage/model/Clock.h"

#include <QTimer>

namespace plimsoll::alerts {

/// The role of whoever knows when this appliance watched.
class WatchedTime
{
public:
    virtual ~WatchedTime() = default;
    /// Up to now, that included.
    virtual Spans watched() const = 0;
};

/// Keeps the record of when the appliance ran: one for all projects, in project 0. Lives on the alert thread.
/// Where several appliances share a database only the leading one writes; the others read what it wrote.
class RunKeeper final : public QObject, public WatchedTime
{
    Q_OBJECT

public:
    static constexpr const char *collection = "appliance_runs";
    static constexpr const char *documentId = "runs";

    RunKeeper(DocumentStore &store, const Clock &clock, QObject *parent = nullptr);
    ~RunKeeper() override;

    /// Reads the record, blocking, and begins a life of it where this appliance leads.
    void start(bool leads);
    /// Notes the end; safe to call again.
    void stop();

    Spans watched() const override;
    /// Notes that it still runs; done once a minute by itself.
    void beat();

private:
    const Clock &m_clock;
    Records m_records;
    RunRecord m_record;
    QTimer m_timer;
    bool m_running = false;
};

} // namespace plimsoll::alerts
