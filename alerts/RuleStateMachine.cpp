#include "alerts/RuleStateMachine.h"

#include <set>
#include <utility>

namespace plimsoll::alerts {

RuleStateMachine::RuleStateMachine(const RuleTiming &timing, Worse direction)
    : m_timing(timing)
    , m_direction(direction)
{
}

std::vector<Transition> RuleStateMachine::advance(int64_t nowMs, std::span<const Observation> observations)
{
    bridgeGap(nowMs);
    m_ignored = 0;
    std::vector<Transition> transitions;
    std::map<std::string, const Observation *> quiet;
    std::set<std::string> breached;
    for (const Observation &observation : observations) {
        std::string key = observation.labels.key();
        if (!observation.breached) {
            quiet.emplace(std::move(key), &observation);
            continue;
        }
        observeBreach(nowMs, observation, transitions);
        breached.insert(std::move(key));
    }
    for (auto it = m_instances.begin(); it != m_instances.end();) {
        const auto found = quiet.find(it->first);
        const bool missing = found == quiet.end();
        if (breached.contains(it->first) || (missing && nowMs < m_graceUntilMs)) {
            ++it;
            continue;
        }
        if (!missing)
            it->second.value = found->second->value;
        transitions.push_back(
            {it->second.firing ? Transition::Kind::Resolved : Transition::Kind::PendingCleared,
             std::move(it->second), missing});
        it = m_instances.erase(it);
    }
    return transitions;
}

void RuleStateMachine::bridgeGap(int64_t nowMs)
{
    const int64_t elapsed = m_lastMs ? nowMs - *m_lastMs : 0;
    m_lastMs = nowMs;
    if (elapsed > -m_timing.intervalMs && elapsed <= m_timing.gapMs)
        return;
    for (auto &[key, instance] : m_instances) {
        if (!instance.firing)
            instance.sinceMs += elapsed - m_timing.intervalMs;
    }
    m_graceUntilMs = nowMs + m_timing.resumeGraceMs;
}

void RuleStateMachine::observeBreach(int64_t nowMs, const Observation &observation,
                                     std::vector<Transition> &out)
{
    auto it = m_instances.find(observation.labels.key());
    if (it == m_instances.end()) {
        if (m_instances.size() >= maxInstances) {
            m_ignored++;
            return;
        }
        const AlertInstance fresh{observation.labels, false, nowMs, 0, observation.value, observation.value};
        it = m_instances.emplace(observation.labels.key(), fresh).first;
        if (m_timing.forMs > 0)
            out.push_back({Transition::Kind::PendingStarted, fresh, false});
    }
    AlertInstance &instance = it->second;
    instance.value = observation.value;
    if (isWorse(observation.value, instance.peak, m_direction))
        instance.peak = observation.value;
    if (!instance.firing && nowMs - instance.sinceMs >= m_timing.forMs) {
        instance.firing = true;
        instance.firedMs = nowMs;
        out.push_back({Transition::Kind::Fired, instance, false});
    }
}

void RuleStateMachine::restore(std::vector<AlertInstance> instances, int64_t lastMs)
{
    m_instances.clear();
    for (AlertInstance &instance : instances) {
        std::string key = instance.labels.key();
        m_instances.insert_or_assign(std::move(key), std::move(instance));
    }
    m_lastMs = lastMs;
}

std::vector<Transition> RuleStateMachine::endAll()
{
    std::vector<Transition> transitions;
    for (auto &[key, instance] : m_instances) {
        if (instance.firing)
            transitions.push_back({Transition::Kind::Resolved, std::move(instance), false});
    }
    m_instances.clear();
    return transitions;
}

void RuleStateMachine::forgetPending()
{
    std::erase_if(m_instances, [](const auto &entry) { return !entry.second.firing; });
}

void RuleStateMachine::setTiming(const RuleTiming &timing, Worse direction)
{
    m_timing = timing;
    m_direction = direction;
}

} // namespace plimsoll::alerts
