#include "alerts/checks/CheckRuntime.h"

#include "alerts/Fields.h"
#include "alerts/checks/CheckKind.h"

namespace plimsoll::alerts {

namespace {

constexpr int64_t leastGapMs = 60'000;

bool sameSubject(const Check &a, const Check &b)
{
    return a.kind == b.kind && a.target == b.target && a.settings == b.settings && a.expect == b.expect;
}

QJsonObject figuresToJson(const ProbeResult &result)
{
    QJsonObject figures;
    for (const auto &[name, value] : result.figures)
        figures.insert(QString::fromStdString(name), numberToJson(value));
    return figures;
}

} // namespace

CheckMachine::Settings CheckRuntime::machineSettings(const Check &check)
{
    return {check.retries, std::max(3 * check.intervalMs, leastGapMs)};
}

bool CheckRuntime::active() const
{
    const CheckKind *kind = findCheckKind(m_check.kind);
    return kind && !kind->passive();
}

CheckRuntime::CheckRuntime(Check check)
    : m_check(std::move(check))
    , m_machine(machineSettings(m_check))
{
}

void CheckRuntime::setCheck(Check check)
{
    const bool anew = !check.enabled || !sameSubject(m_check, check);
    m_check = std::move(check);
    if (anew) {
        m_last.reset();
        m_machine = CheckMachine(machineSettings(m_check));
    }
    m_machine.setSettings(machineSettings(m_check));
}

std::optional<CheckChange> CheckRuntime::take(const ProbeResult &result, int64_t nowMs)
{
    m_last = result;
    return m_machine.advance(nowMs, result.outcome);
}

QJsonObject CheckRuntime::toJson(const std::vector<std::string> &heldBy) const
{
    QJsonArray holders;
    for (const std::string &id : heldBy)
        holders.append(QString::fromStdString(id));
    QJsonObject object = m_check.toMaskedJson();
    object.insert("state", QString::fromUtf8(checkStateName(m_machine.state()).data()));
    object.insert("since_ms", m_machine.sinceMs() ? QJsonValue(qint64(m_machine.sinceMs())) : QJsonValue());
    object.insert("last_run_ms", timeToJson(m_machine.lastMs()));
    object.insert("next_run_ms", nextRunMs && m_check.enabled ? QJsonValue(qint64(nextRunMs)) : QJsonValue());
    object.insert("duration_ms", m_last ? numberToJson(m_last->durationMs) : QJsonValue());
    object.insert("message", m_last ? QString::fromStdString(m_last->message) : QString());
    object.insert("figures", m_last ? figuresToJson(*m_last) : QJsonObject());
    object.insert("confirming", m_machine.confirming());
    object.insert("failures", m_machine.failures());
    object.insert("held_by", holders);
    return object;
}

QJsonObject CheckRuntime::stateToJson() const
{
    QJsonObject object{{"id", QString::fromStdString(m_check.id)}, {"machine", m_machine.toJson()}};
    if (m_last)
        object.insert("last", QJsonObject{{"outcome", int(m_last->outcome)},
                                          {"duration_ms", numberToJson(m_last->durationMs)},
                                          {"message", QString::fromStdString(m_last->message)},
                                          {"figures", figuresToJson(*m_last)}});
    return object;
}

void CheckRuntime::restore(const QJsonObject &state)
{
    m_machine.restore(state.value("machine").toObject());
    const QJsonObject last = state.value("last").toObject();
    if (last.isEmpty())
        return;
    ProbeResult result;
    result.outcome = Outcome(std::clamp(last.value("outcome").toInt(), 0, 2));
    result.durationMs = last.value("duration_ms").toDouble();
    result.message = last.value("message").toString().toStdString();
    const QJsonObject figures = last.value("figures").toObject();
    for (auto it = figures.begin(); it != figures.end(); ++it)
        result.figures.emplace_back(it.key().toStdString(), it->toDouble());
    m_last = std::move(result);
}

} // namespace plimsoll::alerts
