#include "tests/conformance/PromqlScript.h"

#include "storage/query/Duration.h"
#include "storage/query/HistogramMath.h"
#include "storage/query/Lexer.h"
#include "tests/conformance/SeriesNotation.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

namespace plimsoll::conformance {

namespace {

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// "50m", "1h30m", "0", "10.5", "-5m".
std::optional<int64_t> parseOffset(std::string_view text)
{
    const bool negative = text.starts_with('-');
    if (negative)
        text.remove_prefix(1);
    std::optional<int64_t> result = promql::parseDuration(text);
    if (!result) {
        double seconds = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
        if (error != std::errc() || end != text.data() + text.size())
            return std::nullopt;
        result = std::llround(seconds * 1000);
    }
    return negative ? -*result : *result;
}

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
    if (expected.resetHint() != Histogram::ResetHint::Unknown && expected.resetHint() != actual.resetHint())
        return false;
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

/// One eval with all that is expected of it.
struct Eval
{
    size_t line = 0;
    bool range = false;
    int64_t startMs = 0;
    int64_t endMs = 0;
    int64_t stepMs = 0;
    std::string query;
    bool fails = false;
    bool ordered = false;
    std::optional<bool> warns;
    std::optional<bool> informs;
    std::vector<std::string> failTexts, failPatterns, warnTexts, warnPatterns, infoTexts, infoPatterns;
    std::optional<std::string> string;
    std::optional<int64_t> pointsStartMs; ///< of a range vector that an instant query yields
    std::optional<int64_t> pointsStepMs;
    std::vector<NotedSeries> series;
    std::string problem; ///< what could not be read
};

class Script
{
public:
    explicit Script(const std::filesystem::path &file)
        : m_name(file.filename().string())
    {
        std::ifstream in(file, std::ios::binary);
        for (std::string line; std::getline(in, line);)
            m_lines.push_back(line);
    }

    ScriptReport run()
    {
        while (m_at < m_lines.size()) {
            const auto line = trimmed(m_lines[m_at]);
            if (line.empty() || line[0] == '#')
                m_at++;
            else if (line == "clear")
                m_series.clear(), m_at++;
            else if (line.starts_with("load"))
                load(line);
            else if (line.starts_with("eval"))
                eval(line);
            else
                failure(m_at + 1, "", "an unknown command: " + std::string(line)), m_at++;
        }
        return std::move(m_report);
    }

private:
    void failure(size_t line, const std::string &query, const std::string &what)
    {
        m_report.failures.push_back(m_name + ":" + std::to_string(line) + ": " + query + ": " + what);
    }

    /// The lines that belong to the command before them.
    std::vector<std::string_view> body()
    {
        std::vector<std::string_view> result;
        for (m_at++; m_at < m_lines.size(); m_at++) {
            const auto line = trimmed(m_lines[m_at]);
            if (line.empty())
                break;
            if (line[0] != '#')
                result.push_back(line);
            else if (m_lines[m_at][0] == '#')
                break;
        }
        return result;
    }

    void load(std::string_view line)
    {
        const size_t number = m_at + 1;
        const bool withCustom = line.starts_with("load_with_nhcb");
        const auto interval = parseOffset(trimmed(line.substr(line.find_first_of(" \t"))));
        std::vector<NotedSeries> all;
        for (const auto item : body()) {
            all.push_back(parseSeries(item));
            if (!all.back().error.empty())
                failure(number, std::string(item), all.back().error);
        }
        if (!interval)
            return failure(number, std::string(line), "no interval");
        for (const NotedSeries &series : all)
            store(series, *interval);
        if (withCustom)
            storeCustom(all, *interval);
    }

    void store(const NotedSeries &series, int64_t intervalMs)
    {
        for (size_t i = 0; i < series.points.size(); i++) {
            const NotedPoint &point = series.points[i];
            const int64_t timeMs = static_cast<int64_t>(i) * intervalMs;
            if (point.histogram)
                m_series.add(series.labels, Kind::Histogram, timeMs, *point.histogram);
            else if (!point.missing)
                m_series.add(series.labels, Kind::Untyped, timeMs, point.value);
        }
    }

    struct Classic
    {
        std::map<double, double> buckets;
        std::optional<double> sum;
        std::optional<double> count;
    };

