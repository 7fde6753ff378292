#include "alerts/Evaluator.h"

#include <QCoroFuture>
#include <QPointer>
#include <QPromise>

#include <exception>
#include <set>

namespace plimsoll::alerts {

namespace {

constexpr int64_t historyMs = 24LL * 3'600'000;
constexpr int64_t historyStepMs = 5 * 60'000;

int64_t monotonicMs()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

Status takeSeries(QueryResult result, std::vector<Evaluation::Series> &out)
{
    std::set<Labels> seen;
    for (QuerySeries &series : result.series) {
        if (series.points.empty())
            continue;
        const QueryPoint &point = series.points.back();
        if (point.histogram)
            return Error{ErrorCode::Unprocessable, "`expr` yields a histogram, which has no height.",
                         "Use histogram_quantile(0.95, …), histogram_sum(…) or histogram_count(…)."};
        series.labels.remove(nameLabel);
        if (!seen.insert(series.labels).second)
            return Error{ErrorCode::Unprocessable,
                         "`expr` yields two series with the labels " + series.labels.toString() + ".",
                         "Select one metric, or aggregate with sum by (…)."};
        out.push_back({std::move(series.labels), point.value});
    }
    return {};
}

void takeHistory(const QueryResult &result, std::vector<std::pair<int64_t, double>> &out)
{
    for (const QuerySeries &series : result.series) {
        for (const QueryPoint &point : series.points) {
            if (!point.histogram)
                out.emplace_back(point.timestampMs, point.value);
        }
    }
}

/// Expands the texts for the series in breach, to learn which queries they make and what those yield.
TemplateAnswers answerTexts(const Evaluator::Question &question,
                            const std::vector<Evaluation::Series> &series,
                            const std::function<TemplateAnswers::Samples(const std::string &)> &ask)
{
    TemplateAnswers answers;
    const Condition &condition = question.condition;
    size_t taken = 0;
    for (const Evaluation::Series &each : series) {
        if (condition.comparison && !breaches(each.value, *condition.comparison, condition.threshold))
            continue;
        if (taken++ >= Evaluator::Question::maxTextSeries)
            break;
        TemplateData data;
        data.labels = each.labels;
        data.value = each.value;
        data.nowMs = question.atMs;
        data.query = [&](const std::string &expr) {
            if (!answers.contains(expr))
                answers.add(expr, ask(expr));
            return answers.find(expr);
        };
        for (const std::string &text : question.texts)
            expandTemplate(text, data);
    }
    return answers;
}

TemplateAnswers::Samples samplesOf(Result<QueryResult> result)
{
    if (!result)
        return result.error();
    std::vector<TemplateSample> samples;
    for (const QuerySeries &series : result->series) {
        if (series.points.empty() || series.points.back().histogram)
            continue;
        TemplateSample sample;
        for (const auto &[name, value] : series.labels)
            sample.labels.emplace(name, value);
        sample.value = series.points.back().value;
        samples.push_back(std::move(sample));
    }
    return samples;
}

/// One evaluation, on a thread of the pool.
Evaluation evaluateNow(const Evaluator::Question &question, const ReaderSource &source, ProjectId project,
                       const QueryLimits &limits, const std::atomic<bool> &stopped)
{
    Evaluation evaluation;
    const Query &query = *question.condition.measured;
    const int64_t begunMs = monotonicMs();
    const std::unique_ptr<SeriesReader> reader = source.openReader();
    Result<QueryResult> result = query.instant(*reader, project, question.atMs, limits, &stopped);
    if (!result) {
        evaluation.status = result.error();
        return evaluation;
    }
    evaluation.status = takeSeries(std::move(result).value(), evaluation.series);
    if (evaluation.series.empty() && evaluation.status && question.condition.presence) {
        const auto present =
            question.condition.presence->instant(*reader, project, question.atMs, limits, &stopped);
        evaluation.dataPresent = present && !present->series.empty();
        evaluation.status = present ? Status() : Status(present.error());
    }
    if (question.withHistory && evaluation.status) {
        const auto past = query.range(*reader, project, question.atMs - historyMs, question.atMs,
                                      historyStepMs, limits, &stopped);
        if (past)
            takeHistory(*past, evaluation.history);
    }
    if (!question.texts.empty() && evaluation.status)
        evaluation.answers = answerTexts(question, evaluation.series, [&](const std::string &expr) {
            const auto parsed = Query::parse(expr);
            if (!parsed)
                return TemplateAnswers::Samples(parsed.error());
            return samplesOf(parsed->instant(*reader, project, question.atMs, limits, &stopped));
        });
    evaluation.durationMs = monotonicMs() - begunMs;
    return evaluation;
}

} // namespace

Evaluator::Evaluator(const Options &options, const ReaderSource &source, const Clock &clock, QObject *parent)
    : QObject(parent)
    , m_options(options)
    , m_source(source)
    , m_clock(clock)
{
    m_pool.setMaxThreadCount(options.threads);
    m_pool.setExpiryTimeout(60'000);
}

Evaluator::~Evaluator() { stop(); }

QFuture<Evaluation> Evaluator::evaluate(const Question &question)
{
    auto promise = std::make_shared<QPromise<Evaluation>>();
    promise->start();
    QueryLimits limits;
    limits.timeoutMs = m_options.queryTimeoutMs;
    limits.maxSeries = m_options.maxSeries;
    m_pool.start([this, promise, question, limits] {
        Evaluation evaluation;
        try {
            evaluation = evaluateNow(question, m_source, m_options.project, limits, m_stopped);
        } catch (const std::exception &failure) {
            evaluation.status =
                Error{ErrorCode::Internal, std::string("The query failed: ") + failure.what(), {}};
        }
        promise->addResult(std::move(evaluation));
        promise->finish();
    });
    return promise->future();
}

int64_t Evaluator::lastDueMs(int64_t nowMs) const
{
    int64_t dueMs = nowMs - nowMs % m_options.intervalMs;
    for (const int64_t intervalMs : m_intervalsMs)
        dueMs = std::max(dueMs, nowMs - nowMs % intervalMs);
    return dueMs;
}

int64_t Evaluator::nextDueMs(int64_t nowMs) const
{
    int64_t dueMs = nowMs - nowMs % m_options.intervalMs + m_options.intervalMs;
    for (const int64_t intervalMs : m_intervalsMs)
        dueMs = std::min(dueMs, nowMs - nowMs % intervalMs + intervalMs);
    return dueMs;
}

void Evaluator::start() { run(); }

void Evaluator::stop()
{
    if (m_stopped.exchange(true))
        return;
    m_timer.interrupt();
    m_pool.waitForDone();
}

QCoro::Task<void> Evaluator::run()
{
    const QPointer<Evaluator> self(this);
    int64_t lastTickMs = lastDueMs(m_clock.nowMs());
    while (!m_stopped) {
        const int64_t nowMs = m_clock.nowMs();
        const int64_t waitMs = nextDueMs(nowMs) - nowMs;
        const auto waiting = m_timer.wait(waitMs);
        const bool elapsed = co_await waiting;
        if (!self || !elapsed)
            co_return;
        const int64_t tickMs = lastDueMs(m_clock.nowMs());
        if (tickMs == lastTickMs)
            continue;
        lastTickMs = tickMs;
        Q_EMIT ticked(tickMs);
    }
}

} // namespace plimsoll::alerts
