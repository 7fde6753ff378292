#pragma once

#include "alerts/status/Spans.h"

#include <QJsonObject>

namespace plimsoll::alerts {

/// When this appliance watched, as far back as uptime is told: a span per life of the process, and a new one
/// after a pause of the machine or a jump of its clock. Pure; README.md ("Records") has how it is kept.
///
/// A life is noted with each beat, so that after a kill up to one beat of it is missing: time that was
/// watched and is not counted, never the other way round.
class RunRecord
{
public:
    static constexpr int64_t beatMs = 60'000;
    static constexpr int64_t longestBeatMs = 3 * beatMs; ///< further apart means that nobody watched
    static constexpr int64_t keptMs = 400LL * 86'400'000;
    static constexpr size_t maxSpans = 2'000; ///< beyond it the oldest go

    /// What a life begins with: at the first beat, at `nowMs`.
    void begin(int64_t nowMs);
    /// The appliance still runs. True where a new span began.
    bool beat(int64_t nowMs);

    const Spans &spans() const { return m_spans; }
    /// What was watched up to `nowMs`, the time since the last beat included.
    Spans spansUntil(int64_t nowMs) const;
    /// When this life, or what it was since the last pause, began.
    int64_t sinceMs() const { return m_current.fromMs; }

    QJsonObject toJson() const;
    static RunRecord fromJson(const QJsonObject &object);

private:
    void forgetOld(int64_t nowMs);

    Spans m_spans;
    Span m_current;
};

} // namespace plimsoll::alerts