    /// Makes a native histogram with custom bounds of every classic one.
    void storeCustom(const std::vector<NotedSeries> &all, int64_t intervalMs)
    {
        std::map<Labels, std::map<size_t, Classic>> found;
        for (const NotedSeries &series : all) {
            std::string name(series.labels.name());
            const auto suffix = name.ends_with("_bucket")  ? 7U
                                : name.ends_with("_count") ? 6U
                                : name.ends_with("_sum")   ? 4U
                                                           : 0U;
            if (suffix == 0)
                continue;
            const std::string le(series.labels.value("le"));
            if (suffix == 7 && le.empty())
                continue;
            Labels labels = series.labels;
            labels.set(nameLabel, name.substr(0, name.size() - suffix));
            labels.remove("le");
            const double bound = suffix == 7 ? std::strtod(le.c_str(), nullptr) : 0;
            for (size_t i = 0; i < series.points.size(); i++) {
                if (series.points[i].missing || series.points[i].histogram)
                    continue;
                Classic &classic = found[labels][i];
                if (suffix == 7)
                    classic.buckets[bound] = series.points[i].value;
                else
                    (suffix == 6 ? classic.count : classic.sum) = series.points[i].value;
            }
        }
        for (const auto &[labels, points] : found) {
            for (const auto &[index, classic] : points) {
                if (!classic.buckets.empty() || classic.count)
                    m_series.add(labels, Kind::Histogram, static_cast<int64_t>(index) * intervalMs,
                                 customOf(classic));
            }
        }
    }

    static Histogram customOf(const Classic &classic)
    {
        std::vector<double> bounds;
        for (const auto &[bound, count] : classic.buckets) {
            if (std::isfinite(bound))
                bounds.push_back(bound);
        }
        Histogram histogram = Histogram::withBounds(bounds);
        double before = 0;
        int32_t index = 0;
        for (const auto &[bound, count] : classic.buckets) {
            if (count > before)
                histogram.addPositive(index, count - before);
            before = std::max(before, count);
            index++;
        }
        if (classic.count && *classic.count > before &&
            (classic.buckets.empty() || std::isfinite(classic.buckets.rbegin()->first)))
            histogram.addPositive(index, *classic.count - before);
        histogram.setTotals(classic.count.value_or(before), classic.sum.value_or(0));
        return histogram;
    }

    void eval(std::string_view line)
    {
        Eval eval;
        eval.line = m_at + 1;
        readHead(eval, line);
        for (const auto item : body())
            readExpectation(eval, item);
        if (!eval.problem.empty())
            return failure(eval.line, eval.query, eval.problem);
        const std::string wrong = check(eval);
        if (wrong.empty())
            m_report.passed++;
        else
            failure(eval.line, eval.query, wrong);
    }

    static void readHead(Eval &eval, std::string_view line)
    {
        static const RE2 instant(
            R"(^eval(?:_(fail|warn|info|ordered))?\s+instant\s+(?:at\s+(\S+))?\s+(.+)$)");
        static const RE2 range(
            R"(^eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$)");
        std::string form, start, end, step;
        const std::string text(line);
        if (RE2::FullMatch(text, instant, &form, &start, &eval.query)) {
            end = start;
            step = "1s";
        } else if (RE2::FullMatch(text, range, &form, &start, &end, &step, &eval.query)) {
            eval.range = true;
        } else {
            eval.problem = "cannot read the eval line";
            return;
        }
        const auto startMs = parseOffset(start);
        const auto endMs = parseOffset(end);
        const auto stepMs = parseOffset(step);
        if (!startMs || !endMs || !stepMs) {
            eval.problem = "cannot read the times";
            return;
        }
        eval.startMs = *startMs;
        eval.endMs = *endMs;
        eval.stepMs = *stepMs;
        eval.fails = form == "fail";
        eval.ordered = form == "ordered";
        if (form == "warn")
            eval.warns = true;
        if (form == "info")
            eval.informs = true;
    }

    static void readExpectation(Eval &eval, std::string_view line)
    {
        if (line.starts_with("expect ") || line.starts_with("expect\t"))
            return readExpect(eval, trimmed(line.substr(7)));
        if (line.starts_with("expected_fail_message "))
            return eval.failTexts.push_back(std::string(trimmed(line.substr(22))));
        if (line.starts_with("expected_fail_regexp "))
            return eval.failPatterns.push_back(std::string(trimmed(line.substr(21))));
        NotedSeries series = parseSeries(line);
        if (!series.error.empty())
            eval.problem = series.error;
        eval.series.push_back(std::move(series));
    }

