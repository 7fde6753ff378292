#include "alerts/Comparison.h"
#include "alerts/checks/CheckKind.h"
#include "alerts/checks/ProbeContext.h"
#include "storage/query/Query.h"

#include <exception>
#include <mutex>

namespace plimsoll::alerts {

namespace {

constexpr uint64_t maxSeries = 10'000;

using QueryAnswerOf = Result<QueryResult>;

/// What the query's thread and its probe share.
struct QueryRun
{
    std::atomic<bool> cancelled = false;
    std::mutex mutex;
    Probe *probe = nullptr; ///< under the mutex; null once it has gone
    std::function<void(const QueryAnswerOf &)> take;
};

QueryAnswerOf evaluate(const Query &query, ProbeContext &context, int64_t atMs, int64_t timeoutMs,
                       const std::atomic<bool> &cancelled)
{
    QueryLimits limits;
    limits.timeoutMs = timeoutMs;
    limits.maxSeries = maxSeries;
    try {
        const std::unique_ptr<SeriesReader> reader = context.source().openReader();
        return query.instant(*reader, context.options().project, atMs, limits, &cancelled);
    } catch (const std::exception &failure) {
        return Error{ErrorCode::Internal, std::string("The query failed: ") + failure.what(), {}};
    }
}

/// Asks with PromQL; every series of the answer must hold the comparison.
class QueryProbe final : public Probe
{
public:
    QueryProbe(const Check &check, ProbeContext &context)
        : Probe(check)
        , m_context(context)
        , m_expr(check.target)
        , m_expect(check.expect)
        , m_run(std::make_shared<QueryRun>())
    {
    }
    ~QueryProbe() override
    {
        m_run->cancelled = true;
        const std::lock_guard lock(m_run->mutex);
        m_run->probe = nullptr;
    }

protected:
    void begin() override
    {
        Result<Query> parsed = Query::parse(m_expr);
        if (!parsed)
            return fail("The query " + parsed.error().message);
        m_run->probe = this;
        m_run->take = [this](const QueryAnswerOf &answer) { take(answer); };
        const auto query = std::make_shared<const Query>(std::move(parsed).value());
        m_context.queries().start([query, run = m_run, &context = m_context, atMs = m_context.clock().nowMs(),
                                   timeoutMs = remainingMs()] {
            const auto answer = std::make_shared<const QueryAnswerOf>(
                evaluate(*query, context, atMs, timeoutMs, run->cancelled));
            const std::lock_guard lock(run->mutex);
            if (run->probe)
                QMetaObject::invokeMethod(
                    run->probe, [run, answer] { run->take(*answer); }, Qt::QueuedConnection);
        });
    }

private:
    void take(const QueryAnswerOf &answer)
    {
        if (isFinished())
            return;
        if (!answer)
            return fail(answer.error().message);
        std::vector<std::pair<std::string, double>> values;
        for (const QuerySeries &series : answer->series) {
            if (!series.points.empty() && !series.points.back().histogram)
                values.emplace_back(series.labels.toString(), series.points.back().value);
        }
        judge(values);
    }

    void judge(const std::vector<std::pair<std::string, double>> &values)
    {
        if (values.empty())
            return m_expect.value("no_data").toString() == "ok" ? finish(ProbeResult::ok("There is no data."))
                                                                : fail("The query finds nothing.");
        const std::string sign = m_expect.value("op").toString().toStdString();
        const auto comparison = comparisonFromSign(sign);
        const double limit = m_expect.value("value").toDouble();
        ProbeResult result = ProbeResult::ok();
        for (const auto &[labels, value] : values) {
            if (!comparison || breaches(value, *comparison, limit))
                continue;
            const std::string text = QString::number(value, 'g', 6).toStdString();
            result = ProbeResult::failed((labels == "{}" ? "The value" : labels) + " is " + text +
                                         "; expected was " + sign + " " +
                                         QString::number(limit, 'g', 6).toStdString() + ".");
            break;
        }
        if (values.size() == 1)
            result.figures = {{"check_value", values.front().second}};
        finish(std::move(result));
    }

    ProbeContext &m_context;
    std::string m_expr;
    QJsonObject m_expect;
    std::shared_ptr<QueryRun> m_run;
};

void readExpr(Fields &fields, const Check &check)
{
    const Result<Query> query = Query::parse(check.target);
    if (!query)
        return fields.fail("target", query.error().message, query.error().hint);
    const auto type = query->type();
    if (type != QueryResult::Type::Vector && type != QueryResult::Type::Scalar)
        fields.fail("target", "must yield one value for each series.",
                    "Put a function around it, for example rate(…).");
}

void read(Fields &fields, const QJsonObject &definition, const Check *, Check &check)
{
    if (check.target.empty())
        fields.fail("target", "is missing.", "Give a PromQL expression.");
    else
        readExpr(fields, check);
    const Part settings(fields, definition, "settings", {});
    Part expect(fields, definition, "expect", {"op", "value", "no_data"});
    const std::string sign = expect->text("op", 2);
    const double value = expect->number("value", 0);
    const std::string noData = expect->has("no_data") ? expect->text("no_data", 10) : "fail";
    if (!sign.empty() && !comparisonFromSign(sign))
        expect->fail("op", "must be one of > >= < <= == !=.");
    if (sign.empty() == expect->has("value"))
        expect->fail(sign.empty() ? "op" : "value", "is missing.",
                     "Give both, or put the comparison into the query.");
    if (noData != "fail" && noData != "ok")
        expect->fail("no_data", "must be \"fail\" or \"ok\".");
    check.expect = {{"no_data", QString::fromStdString(noData)}};
    if (sign.empty())
        return;
    check.expect.insert("op", QString::fromStdString(sign));
    check.expect.insert("value", value);
}

std::unique_ptr<Probe> makeProbe(const Check &check, ProbeContext &context)
{
    return std::make_unique<QueryProbe>(check, context);
}

} // namespace

const CheckKind queryCheck{"query", read, nothingToMask, makeProbe};

} // namespace plimsoll::alerts
