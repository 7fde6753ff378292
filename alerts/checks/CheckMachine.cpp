#include "alerts/checks/CheckMachine.h"

#include "alerts/Fields.h"

namespace plimsoll::alerts {

namespace {
constexpr std::array<std::pair<CheckState, std::string_view>, 4> names{{{CheckState::Unknown, "unknown"},
                                                                        {CheckState::Ok, "ok"},
                                                                        {CheckState::Degraded, "degraded"},
                                                                        {CheckState::Down, "down"}}};
constexpr int maxCounted = 1'000'000;
} // namespace

std::string_view checkStateName(CheckState state)
{
    for (const auto &[known, name] : names) {
        if (known == state)
            return name;
    }
    return {};
}

std::optional<CheckState> checkStateFromName(std::string_view name)
{
    for (const auto &[state, known] : names) {
        if (known == name)
            return state;
    }
    return {};
}

void CheckMachine::setSettings(const Settings &settings)
{
    m_settings = settings;
    count(m_lastMs.value_or(0), Outcome::Ok);
}

bool CheckMachine::confirming() const
{
    return (m_failed > 0 && m_state != CheckState::Down) ||
           (m_troubled > 0 && m_state != CheckState::Down && m_state != CheckState::Degraded);
}

void CheckMachine::count(int64_t nowMs, Outcome outcome)
{
    if (outcome == Outcome::Ok) {
        m_troubled = 0;
        m_troubledSinceMs.reset();
    } else if (m_troubled++ == 0) {
        m_troubledSinceMs = nowMs;
    }
    if (outcome != Outcome::Failed) {
        m_failed = 0;
        m_failedSinceMs.reset();
    } else if (m_failed++ == 0) {
        m_failedSinceMs = nowMs;
    }
    m_failed = std::min(m_failed, maxCounted);
    m_troubled = std::min(m_troubled, maxCounted);
}

CheckState CheckMachine::judged(Outcome outcome) const
{
    if (outcome == Outcome::Ok)
        return CheckState::Ok;
    if (m_failed > m_settings.retries)
        return CheckState::Down;
    if (m_state == CheckState::Down)
        return outcome == Outcome::Degraded ? CheckState::Degraded : CheckState::Down;
    return m_troubled > m_settings.retries ? CheckState::Degraded : m_state;
}

std::optional<CheckChange> CheckMachine::advance(int64_t nowMs, Outcome outcome)
{
    if (m_lastMs && (nowMs < *m_lastMs || nowMs - *m_lastMs > m_settings.gapMs))
        count(nowMs, Outcome::Ok);
    m_lastMs = nowMs;
    count(nowMs, outcome);
    const CheckState next = judged(outcome);
    if (next == m_state)
        return {};
    CheckChange change{m_state, next, nowMs, nowMs};
    if (next == CheckState::Down)
        change.sinceMs = m_failedSinceMs.value_or(nowMs);
    else if (next == CheckState::Degraded)
        change.sinceMs = m_troubledSinceMs.value_or(nowMs);
    m_state = next;
    m_sinceMs = change.sinceMs;
    return change;
}

QJsonObject CheckMachine::toJson() const
{
    return {{"state", QString::fromUtf8(checkStateName(m_state).data())},
            {"since_ms", qint64(m_sinceMs)},
            {"last_ms", timeToJson(m_lastMs)},
            {"failed", m_failed},
            {"troubled", m_troubled},
            {"failed_since_ms", timeToJson(m_failedSinceMs)},
            {"troubled_since_ms", timeToJson(m_troubledSinceMs)}};
}

void CheckMachine::restore(const QJsonObject &object)
{
    const auto state = checkStateFromName(object.value("state").toString().toStdString());
    if (!state)
        return;
    m_state = *state;
    m_sinceMs = object.value("since_ms").toInteger();
    m_lastMs = timeFromJson(object.value("last_ms"));
    m_failed = std::clamp(object.value("failed").toInt(), 0, maxCounted);
    m_troubled = std::clamp(object.value("troubled").toInt(), 0, maxCounted);
    m_failedSinceMs = timeFromJson(object.value("failed_since_ms"));
    m_troubledSinceMs = timeFromJson(object.value("troubled_since_ms"));
}

} // namespace plimsoll::alerts
