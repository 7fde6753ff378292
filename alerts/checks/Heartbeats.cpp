#include "alerts/checks/Heartbeats.h"

#include "alerts/Fields.h"

#include <QCoroFuture>
#include <QPointer>

namespace plimsoll::alerts {

Heartbeats::Heartbeats(Records &records, const Clock &clock, CheckBook &checks, const WatchedTime &watched)
    : m_records(records)
    , m_clock(clock)
    , m_checks(checks)
    , m_watched(watched)
    , m_timer(this)
{
    connect(&m_timer, &QTimer::timeout, this, &Heartbeats::tick);
    connect(&m_checks, &CheckBook::definitionsChanged, this, &Heartbeats::readDefinitions);
}

Status Heartbeats::open()
{
    const auto stored = m_records.list(collection);
    if (!stored)
        return stored.error();
    for (const QJsonObject &object : *stored)
        m_kept[object.value("id").toString().toStdString()].state = HeartbeatState::fromJson(object);
    readDefinitions();
    return {};
}

void Heartbeats::start() { m_timer.start(tickMs); }

void Heartbeats::stop() { m_timer.stop(); }

void Heartbeats::readDefinitions()
{
    m_byPingId.clear();
    for (const auto &[id, runtime] : m_checks.all()) {
        if (std::optional<Heartbeat> heartbeat = heartbeatOf(runtime.check())) {
            m_byPingId.emplace(heartbeat->pingId, id);
            m_kept[id].heartbeat = std::move(heartbeat);
        }
    }
    std::erase_if(m_kept, [this](const auto &entry) {
        const CheckRuntime *check = m_checks.find(entry.first);
        const bool gone = !check || !heartbeatOf(check->check());
        if (gone)
            m_records.remove(collection, entry.first);
        return gone;
    });
}

HeartbeatVerdict Heartbeats::verdictOf(const Kept &kept, const Spans &watched) const
{
    return judge(kept.state, kept.heartbeat->plan, kept.heartbeat->maxRunMs, watched, m_clock.nowMs());
}

void Heartbeats::tick()
{
    const Spans watched = m_watched.watched();
    for (auto &[id, kept] : m_kept)
        look(id, kept, watched, false);
}

void Heartbeats::look(const std::string &checkId, Kept &kept, const Spans &watched, bool always)
{
    const CheckRuntime *check = m_checks.find(checkId);
    const HeartbeatVerdict verdict = verdictOf(kept, watched);
    if (!check || !verdict.known)
        return;
    const int64_t nowMs = m_clock.nowMs();
    const bool isDue = nowMs - kept.reportedMs >= reportMs || nowMs < kept.reportedMs;
    if (!always && !isDue && verdict.failed == kept.failed)
        return;
    kept.failed = verdict.failed;
    kept.reportedMs = nowMs;
    ProbeResult result;
    result.outcome = verdict.failed ? Outcome::Failed : Outcome::Ok;
    result.message = verdict.message;
    if (const auto &end = kept.state.lastEnd(); end && end->durationMs)
        result.durationMs = double(*end->durationMs);
    const int64_t degradedMs = check->check().degradedMs;
    if (!verdict.failed && degradedMs > 0 && result.durationMs >= double(degradedMs))
        result.outcome = Outcome::Degraded;
    m_checks.report(checkId, result);
}

QCoro::Task<Status> Heartbeats::take(std::string pingId, Ping ping)
{
    const QPointer<Heartbeats> self(this);
    const auto found = m_byPingId.find(pingId);
    if (found == m_byPingId.end())
        co_return Error{ErrorCode::NotFound, "No job reports to this address.",
                        "The address is shown with the check that waits for it."};
    const std::string checkId = found->second;
    ping.atMs = m_clock.nowMs();
    m_kept[checkId].state.take(ping);
    QJsonObject body = m_kept[checkId].state.toJson();
    body.insert("id", QString::fromStdString(checkId));
    const auto writing = m_records.put(collection, checkId, body, ping.atMs);
    const Status written = co_await writing;
    if (!self)
        co_return written;
    const auto kept = m_kept.find(checkId);
    if (written && kept != m_kept.end() && kept->second.heartbeat)
        look(checkId, kept->second, m_watched.watched(), true);
    co_return written;
}

void Heartbeats::describe(const Check &check, QJsonObject &resource) const
{
    const auto kept = m_kept.find(check.id);
    if (kept == m_kept.end() || !kept->second.heartbeat)
        return;
    const HeartbeatVerdict verdict = verdictOf(kept->second, m_watched.watched());
    const auto &end = kept->second.state.lastEnd();
    resource.insert("ping_url", "/ping/" + QString::fromStdString(kept->second.heartbeat->pingId));
    resource.insert("last_run_ms", timeToJson(kept->second.state.lastSignMs()));
    resource.insert("next_run_ms", timeToJson(verdict.dueMs));
    resource.insert("duration_ms", end ? timeToJson(end->durationMs) : QJsonValue());
    resource.insert("message", QString::fromStdString(verdict.message));
}

Result<QJsonObject> Heartbeats::log(const std::string &checkId) const
{
    const auto kept = m_kept.find(checkId);
    if (kept == m_kept.end() || !kept->second.heartbeat)
        return Error{ErrorCode::NotFound, "There is no heartbeat \"" + checkId + "\".", {}};
    const QJsonObject state = kept->second.state.toJson();
    QJsonArray newestFirst;
    for (const auto &ping : state.value("pings").toArray())
        newestFirst.prepend(ping);
    const HeartbeatVerdict verdict = verdictOf(kept->second, m_watched.watched());
    return QJsonObject{{"pings", newestFirst},
                       {"output", state.value("output")},
                       {"running_since_ms", timeToJson(kept->second.state.runningSinceMs())},
                       {"due_ms", timeToJson(verdict.dueMs)},
                       {"late", verdict.late},
                       {"failed", verdict.failed},
                       {"message", QString::fromStdString(verdict.message)}};
}

} // namespace plimsoll::alerts
