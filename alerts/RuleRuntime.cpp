#include "alerts/RuleRuntime.h"

#include "alerts/Episode.h"

#include <algorithm>
#include <limits>
#include <set>

namespace plimsoll::alerts {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

constexpr std::array<std::pair<Absence, const char *>, 3> absenceNames{
    {{Absence::NoData, "no_data"},
     {Absence::SenderSilent, "sender_silent"},
     {Absence::WeWereDown, "we_were_down"}}};

std::vector<Observation> observationsOf(const Evaluation &evaluation, const Rule &rule)
{
    std::vector<Observation> observations;
    observations.reserve(evaluation.series.size());
    for (const Evaluation::Series &series : evaluation.series)
        observations.push_back({series.labels, series.value, rule.breachedBy(series.value)});
    return observations;
}

/// What an expression without a line of its own says by yielding nothing: all is well, or there is no data.
RuleStateMachine::Missing meaningOfMissing(const Evaluation &evaluation, const Condition &condition)
{
    const bool below = !condition.comparison && evaluation.dataPresent;
    return below ? RuleStateMachine::Missing::IsBelow : RuleStateMachine::Missing::IsGone;
}

QJsonObject pendingToJson(const AlertInstance &instance)
{
    QJsonObject object{{"labels", labelsToJson(instance.labels)},
                       {"since_ms", qint64(instance.sinceMs)},
                       {"value", numberToJson(instance.value)},
                       {"peak", numberToJson(instance.peak)},
                       {"level", int(instance.level)}};
    if (instance.absence != Absence::None)
        object.insert("absence", absenceToJson(instance.absence));
    return object;
}

AlertInstance pendingFromJson(const QJsonObject &object)
{
    AlertInstance instance;
    instance.labels = labelsFromJson(object.value("labels").toObject());
    instance.sinceMs = object.value("since_ms").toInteger();
    instance.value = numberFromJson(object.value("value"));
    instance.peak = numberFromJson(object.value("peak"));
    instance.level = uint8_t(std::clamp(object.value("level").toInt(), 0, int(maxLevels)));
    instance.absence = absenceFromJson(object.value("absence"));
    return instance;
}

/// What the episode of a firing instance does not say.
QJsonObject firingToJson(const AlertInstance &instance)
{
    QJsonObject object{{"labels", labelsToJson(instance.labels)},
                       {"level", int(instance.level)},
                       {"quiet_since_ms", qint64(instance.quietSinceMs)}};
    if (instance.absence != Absence::None)
        object.insert("absence", absenceToJson(instance.absence));
    return object;
}

void completeFiring(const QJsonArray &stored, std::vector<AlertInstance> &firing)
{
    for (const QJsonValue entry : stored) {
        const Labels labels = labelsFromJson(entry["labels"].toObject());
        for (AlertInstance &instance : firing) {
            if (instance.labels != labels || int(instance.level) != entry["level"].toInt())
                continue;
            instance.quietSinceMs = entry["quiet_since_ms"].toInteger();
            instance.absence = absenceFromJson(entry["absence"]);
        }
    }
}

std::vector<Labels> knownFromJson(const QJsonArray &array)
{
    std::vector<Labels> known;
    for (const QJsonValue entry : array)
        known.push_back(labelsFromJson(entry.toObject()));
    return known;
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

bool sameLine(const Level &a, const Level &b)
{
    return a.severity == b.severity && a.comparison == b.comparison && a.threshold == b.threshold;
}

bool sameCondition(const Rule &a, const Rule &b)
{
    return a.expr == b.expr && a.variables == b.variables && a.noData == b.noData &&
           std::equal(a.levels.begin(), a.levels.end(), b.levels.begin(), b.levels.end(), sameLine);
}

/// A level is the same where its severity is, and the only one is the same whatever its severity.
RuleStateMachine::LevelMoves levelMoves(const Rule &from, const Rule &to)
{
    if (from.levels.size() == 1 && to.levels.size() == 1)
        return {uint8_t(0)};
    RuleStateMachine::LevelMoves moves;
    for (const Level &level : from.levels)
        moves.push_back(to.levelOf(level.severity));
    return moves;
}

} // namespace

QJsonValue absenceToJson(Absence absence)
{
    for (const auto &[known, name] : absenceNames) {
        if (known == absence)
            return QString::fromLatin1(name);
    }
    return {};
}

Absence absenceFromJson(const QJsonValue &value)
{
    for (const auto &[absence, name] : absenceNames) {
        if (value.toString() == QLatin1String(name))
            return absence;
    }
    return Absence::None;
}

RuleRuntime::RuleRuntime(Rule rule, int64_t intervalMs)
    : m_rule(std::move(rule))
    , m_intervalMs(intervalMs)
    , m_machine(m_rule.timing(intervalMs))
    , m_highWater(worseDirection(m_rule.condition.comparison))
    , m_value(unknown)
{
}

std::vector<Transition> RuleRuntime::setRule(Rule rule)
{
    const bool same = sameCondition(m_rule, rule);
    const Worse direction = worseDirection(rule.condition.comparison);
    const bool sameValues = m_rule.expr == rule.expr && m_rule.variables == rule.variables &&
                            direction == worseDirection(m_rule.condition.comparison);
    const auto moves = levelMoves(m_rule, rule);
    std::vector<Transition> ended;
    if (rule.isRecording())
        ended = m_machine.endAll();
    m_rule = std::move(rule);
    const auto removed = m_machine.setTiming(m_rule.timing(m_intervalMs), moves);
    ended.insert(ended.end(), removed.begin(), removed.end());
    m_dirty = true;
    if (!same)
        m_machine.forgetPending();
    if (!sameValues) {
        m_highWater.clear(direction);
        m_hasHistory = false;
        m_value = unknown;
    }
    return ended;
}

Status RuleRuntime::check(const Evaluation &evaluation) const
{
    if (!evaluation.status || m_rule.group.limit == 0)
        return evaluation.status;
    const auto counts = [this](const Evaluation::Series &series) {
        return m_rule.isRecording() || m_rule.breachedBy(series.value) != 0;
    };
    const auto count = std::count_if(evaluation.series.begin(), evaluation.series.end(), counts);
    if (uint64_t(count) <= m_rule.group.limit)
        return {};
    return Error{ErrorCode::TooLarge,
                 "The limit of the group is " + std::to_string(m_rule.group.limit) + ", and the rule has " +
                     std::to_string(count) + (m_rule.isRecording() ? " series." : " alerts."),
                 "Raise the limit of the group, or aggregate the expression."};
}

std::vector<Transition> RuleRuntime::apply(const Evaluation &evaluation, int64_t atMs)
{
    m_lastEvaluatedMs = atMs;
    m_lastDurationMs = evaluation.durationMs;
    if (const Status sound = check(evaluation); !sound) {
        m_error = sound.error().message;
        return {};
    }
    m_error.clear();
    takeValues(evaluation, atMs);
    if (m_rule.isRecording())
        return {};
    std::vector<Transition> transitions = m_machine.advance(atMs, observationsOf(evaluation, m_rule),
                                                            meaningOfMissing(evaluation, m_rule.condition));
    if (m_machine.ignoredInstances() > 0)
        m_error = "More than " + std::to_string(RuleStateMachine::maxInstances) +
                  " series are over the line; " + std::to_string(m_machine.ignoredInstances()) +
                  " are not followed. Aggregate the expression.";
    m_dirty = m_dirty || !transitions.empty();
    return transitions;
}

bool RuleRuntime::takeDirty()
{
    const bool changed = m_machine.takeChanged();
    return std::exchange(m_dirty, false) || changed;
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
    QJsonArray firing;
    for (const auto &[key, instance] : m_machine.instances()) {
        if (!instance.firing)
            pending.append(pendingToJson(instance));
        else if (instance.quietSinceMs != 0 || instance.absence != Absence::None)
            firing.append(firingToJson(instance));
    }
    QJsonObject state{{"id", QString::fromStdString(m_rule.id)},   {"rule_version", qint64(m_rule.version)},
                      {"last_ms", timeToJson(m_machine.lastMs())}, {"pending", pending},
                      {"high_water", m_highWater.toJson()},        {"has_history", m_hasHistory}};
    if (!firing.isEmpty())
        state.insert("firing", firing);
    QJsonArray known;
    for (const auto &[key, labels] : m_machine.known())
        known.append(labelsToJson(labels));
    if (!known.isEmpty())
        state.insert("known", known);
    return state;
}

void RuleRuntime::restoreState(const QJsonObject &state, std::vector<AlertInstance> firing, int64_t watchedMs)
{
    std::set<RuleStateMachine::Key> fires;
    for (const AlertInstance &instance : firing)
        fires.insert({instance.labels.key(), instance.level});
    std::vector<AlertInstance> instances = std::move(firing);
    std::vector<Labels> known;
    if (state.value("rule_version").toInteger() == int64_t(m_rule.version)) {
        completeFiring(state.value("firing").toArray(), instances);
        for (const QJsonValue entry : state.value("pending").toArray()) {
            AlertInstance pending = pendingFromJson(entry.toObject());
            if (!fires.contains({pending.labels.key(), pending.level}))
                instances.push_back(std::move(pending));
        }
        known = knownFromJson(state.value("known").toArray());
        m_highWater.restore(state.value("high_water").toArray());
        m_hasHistory = state.value("has_history").toBool();
    }
    const int64_t lastMs = std::max<int64_t>(state.value("last_ms").toInteger(), watchedMs);
    if (lastMs > 0)
        m_machine.restore(std::move(instances), lastMs, known);
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
    std::optional<Severity> severity;
    for (const auto &[key, instance] : m_machine.instances()) {
        if (!instance.firing)
            continue;
        firingSinceMs = std::min(firingSinceMs.value_or(INT64_MAX), instance.firedMs);
        severity = std::max(severity, std::optional(m_rule.levels[key.level].severity));
    }
    QJsonObject object = m_rule.toJson();
    object.insert("condition", conditionToJson(m_rule.condition));
    object.insert("state", QString::fromStdString(stateName()));
    object.insert("value", numberToJson(m_value));
    object.insert("highest", numberToJson(m_highWater.worst(nowMs)));
    object.insert("last_evaluated_ms", timeToJson(m_lastEvaluatedMs));
    object.insert("last_duration_ms",
                  m_lastEvaluatedMs ? QJsonValue(qint64(m_lastDurationMs)) : QJsonValue());
    object.insert("last_lag_ms", m_lastEvaluatedMs ? QJsonValue(qint64(m_lastLagMs)) : QJsonValue());
    object.insert("error", m_error.empty() ? QJsonValue() : QJsonValue(QString::fromStdString(m_error)));
    object.insert("firing_since_ms", timeToJson(firingSinceMs));
    object.insert("firing_severity",
                  severity ? QJsonValue(QString::fromUtf8(severityName(*severity).data())) : QJsonValue());
    object.insert("absence", absenceToJson(m_machine.absence()));
    return object;
}

} // namespace plimsoll::alerts
