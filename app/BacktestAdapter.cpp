#include "app/BacktestAdapter.h"

#include "alerts/ProjectAlerts.h"
#include "alerts/backtest/BacktestRequest.h"

namespace plimsoll::app {

namespace {

constexpr uint64_t steps = 1000; ///< of progress

Result<alerts::Rule> findRule(alerts::ProjectAlerts &alerts, const alerts::BacktestRequest &request)
{
    if (request.ruleId.empty())
        return request.rule({});
    const auto stored = alerts.book("rules")->read(request.ruleId);
    return stored ? request.rule(*stored) : Result<alerts::Rule>(stored.error());
}

api::Jobs::Work workOf(const alerts::BacktestQuestion &question, const ReaderSource &source,
                       const QueryLimits &limits)
{
    return [question, &source, limits](const Progress &progress) -> Result<QJsonObject> {
        const alerts::Backtest backtest(source, limits);
        const auto answer = backtest.run(question, progress.cancelled, [&progress](double part) {
            progress.say(static_cast<uint64_t>(part * double(steps)), steps);
        });
        if (!answer)
            return answer.error();
        return answer->toJson();
    };
}

} // namespace

void BacktestAdapter::prepare(ProjectId project, QJsonObject body, Prepared done)
{
    const auto request = alerts::BacktestRequest::fromJson(body, m_parts.clock.nowMs());
    if (!request)
        return done(request.error());
    alerts::BacktestQuestion question;
    question.project = project;
    question.fromMs = request->fromMs;
    question.toMs = request->toMs;
    question.intervalMs = m_parts.intervalMs;
    m_parts.post(project, [this, question, request = *request, done](alerts::ProjectAlerts *alerts) {
        if (!alerts)
            return done(Error{ErrorCode::NotFound, "There is no such project.", {}});
        const auto rule = findRule(*alerts, request);
        if (!rule)
            return done(rule.error());
        alerts::BacktestQuestion whole = question;
        whole.rule = *rule;
        if (const Status sound = alerts::Backtest::check(whole); !sound)
            return done(sound.error());
        done(workOf(whole, m_parts.source, m_parts.limits));
    });
}

} // namespace plimsoll::app
