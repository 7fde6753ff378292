#include "alerts/AlertService.h"

#include "alerts/Template.h"

#include <QCoroFuture>
#include <QPointer>

/// The evaluation of the rules of an AlertService, group by group.
namespace plimsoll::alerts {

namespace {

/// A rule without a group is one of its own.
std::string groupKey(const Rule &rule)
{
    return rule.group.name.empty() ? "rule\n" + rule.id : rule.group.file + '\n' + rule.group.name;
}

bool isBefore(const Rule *a, const Rule *b)
{
    return std::tie(a->group.position, a->createdMs, a->id) <
           std::tie(b->group.position, b->createdMs, b->id);
}

} // namespace

/// A group whose time it is.
struct AlertService::GroupTurn
{
    std::string group;
    std::vector<std::string> ruleIds;
    int64_t atMs = 0;
};

std::vector<AlertService::GroupTurn> AlertService::groupsDue(int64_t tickMs)
{
    std::map<std::string, std::vector<const Rule *>> members;
    for (const auto &[id, runtime] : m_rules) {
        if (runtime.rule().enabled)
            members[groupKey(runtime.rule())].push_back(&runtime.rule());
    }
    std::erase_if(m_groups, [&](const auto &entry) {
        return !entry.second.evaluating && !members.contains(entry.first);
    });
    std::set<int64_t> intervals;
    std::vector<GroupTurn> due;
    for (auto &[key, rules] : members) {
        std::sort(rules.begin(), rules.end(), isBefore);
        const int64_t intervalMs = rules.front()->timing(m_options.intervalMs).intervalMs;
        intervals.insert(intervalMs);
        const int64_t atMs = tickMs - tickMs % intervalMs;
        GroupState &state = m_groups[key];
        if (state.atMs == atMs)
            continue;
        if (state.evaluating) {
            const std::lock_guard lock(m_summaryMutex);
            m_summary.skippedEvaluations++;
            continue;
        }
        state.atMs = atMs;
        GroupTurn &turn = due.emplace_back(GroupTurn{key, {}, atMs});
        for (const Rule *rule : rules)
            turn.ruleIds.push_back(rule->id);
    }
    m_evaluator.setIntervals(std::move(intervals));
    return due;
}

QCoro::Task<void> AlertService::tick(int64_t tickMs)
{
    const QPointer<AlertService> self(this);
    const auto begun = std::chrono::steady_clock::now();
    std::vector<QCoro::Task<void>> evaluations;
    for (GroupTurn &turn : groupsDue(tickMs))
        evaluations.push_back(evaluateGroup(std::move(turn.group), std::move(turn.ruleIds), turn.atMs));
    for (QCoro::Task<void> &evaluation : evaluations)
        co_await evaluation;
    if (!self || m_stopped)
        co_return;
    saveWatch(tickMs);
    m_notices.review();
    m_queue.pump();
    refreshSummary();
    const std::lock_guard lock(m_summaryMutex);
    m_summary.lastTickMs = tickMs;
    m_summary.lastTickDurationMs =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun)
            .count();
}

/// One rule after the other, each when what the one before wrote can be read.
QCoro::Task<void> AlertService::evaluateGroup(std::string group, std::vector<std::string> ruleIds,
                                              int64_t atMs)
{
    const QPointer<AlertService> self(this);
    m_groups[group].evaluating = true;
    for (const std::string &id : ruleIds) {
        const auto it = m_rules.find(id);
        if (it == m_rules.end() || !it->second.rule().enabled || it->second.evaluating)
            continue;
        auto evaluating = evaluate(id, atMs);
        co_await evaluating;
        if (!self || m_stopped)
            co_return;
    }
    m_groups[group].evaluating = false;
}

