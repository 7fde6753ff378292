#include "tests/conformance/PromqlCheck.h"

#include "storage/query/Duration.h"
#include "storage/query/HistogramMath.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace plimsoll::conformance {

namespace {

bool close(double expected, double actual)
{
    if (std::isnan(expected) || std::isnan(actual))
        return std::isnan(expected) && std::isnan(actual);
    if (expected == actual)
        return true;
    if (std::isinf(expected) || std::isinf(actual))
        return false;
    const double difference = std::fabs(expected - actual);
    const double size = std::fabs(expected) + std::fabs(actual);
    return expected == 0 || actual == 0 ? difference < 1e-9 : difference / std::min(size, 1.7e308) < 1e-6;
}

bool closeBuckets(const Histogram::Buckets &expected, const Histogram::Buckets &actual)
{
    const auto covers = [](const Histogram::Buckets &a, const Histogram::Buckets &b) {
        return std::ranges::all_of(a, [&](const auto &bucket) {
            const auto place = b.find(bucket.first);
            return close(bucket.second, place == b.end() ? 0 : place->second);
        });
    };
    return covers(expected, actual) && covers(actual, expected);
}

bool closeHistograms(const Histogram &expected, const Histogram &actual)
{
    return expected.schema() == actual.schema() && close(expected.count(), actual.count()) &&
           close(expected.sum(), actual.sum()) && close(expected.zeroThreshold(), actual.zeroThreshold()) &&
           close(expected.zeroCount(), actual.zeroCount()) &&
           expected.customBounds() == actual.customBounds() &&
           closeBuckets(expected.positive(), actual.positive()) &&
           closeBuckets(expected.negative(), actual.negative());
}

std::string text(const QueryPoint &point)
{
    return point.histogram ? "schema " + std::to_string(point.histogram->schema()) + " " +
                                 promql::describe(*point.histogram)
                           : promql::formatNumber(point.value);
}

bool matches(const std::string &message, const std::string &pattern)
{
    return RE2::PartialMatch(message, RE2(pattern));
}

std::string joined(const std::vector<std::string> &messages)
{
    std::string all;
    for (const auto &message : messages)
        all += (all.empty() ? "" : " | ") + message;
    return all;
}

std::string unmatched(const ExpectedNotes &expected, const std::vector<std::string> &messages)
{
    const std::string got = "got \"" + joined(messages) + "\"";
    for (const auto &text : expected.texts) {
        if (std::ranges::find(messages, text) == messages.end())
            return got + " instead of \"" + text + "\"";
    }
    for (const auto &pattern : expected.patterns) {
        if (std::ranges::none_of(messages, [&](const auto &message) { return matches(message, pattern); }))
            return got + " instead of /" + pattern + "/";
    }
    for (const auto &message : messages) {
        const bool met = expected.anyText ||
                         std::ranges::find(expected.texts, message) != expected.texts.end() ||
                         std::ranges::any_of(expected.patterns,
                                             [&](const auto &pattern) { return matches(message, pattern); });
        if (!met)
            return got + ", of which \"" + message + "\" is not expected";
    }
    return {};
}

std::string checkNotes(const ExpectedNotes &expected, const std::vector<std::string> &messages,
                       const std::string &kind)
{
    if (!expected.any)
        return {};
    if (*expected.any == messages.empty())
        return *expected.any ? "no " + kind : "an unexpected " + kind + ": " + messages.front();
    return *expected.any ? unmatched(expected, messages) : std::string();
}

std::string checkPoints(const Eval &eval, const NotedSeries &expected, const QuerySeries &actual)
{
    const int64_t startMs = eval.pointsStartMs.value_or(eval.startMs);
    const int64_t stepMs = eval.pointsStepMs.value_or(eval.stepMs);
    size_t next = 0;
    for (size_t i = 0; i < expected.points.size(); i++) {
        const NotedPoint &point = expected.points[i];
        if (point.missing)
            continue;
        const int64_t timeMs = startMs + static_cast<int64_t>(i) * stepMs;
        const std::string at = " at " + std::to_string(timeMs / 1000) + " s";
        if (next == actual.points.size() || actual.points[next].timestampMs > timeMs)
            return "has no point" + at;
        const QueryPoint &got = actual.points[next++];
        if (got.timestampMs < timeMs)
            return "has an unexpected point " + text(got) + " before" + at;
        if (point.histogram.has_value() != (got.histogram != nullptr) ||
            (point.histogram ? !closeHistograms(*point.histogram, *got.histogram)
                             : !close(point.value, got.value)))
            return "is " + text(got) + at + " instead of " +
                   text({0, point.value,
                         point.histogram ? std::make_shared<Histogram>(*point.histogram) : nullptr});
    }
    return next == actual.points.size() ? "" : "has an unexpected point " + text(actual.points[next]);
}

std::string checkSeries(const Eval &eval, const QueryResult &result)
{
    const bool scalar = !eval.range && result.type == QueryResult::Type::Scalar;
    size_t expectedCount = 0;
    std::map<Labels, size_t> places;
    for (size_t i = 0; i < result.series.size(); i++) {
        if (!places.try_emplace(result.series[i].labels, i).second)
            return "the labels " + result.series[i].labels.toString() + " come twice";
    }
    for (const NotedSeries &expected : eval.series) {
        if (expected.bareNumber && !scalar)
            return "a scalar was expected";
        const auto place = places.find(expected.labels);
        if (place == places.end())
            return "no series " + expected.labels.toString() +
                   (result.series.empty() ? "" : ", but " + result.series[0].labels.toString());
        if (eval.ordered && place->second != expectedCount)
            return "the series " + expected.labels.toString() + " is out of order";
        expectedCount++;
        const std::string wrong = checkPoints(eval, expected, result.series[place->second]);
        if (!wrong.empty())
            return expected.labels.toString() + " " + wrong;
    }
    if (expectedCount != result.series.size())
        return std::to_string(result.series.size()) + " series instead of " + std::to_string(expectedCount) +
               ", such as " + result.series.back().labels.toString() + " " +
               text(result.series.back().points.front());
    return {};
}

} // namespace

std::string checkAnswer(const Eval &eval, const Result<QueryResult> &answer)
{
    if (eval.failure.any)
        return answer ? "it did not fail" : unmatched(eval.failure, {answer.error().message});
    if (!answer)
        return answer.error().message;
    if (eval.string)
        return *eval.string == answer->text ? "" : "got the string " + answer->text;
    std::string wrong = checkNotes(eval.warnings, answer->warnings, "warning");
    if (wrong.empty())
        wrong = checkNotes(eval.infos, answer->infos, "info");
    return wrong.empty() ? checkSeries(eval, *answer) : wrong;
}

std::string checkInstantOfRange(const Eval &eval, const QueryResult &range)
{
    QueryResult instant;
    instant.type = QueryResult::Type::Vector;
    for (const QuerySeries &series : range.series) {
        const auto point = std::ranges::find(series.points, eval.startMs, &QueryPoint::timestampMs);
        if (point != series.points.end())
            instant.series.push_back({series.labels, {*point}});
    }
    Eval expected = eval;
    for (NotedSeries &series : expected.series)
        series.bareNumber = false;
    const std::string wrong = checkSeries(expected, instant);
    return wrong.empty() ? wrong : "in the middle of a range: " + wrong;
}

} // namespace plimsoll::conformance
