#include "alerts/status/RunRecord.h"

#include <QJsonArray>

namespace plimsoll::alerts {

void RunRecord::begin(int64_t nowMs)
{
    m_current = {nowMs, nowMs};
    forgetOld(nowMs);
}

bool RunRecord::beat(int64_t nowMs)
{
    const bool broken = nowMs < m_current.toMs || nowMs - m_current.toMs > longestBeatMs;
    if (broken)
        begin(nowMs);
    m_current.toMs = nowMs;
    m_spans.add(m_current);
    return broken;
}

Spans RunRecord::spansUntil(int64_t nowMs) const
{
    Spans all = m_spans;
    if (nowMs - m_current.toMs <= longestBeatMs)
        all.add({m_current.fromMs, nowMs});
    return all;
}

void RunRecord::forgetOld(int64_t nowMs)
{
    m_spans.remove({INT64_MIN / 2, nowMs - keptMs});
    while (m_spans.list().size() > maxSpans)
        m_spans.remove(Span(m_spans.list().front()));
}

QJsonObject RunRecord::toJson() const
{
    QJsonArray spans;
    for (const Span &span : m_spans.list())
        spans.append(QJsonArray{qint64(span.fromMs), qint64(span.toMs)});
    return {{"spans", spans}};
}

RunRecord RunRecord::fromJson(const QJsonObject &object)
{
    RunRecord record;
    for (const auto &item : object.value("spans").toArray()) {
        const QJsonArray span = item.toArray();
        record.m_spans.add({span.at(0).toInteger(), span.at(1).toInteger()});
    }
    return record;
}

} // namespace plimsoll::alerts
