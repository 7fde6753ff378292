#include "tests/conformance/PromqlEval.h"

#include "storage/query/Duration.h"
#include "storage/query/Lexer.h"

#include <re2/re2.h>

#include <charconv>
#include <cmath>

namespace plimsoll::conformance {

namespace {

void readHead(Eval &eval, std::string_view line)
{
    static const RE2 instant(R"(^eval(?:_(fail|warn|info|ordered))?\s+instant\s+(?:at\s+(\S+))?\s+(.+)$)");
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
    eval.ordered = form == "ordered";
    for (const auto &[name, notes] :
         {std::pair("fail", &eval.failure), {"warn", &eval.warnings}, {"info", &eval.infos}}) {
        if (form == name)
            notes->expect({});
    }
}

void readRange(Eval &eval, std::string_view text)
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

void readExpect(Eval &eval, std::string_view line)
{
    const auto space = line.find_first_of(" \t");
    const auto word = line.substr(0, space);
    const auto rest = space == std::string_view::npos ? std::string_view() : trimmed(line.substr(space));
    if (word == "fail") {
        eval.failure.expect(rest);
    } else if (word == "warn") {
        eval.warnings.expect(rest);
    } else if (word == "info") {
        eval.infos.expect(rest);
    } else if (word == "no_warn") {
        eval.warnings.any = false;
    } else if (word == "no_info") {
        eval.infos.any = false;
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

} // namespace

void ExpectedNotes::expect(std::string_view text)
{
    any = true;
    text = trimmed(text);
    if (text.starts_with("msg:"))
        texts.push_back(std::string(trimmed(text.substr(4))));
    else if (text.starts_with("regex:"))
        patterns.push_back(std::string(trimmed(text.substr(6))));
    else
        anyText = true;
}

Eval parseEval(std::string_view line, size_t lineNumber)
{
    Eval eval;
    eval.line = lineNumber;
    readHead(eval, line);
    return eval;
}

void readExpectation(Eval &eval, std::string_view line)
{
    if (line.starts_with("expect ") || line.starts_with("expect\t"))
        return readExpect(eval, trimmed(line.substr(7)));
    if (line.starts_with("expected_fail_message "))
        return eval.failure.expect("msg:" + std::string(line.substr(22)));
    if (line.starts_with("expected_fail_regexp "))
        return eval.failure.expect("regex:" + std::string(line.substr(21)));
    NotedSeries series = parseSeries(line);
    if (!series.error.empty())
        eval.problem = series.error;
    eval.series.push_back(std::move(series));
}

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

} // namespace plimsoll::conformance