    static void readExpect(Eval &eval, std::string_view line)
    {
        const auto space = line.find_first_of(" \t");
        const auto word = line.substr(0, space);
        const auto rest = space == std::string_view::npos ? std::string_view() : trimmed(line.substr(space));
        if (word == "fail") {
            eval.fails = true;
            readText(rest, eval.failTexts, eval.failPatterns);
        } else if (word == "warn") {
            eval.warns = true;
            readText(rest, eval.warnTexts, eval.warnPatterns);
        } else if (word == "info") {
            eval.informs = true;
            readText(rest, eval.infoTexts, eval.infoPatterns);
        } else if (word == "no_warn") {
            eval.warns = false;
        } else if (word == "no_info") {
            eval.informs = false;
        } else if (word == "ordered") {
            eval.ordered = true;
        } else if (word == "string") {
            const auto tokens = promql::tokenize(rest);
            eval.string = tokens && !tokens->empty() ? (*tokens)[0].text : std::string(rest);
        } else if (word == "range") {
            readRange(eval, rest);
        } else {
            eval.problem = "an unknown expectation: " + std::string(line);
        }
    }

    static void readRange(Eval &eval, std::string_view text)
    {
        static const RE2 form(R"(^vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$)");
        std::string start, end, step;
        if (!RE2::FullMatch(std::string(text), form, &start, &end, &step)) {
            eval.problem = "an unknown range expectation";
            return;
        }
        eval.pointsStartMs = parseOffset(start);
        eval.pointsStepMs = parseOffset(step);
    }

    static void readText(std::string_view rest, std::vector<std::string> &texts,
                         std::vector<std::string> &patterns)
    {
        if (rest.starts_with("msg:"))
            texts.push_back(std::string(trimmed(rest.substr(4))));
        else if (rest.starts_with("regex:"))
            patterns.push_back(std::string(trimmed(rest.substr(6))));
    }

    std::string check(const Eval &eval) const
    {
        const auto query = Query::parse(eval.query);
        const auto result = query ? evaluate(*query, eval) : Result<QueryResult>(query.error());
        if (eval.fails)
            return result ? "it did not fail"
                          : unmatched({result.error().message}, eval.failTexts, eval.failPatterns);
        if (!result)
            return result.error().message;
        if (eval.string)
            return *eval.string == result->text ? "" : "got the string " + result->text;
        std::string wrong =
            checkNotes(eval.warns, result->warnings, eval.warnTexts, eval.warnPatterns, "warning");
        if (wrong.empty())
            wrong = checkNotes(eval.informs, result->infos, eval.infoTexts, eval.infoPatterns, "info");
        return wrong.empty() ? checkSeries(eval, *result) : wrong;
    }

    /// The scripts are written for names that stay until the end of a query.
    static QueryLimits limits()
    {
        QueryLimits limits;
        limits.delayedNames = true;
        return limits;
    }

    Result<QueryResult> evaluate(const Query &query, const Eval &eval) const
    {
        const auto reader = m_series.openReader();
        return eval.range
                   ? query.range(*reader, defaultProject, eval.startMs, eval.endMs, eval.stepMs, limits())
                   : query.instant(*reader, defaultProject, eval.startMs, limits());
    }

    /// Every expected text and pattern must be met by one of the messages.
    static std::string unmatched(const std::vector<std::string> &messages,
                                 const std::vector<std::string> &texts,
                                 const std::vector<std::string> &patterns)
    {
        std::string all;
        for (const auto &message : messages)
            all += (all.empty() ? "" : " | ") + message;
        for (const auto &text : texts) {
            if (std::ranges::find(messages, text) == messages.end())
                return "got \"" + all + "\" instead of \"" + text + "\"";
        }
        for (const auto &pattern : patterns) {
            const RE2 expression(pattern);
            if (std::ranges::none_of(
                    messages, [&](const auto &message) { return RE2::PartialMatch(message, expression); }))
                return "got \"" + all + "\" instead of /" + pattern + "/";
        }
        return {};
    }

    static std::string checkNotes(std::optional<bool> wanted, const std::vector<std::string> &notes,
                                  const std::vector<std::string> &texts,
                                  const std::vector<std::string> &patterns, const std::string &kind)
    {
        if (!wanted)
            return {};
        if (*wanted == notes.empty())
            return *wanted ? "no " + kind : "an unexpected " + kind + ": " + notes.front();
        return unmatched(notes, texts, patterns);
    }

    static std::string checkSeries(const Eval &eval, const QueryResult &result)
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
            return std::to_string(result.series.size()) + " series instead of " +
                   std::to_string(expectedCount) + ", such as " + result.series.back().labels.toString() +
                   " " + text(result.series.back().points.front());
        return {};
    }

    static std::string checkPoints(const Eval &eval, const NotedSeries &expected, const QuerySeries &actual)
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

    std::string m_name;
    std::vector<std::string> m_lines;
    size_t m_at = 0;
    test::MemorySeries m_series;
    ScriptReport m_report;
};

} // namespace

ScriptReport runScript(const std::filesystem::path &file) { return Script(file).run(); }

} // namespace plimsoll::conformance
