#include "server/api/BacktestRoute.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QTimer>

#include <cmath>

namespace plimsoll::api {

namespace {

using http::Reply;
using http::RequestPtr;
using http::Response;

constexpr size_t atATime = 4;
constexpr double defaultWaitSeconds = 5;
constexpr double maxWaitSeconds = 60;

/// A reply that is answered by whoever comes first: the end of the job, or the end of patience.
class FirstAnswer
{
public:
    explicit FirstAnswer(Reply reply)
        : m_reply(std::move(reply))
    {
    }

    /// False where it was answered before.
    bool send(const std::function<Response()> &make)
    {
        const std::lock_guard lock(m_mutex);
        if (std::exchange(m_answered, true))
            return false;
        m_reply.send(make());
        return true;
    }
    void onClientGone(std::function<void()> callback) { m_reply.onClientGone(std::move(callback)); }
    bool answered() const
    {
        const std::lock_guard lock(m_mutex);
        return m_answered;
    }

private:
    mutable std::mutex m_mutex;
    bool m_answered = false;
    Reply m_reply;
};

Result<QJsonObject> bodyOf(const http::Request &request)
{
    QJsonParseError failure;
    const QJsonDocument document = QJsonDocument::fromJson(request.body, &failure);
    if (failure.error != QJsonParseError::NoError)
        return Error{ErrorCode::Invalid,
                     "The body is not JSON: " + failure.errorString().toStdString() + " at byte " +
                         std::to_string(failure.offset) + ".",
                     {}};
    if (!document.isObject())
        return Error{ErrorCode::Invalid, "The body must be a JSON object.", {}};
    return document.object();
}

Result<double> takeWaitSeconds(QJsonObject &body)
{
    const QJsonValue wait = body.take("wait_seconds");
    if (wait.isUndefined())
        return defaultWaitSeconds;
    const double seconds = wait.toDouble(-1);
    if (!(seconds >= 0 && seconds <= maxWaitSeconds))
        return Error{ErrorCode::Invalid, "`wait_seconds` must be a number from 0 to 60.", {}};
    return seconds;
}

Response jobAnswer(const Jobs &jobs, const std::string &id)
{
    const Result<QJsonObject> job = jobs.get(id);
    return job ? Response::json({{"job", *job}}, 202) : Response::error(job.error());
}

void start(Jobs &jobs, ProjectId project, double waitSeconds, Jobs::Work work, Reply reply)
{
    const auto answer = std::make_shared<FirstAnswer>(std::move(reply));
    Jobs::Terms terms;
    terms.project = project;
    terms.atATime = atATime;
    terms.inBytes = false;
    terms.gentle = true;
    terms.listed = false;
    if (waitSeconds > 0)
        terms.ended = [answer](const Result<QJsonObject> &result) {
            answer->send([&] { return result ? Response::json(*result) : Response::error(result.error()); });
        };
    const auto started = jobs.start(QStringLiteral("backtest"), std::move(work), std::move(terms));
    if (!started) {
        answer->send([&] { return Response::error(started.error()); });
        return;
    }
    const std::string id = started->value("id").toString().toStdString();
    const auto hand = [&jobs, id, answer] {
        answer->send([&] {
            jobs.show(id);
            return jobAnswer(jobs, id);
        });
    };
    answer->onClientGone([&jobs, id, weak = std::weak_ptr(answer)] {
        const auto asked = weak.lock();
        if (asked && !asked->answered())
            (void)jobs.cancel(id);
    });
    if (waitSeconds == 0)
        return hand();
    QTimer::singleShot(std::chrono::milliseconds(std::lround(waitSeconds * 1000)),
                       QCoreApplication::instance(), hand);
}

http::RouteDescription about()
{
    return {.group = "Alarms",
            .summary = "What an alarm would have done",
            .text = "Replays a definition, or an alarm that exists, over the past. `rule` beside `rule_id` "
                    "changes fields of it. A long one goes on as a job.",
            .arguments = {},
            .bodies = {{.example = R"({"rule":{"expr":"cpu","op":">","threshold":90,"for":"5m"},)"
                                   R"("from":1767225600000,"to":1769817600000})"}},
            .answers = {{.text = "What it would have done.",
                         .example = R"({"episodes":[{"labels":{"host":"a"},"severity":"warning",)"
                                    R"("start":1767229200000,"end":1767229500000,"peak":97.5,)"
                                    R"("approximate":false}],"total_seconds":300,"notifications":2,)"
                                    R"("resolution":"raw","approximate":false,"noise":null})"},
                        {.status = 202, .text = "It takes longer: the job that goes on."}}};
}

} // namespace

void addBacktestRoute(http::Router &router, BacktestControl &backtests, Jobs &jobs)
{
    http::Route route;
    route.method = http::Method::Post;
    route.pattern = "/api/app/rules/backtest";
    route.access = http::Access::Read;
    route.maxBodyBytes = 256 * 1024;
    route.about = about();
    route.handler = [&backtests, &jobs](const RequestPtr &request, Reply reply) {
        Result<QJsonObject> body = bodyOf(*request);
        if (!body)
            return reply.send(Response::error(body.error()));
        const Result<double> waitSeconds = takeWaitSeconds(*body);
        if (!waitSeconds)
            return reply.send(Response::error(waitSeconds.error()));
        const auto shared = std::make_shared<Reply>(std::move(reply));
        backtests.prepare(request->principal.project, *std::move(body),
                          [&jobs, shared, project = request->principal.project,
                           wait = *waitSeconds](Result<Jobs::Work> work) {
                              if (!work)
                                  return shared->send(Response::error(work.error()));
                              start(jobs, project, wait, *std::move(work), std::move(*shared));
                          });
    };
    router.add(std::move(route));
}

} // namespace plimsoll::api
