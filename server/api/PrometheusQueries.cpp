#include "server/api/PrometheusQueries.h"

#include "server/api/PrometheusApiJson.h"
#include "server/api/PrometheusEnvelope.h"
#include "server/api/ResultStream.h"
#include "storage/query/AstJson.h"
#include "storage/query/Printer.h"

namespace plimsoll::api::prometheus {

namespace {

Result<Query> parsed(const Arguments &arguments)
{
    auto query = Query::parse(arguments.text("query").value_or(""));
    if (query)
        return query;
    return Error{ErrorCode::Invalid, "invalid parameter \"query\": " + query.error().message, {}};
}

/// The steps of a range query.
struct Steps
{
    int64_t startMs = 0;
    int64_t endMs = 0;
    int64_t stepMs = 1;
};

std::string grouped(int64_t number)
{
    std::string text = std::to_string(number);
    for (auto at = static_cast<ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
        text.insert(static_cast<size_t>(at), ",");
    return text;
}

Result<Steps> stepsOf(const PrometheusCall &call)
{
    const auto startMs = call.arguments.timeMs("start");
    const auto endMs = call.arguments.timeMs("end");
    const auto stepMs = call.arguments.durationMs("step");
    for (const auto *argument : {&startMs, &endMs, &stepMs}) {
        if (!*argument)
            return argument->error();
    }
    if (*endMs < *startMs)
        return Error{
            ErrorCode::Invalid, "invalid parameter \"end\": end timestamp must not be before start time", {}};
    if ((*endMs - *startMs) / *stepMs > call.parts.maxPoints)
        return Error{ErrorCode::Invalid,
                     "exceeded maximum resolution of " + grouped(call.parts.maxPoints) +
                         " points per timeseries. Try decreasing the query resolution (?step=XX)",
                     {}};
    return Steps{*startMs, *endMs, *stepMs};
}

/// What both kinds of query have in common: parses, evaluates with `evaluate`, sends, counts.
template<typename Evaluate>
void serve(const PrometheusCall &call, http::Reply &reply, int64_t timeMs, Evaluate evaluate)
{
    const auto limits = call.arguments.queryLimits(call.parts.limits);
    const auto maxSeries = call.arguments.limit();
    if (!limits || !maxSeries)
        return reply.send(failure(limits ? maxSeries.error() : limits.error()));
    const auto query = parsed(call.arguments);
    if (!query)
        return reply.send(failure(query.error()));
    QueryFigures &figures = call.parts.pool.figures();
    ResultStream stream(reply, call.cancelled, timeMs,
                        {call.parts.maxResultBytes, *maxSeries, call.arguments.text("stats").has_value()});
    const Status done = evaluate(*query, *limits, [&](const QueryAnswer &answer) {
        figures.noteSamples(answer.head().samplesRead);
        return stream.send(answer);
    });
    if (done)
        return;
    figures.noteFailure(done.error());
    reply.send(failure(done.error()));
}

} // namespace

void serveQuery(const PrometheusCall &call, http::Reply &reply)
{
    const auto timeMs = call.arguments.timeMs("time", call.parts.clock.nowMs());
    if (!timeMs)
        return reply.send(failure(timeMs.error()));
    serve(call, reply, *timeMs, [&](const Query &query, const QueryLimits &limits, const Query::Use &use) {
        return query.instant(*call.parts.readers.openReader(), call.project(), *timeMs, limits,
                             &call.cancelled, use);
    });
}

void serveQueryRange(const PrometheusCall &call, http::Reply &reply)
{
    const auto steps = stepsOf(call);
    if (!steps)
        return reply.send(failure(steps.error()));
    serve(call, reply, steps->endMs,
          [&](const Query &query, const QueryLimits &limits, const Query::Use &use) {
              return query.range(*call.parts.readers.openReader(), call.project(), steps->startMs,
                                 steps->endMs, steps->stepMs, limits, &call.cancelled, use);
          });
}

http::Response answerFormatQuery(const PrometheusCall &call)
{
    const auto query = parsed(call.arguments);
    return query ? success(textToJson(promql::prettyPrint(query->root()))) : failure(query.error());
}

http::Response answerParseQuery(const PrometheusCall &call)
{
    const auto query = parsed(call.arguments);
    return query ? success(promql::astJson(query->root())) : failure(query.error());
}

http::Response answerExemplars(const PrometheusCall &call)
{
    const auto query = parsed(call.arguments);
    const auto start = call.arguments.timeMs("start", 0);
    const auto end = call.arguments.timeMs("end", 0);
    for (const auto *time : {&start, &end}) {
        if (!*time)
            return failure(time->error());
    }
    if (*end < *start && call.arguments.text("end"))
        return failure({ErrorCode::Invalid,
                        "invalid parameter \"end\": end timestamp must not be before start timestamp",
                        {}});
    return query ? success("[]") : failure(query.error());
}

} // namespace plimsoll::api::prometheus
