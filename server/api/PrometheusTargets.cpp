#include "server/api/PrometheusTargets.h"

#include "server/api/JsonWriter.h"
#include "server/api/PrometheusApiJson.h"
#include "server/api/PrometheusEnvelope.h"
#include "storage/query/Duration.h"
#include "storage/query/Parser.h"

#include <QDateTime>

#include <map>
#include <re2/re2.h>
#include <set>

namespace plimsoll::api::prometheus {
namespace {

std::string timeText(int64_t timeMs)
{
    return timeMs == 0
               ? "0001-01-01T00:00:00Z"
               : QDateTime::fromMSecsSinceEpoch(timeMs, Qt::UTC).toString(Qt::ISODateWithMs).toStdString();
}

std::string_view healthName(ingest::ScrapeState::Health health)
{
    switch (health) {
    case ingest::ScrapeState::Health::Up:
        return "up";
    case ingest::ScrapeState::Health::Down:
        return "down";
    case ingest::ScrapeState::Health::Unknown:
        break;
    }
    return "unknown";
}

void write(JsonWriter &json, const ingest::ScrapeReport &report)
{
    const ingest::ScrapeTarget &target = report.target;
    const ingest::ScrapeState &state = report.state;
    json.beginObject();
    json.key("discoveredLabels").raw(labelsToJson(target.discovered));
    json.key("labels").raw(labelsToJson(target.labels));
    json.member("scrapePool", target.pool)
        .member("scrapeUrl", target.url)
        .member("globalUrl", target.url)
        .member("lastError", state.error)
        .member("lastScrape", timeText(state.lastMs))
        .member("lastScrapeDuration", state.lastSeconds)
        .member("health", healthName(state.health))
        .member("scrapeInterval", promql::formatDuration(target.intervalMs))
        .member("scrapeTimeout", promql::formatDuration(target.timeoutMs));
    json.endObject();
}

bool matches(const Matcher &matcher, const Labels &labels)
{
    const std::string value(labels.value(matcher.name));
    switch (matcher.op) {
    case Matcher::Op::Equal:
        return value == matcher.value;
    case Matcher::Op::NotEqual:
        return value != matcher.value;
    case Matcher::Op::Regex:
        return re2::RE2::FullMatch(value, matcher.value);
    case Matcher::Op::NotRegex:
        return !re2::RE2::FullMatch(value, matcher.value);
    }
    return false;
}

bool matchesAll(const std::vector<Matcher> &matchers, const Labels &labels)
{
    return std::all_of(matchers.begin(), matchers.end(),
                       [&](const Matcher &matcher) { return matches(matcher, labels); });
}

} // namespace

http::Response answerTargets(const PrometheusCall &call)
{
    const std::string state = call.arguments.text("state").value_or("any");
    const auto pool = call.arguments.text("scrapePool");
    if (state != "any" && state != "active" && state != "dropped")
        return failure({ErrorCode::Invalid, "state must be active, dropped or any.", {}});
    JsonWriter json;
    json.beginObject().key("activeTargets").beginArray();
    if (state != "dropped") {
        for (const ingest::ScrapeReport &report : call.parts.targets(call.project())) {
            if (!pool || *pool == report.target.pool)
                write(json, report);
        }
    }
    json.endArray().key("droppedTargets").beginArray();
    std::map<std::string, uint64_t> counts;
    for (const ingest::DroppedTarget &dropped : call.parts.droppedTargets(call.project())) {
        counts[dropped.pool]++;
        if (state == "active" || (pool && *pool != dropped.pool))
            continue;
        json.beginObject().key("discoveredLabels").raw(labelsToJson(dropped.discovered));
        json.member("scrapePool", dropped.pool).endObject();
    }
    json.endArray().key("droppedTargetCounts").beginObject();
    for (const auto &[name, count] : counts)
        json.member(name, count);
    json.endObject().endObject();
    return success(json.take());
}

http::Response answerTargetsMetadata(const PrometheusCall &call)
{
    const auto metric = call.arguments.text("metric");
    const auto limit = call.arguments.limit();
    if (!limit)
        return failure(limit.error());
    std::vector<Matcher> matchers;
    if (const auto text = call.arguments.text("match_target"); text && !text->empty()) {
        const auto parsed = promql::parseSelector(*text);
        if (!parsed)
            return failure(parsed.error());
        matchers = *parsed;
    }
    JsonWriter json;
    json.beginArray();
    size_t count = 0;
    for (const ingest::ScrapeReport &report : call.parts.targets(call.project())) {
        if (!matchesAll(matchers, report.target.labels))
            continue;
        for (const Batch::Description &family : report.families) {
            if ((metric && *metric != family.family) || (*limit > 0 && count >= *limit))
                continue;
            count++;
            json.beginObject().key("target").raw(labelsToJson(report.target.labels));
            if (!metric)
                json.member("metric", family.family);
            json.member("type", family.type.empty() ? std::string("unknown") : family.type)
                .member("help", family.help)
                .member("unit", family.unit);
            json.endObject();
        }
    }
    json.endArray();
    return success(json.take());
}

http::Response answerScrapePools(const PrometheusCall &call)
{
    std::set<std::string> pools;
    for (const ingest::ScrapeReport &report : call.parts.targets(call.project()))
        pools.insert(report.target.pool);
    JsonWriter json;
    json.beginObject().key("scrapePools").raw(textsToJson({pools.begin(), pools.end()})).endObject();
    return success(json.take());
}

} // namespace plimsoll::api::prometheus
