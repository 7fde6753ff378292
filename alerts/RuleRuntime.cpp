#include "alerts/RuleRuntime.h"

#include "alerts/Episode.h"

#include <limits>
#include <set>

namespace plimsoll::alerts {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

std::vector<Observation> observationsOf(const Evaluation &evaluation, const Condition &condition)
{
    std::vector<Observation> observations;
    observations.reserve(evaluation.series.size());
    for (const Evaluation::Series &series : evaluation.series) {
        const bool breached =
            !condition.comparison || breaches(series.value, *condition.comparison, condition.threshold);
        observations.push_back({series.labels, series.value, breached});
    }
    return observations;
}

QJsonObject pendingToJson(const AlertInstance &instance)
{
    return {{"labels", labelsToJson(instance.labels)},
            {"since_ms", qint64(instance.sinceMs)},
            {"value", numberToJson(instance.value)},
            {"peak", numberToJson(instance.peak)}};
}

AlertInstance pendingFromJson(const QJsonObject &object)
{
    AlertInstance instance;
    instance.labels = labelsFromJson(object.value("labels").toObject());
    instance.sinceMs = object.value("since_ms").toInteger();
    instance.value = numberFromJson(object.value("value"));
    instance.peak = numberFromJson(object.value("peak"));
    return instance;
}

QJsonObject conditionToJson(const Condition &condition)
{
    QJsonObject object{{"expr", QString::fromStdString(condition.measured->toString())},
                       {"op", QJsonValue()},
                       {"threshold", QJsonValue()}};
    if (condition.comparison) {
        object.insert("op", QString::fromUtf8(comparisonSign(*condition.comparison).data()));
        object.insert("threshold", numberToJson(condition.threshold));
    }
    return object;
}

bool sameCondition(const Rule &a, const Rule &b)
{
    return a.expr == b.expr && a.level.comparison == b.level.comparison &&
           a.level.threshold == b.level.threshold;
}

} // namespace

RuleRuntime::RuleRuntime(Rule rule, int64_t intervalMs)
    : m_rule(std::move(rule))
    , m_intervalMs(intervalMs)
    , m_machine(timing(), worseDirection(m_rule.condition.comparison))
    , m_highWater(worseDirection(m_rule.condition.comparison))
    , m_value(unknown)
{
}

RuleTiming RuleRuntime::timing() const
{
    RuleTiming timing;
    timing.forMs = m_rule.level.forMs;
    timing.intervalMs = m_intervalMs;
    timing.gapMs = std::max<int64_t>(4 * m_intervalMs, 60'000);
    return timing;
}

void RuleRuntime::setRule(Rule rule)
{
    const bool same = sameCondition(m_rule, rule);
    const Worse direction = worseDirection(rule.condition.comparison);
    const bool sameValues =
        m_rule.expr == rule.expr && direction == worseDirection(m_rule.condition.comparison);
    m_rule = std::move(rule);
    m_machine.setTiming(timing(), direction);
    m_dirty = true;
    if (!same)
        m_machine.forgetPending();
    if (!sameValues) {
        m_highWater.clear(direction);
        m_hasHistory = false;
        m_value = unknown;
    }
}

std::vector<Transition> RuleRuntime::apply(const Evaluation &evaluation, int64_t atMs)
{
    m_lastEvaluatedMs = atMs;
    if (!evaluation.status) {
        m_error = evaluation.status.error().message;
        return {};
    }
    m_error.clear();
    takeValues(evaluation, atMs);
    std::vector<Transition> transitions =
        m_machine.advance(atMs, observationsOf(evaluation, m_rule.condition));
    if (m_machine.ignoredInstances() > 0)
        m_error = "More than " + std::to_string(RuleStateMachine::maxInstances) +
                  " series are over the line; " + std::to_string(m_machine.ignoredInstances()) +
                  " are not followed. Aggregate the expression.";
    m_dirty = m_dirty || !transitions.empty();
    return transitions;
}

void RuleRuntime::takeValues(const Evaluation &evaluation, int64_t atMs)
{
    const Worse direction = worseDirection(m_rule.condition.comparison);
    m_value = unknown;
    for (const Evaluation::Series &series : evaluation.series) {
        if (isWorse(series.value, m_value, direction))
            m_value = series.value;
    }
    for (const auto &[ms, value] : evaluation.history)
        m_dirty = m_highWater.add(ms, value) || m_dirty;
    m_dirty = m_highWater.add(atMs, m_value) || m_dirty;
    m_hasHistory = true;
}

std::vector<Transition> RuleRuntime::endAll()
{
    m_value = unknown;
    m_error.clear();
    m_dirty = true;
    return m_machine.endAll();
}

QJsonObject RuleRuntime::stateToJson() const
{
    QJsonArray pending;
    for (const auto &[key, instance] : m_machine.instances()) {
        if (!instance.firing)
            pending.append(pendingToJson(instance));
    }
    return {{"id", QString::fromStdString(m_rule.id)},   {"rule_version", qint64(m_rule.version)},
            {"last_ms", timeToJson(m_machine.lastMs())}, {"pending", pending},
            {"high_water", m_highWater.toJson()},        {"has_history", m_hasHistory}};
}

void RuleRuntime::restoreState(const QJsonObject &state, std::vector<AlertInstance> firing, int64_t watchedMs)
{
    std::set<std::string> fires;
    for (const AlertInstance &instance : firing)
        fires.insert(instance.labels.key());
    std::vector<AlertInstance> instances = std::move(firing);
    if (state.value("rule_version").toInteger() == int64_t(m_rule.version)) {
        for (const QJsonValue entry : state.value("pending").toArray()) {
            AlertInstance pending = pendingFromJson(entry.toObject());
            if (!fires.contains(pending.labels.key()))
                instances.push_back(std::move(pending));
        }
        m_highWater.restore(state.value("high_water").toArray());
        m_hasHistory = state.value("has_history").toBool();
    }
    const int64_t lastMs = std::max<int64_t>(state.value("last_ms").toInteger(), watchedMs);
    if (lastMs > 0)
        m_machine.restore(std::move(instances), lastMs);
}

std::string RuleRuntime::stateName() const
{
    if (!m_rule.enabled)
        return "disabled";
    bool firing = false;
    for (const auto &[key, instance] : m_machine.instances())
        firing = firing || instance.firing;
    if (firing)
        return "firing";
    if (!m_error.empty())
        return "error";
    return active() ? "pending" : "inactive";
}

QJsonObject RuleRuntime::toJson(int64_t nowMs) const
{
    std::optional<int64_t> firingSinceMs;
    for (const auto &[key, instance] : m_machine.instances()) {
        if (instance.firing)
            firingSinceMs = std::min(firingSinceMs.value_or(INT64_MAX), instance.firedMs);
    }
    QJsonObject object = m_rule.toJson();
    object.insert("condition", conditionToJson(m_rule.condition));
    object.insert("state", QString::fromStdString(stateName()));
    object.insert("value", numberToJson(m_value));
    object.insert("highest", numberToJson(m_highWater.worst(nowMs)));
    object.insert("last_evaluated_ms", timeToJson(m_lastEvaluatedMs));
    object.insert("error", m_error.empty() ? QJsonValue() : QJsonValue(QString::fromStdString(m_error)));
    object.insert("firing_since_ms", timeToJson(firingSinceMs));
    return object;
}

} // namespace plimsoll::alerts