QCoro::Task<void> AlertService::evaluate(std::string ruleId, int64_t atMs)
{
    const QPointer<AlertService> self(this);
    RuleRuntime &starting = m_rules.at(ruleId);
    starting.evaluating = true;
    const uint32_t version = starting.rule().version;
    Evaluator::Question question(starting.rule().condition, atMs - starting.rule().group.queryOffsetMs,
                                 starting.needsHistory());
    if (templatesUseQueries(starting.rule().annotations)) {
        for (const auto &[name, text] : starting.rule().annotations)
            question.texts.push_back(text);
    }
    const auto running = m_evaluator.evaluate(question);
    const Evaluation evaluation = co_await running;
    if (!self || m_stopped)
        co_return;
    auto it = m_rules.find(ruleId);
    if (it == m_rules.end())
        co_return;
    it->second.evaluating = false;
    if (it->second.rule().version != version || !it->second.rule().enabled)
        co_return;
    it->second.setLagMs(std::max<int64_t>(m_clock.nowMs() - atMs, 0));
    if (question.texts.empty())
        m_answers.erase(ruleId);
    else
        m_answers.insert_or_assign(ruleId, evaluation.answers);
    std::vector<MadeSample> samples = take(it->second, evaluation, atMs);
    if (samples.empty())
        co_return;
    const auto writing = m_series.write(m_options.project, std::move(samples));
    const Status written = co_await writing;
    if (!self || m_stopped || written)
        co_return;
    {
        const std::lock_guard lock(m_summaryMutex);
        m_summary.failedWrites++;
    }
    it = m_rules.find(ruleId);
    if (it != m_rules.end() && it->second.rule().isRecording())
        it->second.setError(written.error().message);
}

/// Takes an evaluation and gives the samples that it makes.
std::vector<MadeSample> AlertService::take(RuleRuntime &runtime, const Evaluation &evaluation, int64_t atMs)
{
    const Status sound = runtime.check(evaluation);
    const std::vector<Transition> transitions = runtime.apply(evaluation, atMs);
    carryOut(runtime.rule(), transitions, atMs, Episode::End::Cleared);
    if (sound)
        observeOpen(runtime, evaluation, atMs);
    saveState(runtime);
    {
        const std::lock_guard lock(m_summaryMutex);
        m_summary.evaluations++;
        m_summary.failedEvaluations += sound ? 0 : 1;
    }
    if (!sound)
        return {};
    Result<std::vector<MadeSample>> samples =
        makeSeries(runtime, evaluation, atMs - runtime.rule().group.queryOffsetMs);
    if (!samples)
        runtime.setError(samples.error().message);
    return samples ? std::move(samples).value() : std::vector<MadeSample>();
}

Result<std::vector<MadeSample>> AlertService::makeSeries(const RuleRuntime &runtime,
                                                         const Evaluation &evaluation, int64_t atMs)
{
    const Rule &rule = runtime.rule();
    RuleSeries &series = m_ruleSeries[rule.id];
    if (rule.isRecording())
        return series.ofRecord(rule, evaluation, atMs);
    return series.ofAlerts(rule, runtime.machine(), atMs);
}

void AlertService::observeOpen(const RuleRuntime &runtime, const Evaluation &evaluation, int64_t atMs)
{
    for (const Episode *episode : m_episodes.openOf(runtime.rule().id)) {
        const AlertInstance *instance = runtime.machine().firing(episode->seriesLabels.key());
        const bool seen =
            std::any_of(evaluation.series.begin(), evaluation.series.end(),
                        [&](const auto &series) { return series.labels == episode->seriesLabels; });
        if (!seen || !instance || episode->startedMs == atMs)
            continue;
        m_episodes.observe(episode->id, {atMs, instance->value}, instance->peak);
        m_episodes.describe(episode->id, expandTemplates(runtime.rule().annotations,
                                                         templateData(runtime.rule(), *instance)));
    }
}

void AlertService::saveState(RuleRuntime &runtime)
{
    if (runtime.takeDirty())
        m_records.put(stateCollection, runtime.rule().id, runtime.stateToJson(), m_clock.nowMs());
}

/// Notes how far the rules were watched while one is pending or firing, so that a restart can tell a gap.
void AlertService::saveWatch(int64_t atMs)
{
    const bool active =
        std::any_of(m_rules.begin(), m_rules.end(), [](const auto &entry) { return entry.second.active(); });
    if (active)
        m_records.put(watchCollection, watchId, {{"last_tick_ms", qint64(atMs)}}, m_clock.nowMs());
}

QJsonArray AlertService::activeOf(const RuleRuntime &runtime) const
{
    const Rule &rule = runtime.rule();
    QJsonArray active;
    for (const AlertInstance *instance : activeInstances(runtime.machine())) {
        active.append(QJsonObject{
            {"labels", labelsToJson(alertLabels(rule, *instance))},
            {"annotations", textsToJson(expandTemplates(rule.annotations, templateData(rule, *instance)))},
            {"severity", QString::fromUtf8(severityName(rule.levels[instance->level].severity).data())},
            {"state", instance->firing ? "firing" : "pending"},
            {"active_at_ms", qint64(instance->sinceMs)},
            {"value", numberToJson(instance->value)}});
    }
    return active;
}

} // namespace plimsoll::alerts
