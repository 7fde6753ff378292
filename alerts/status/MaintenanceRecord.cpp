#include "alerts/status/MaintenanceRecord.h"

#include <QJsonArray>

namespace plimsoll::alerts {

namespace {

constexpr int64_t writeMs = 60'000;

QJsonArray toArray(const Spans &spans)
{
    QJsonArray array;
    for (const Span &span : spans.list())
        array.append(QJsonArray{qint64(span.fromMs), qint64(span.toMs)});
    return array;
}

} // namespace

Status MaintenanceRecord::open()
{
    const auto stored = m_records.list(collection);
    if (!stored)
        return stored.error();
    for (const QJsonObject &object : *stored) {
        Kept &kept = m_kept[object.value("id").toString().toStdString()];
        for (const auto &span : object.value("spans").toArray())
            kept.spans.add({span.toArray().at(0).toInteger(), span.toArray().at(1).toInteger()});
    }
    return {};
}

void MaintenanceRecord::note(const std::string &checkId, bool inMaintenance, int64_t nowMs)
{
    const auto found = m_kept.find(checkId);
    if (!inMaintenance && (found == m_kept.end() || found->second.sinceMs == 0))
        return;
    Kept &kept = m_kept[checkId];
    if (kept.sinceMs == 0 || nowMs < kept.sinceMs)
        kept.sinceMs = nowMs;
    kept.spans.add({kept.sinceMs, nowMs + (inMaintenance ? 1 : 0)});
    if (!inMaintenance)
        kept.sinceMs = 0;
    if (!inMaintenance || nowMs - kept.writtenMs >= writeMs)
        write(checkId, kept, nowMs);
}

void MaintenanceRecord::write(const std::string &checkId, Kept &kept, int64_t nowMs)
{
    kept.writtenMs = nowMs;
    kept.spans.remove({INT64_MIN / 2, nowMs - keptMs});
    while (kept.spans.list().size() > maxSpans)
        kept.spans.remove(Span(kept.spans.list().front()));
    m_records.put(collection, checkId,
                  {{"id", QString::fromStdString(checkId)}, {"spans", toArray(kept.spans)}}, nowMs);
}

void MaintenanceRecord::forget(const std::string &checkId)
{
    if (m_kept.erase(checkId) > 0)
        m_records.remove(collection, checkId);
}

const Spans &MaintenanceRecord::of(const std::string &checkId) const
{
    static const Spans none;
    const auto found = m_kept.find(checkId);
    return found == m_kept.end() ? none : found->second.spans;
}

} // namespace plimsoll::alerts
