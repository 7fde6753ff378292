#include "tests/conformance/PromqlScript.h"

#include "tests/conformance/ClassicBuckets.h"
#include "tests/conformance/PromqlCheck.h"
#include "tests/conformance/ResetMarks.h"

#include <fstream>
#include <map>

namespace plimsoll::conformance {

namespace {

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
                m_series.clear(), m_resets.clear(), m_at++;
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
            convertClassic(all, [&](const Labels &labels, size_t index, const Histogram &histogram) {
                m_series.add(labels, Kind::Histogram, static_cast<int64_t>(index) * *interval,
                             m_resets[labels].marked(histogram));
            });
    }

    void store(const NotedSeries &series, int64_t intervalMs)
    {
        for (size_t i = 0; i < series.points.size(); i++) {
            const NotedPoint &point = series.points[i];
            const int64_t timeMs = static_cast<int64_t>(i) * intervalMs;
            if (point.histogram)
                m_series.add(series.labels, Kind::Histogram, timeMs,
                             m_resets[series.labels].marked(*point.histogram));
            else if (!point.missing)
                addFloat(series.labels, timeMs, point.value);
        }
    }

    void addFloat(const Labels &labels, int64_t timeMs, double value)
    {
        m_series.add(labels, Kind::Untyped, timeMs, value);
        if (const auto place = m_resets.find(labels); place != m_resets.end())
            place->second.interrupt();
    }

    void eval(std::string_view line)
    {
        Eval eval = parseEval(line, m_at + 1);
        for (const auto item : body())
            readExpectation(eval, item);
        std::string wrong = eval.problem.empty() ? check(eval) : eval.problem;
        if (wrong.empty())
            m_report.passed++;
        else
            failure(eval.line, eval.query, wrong);
    }

    std::string check(const Eval &eval) const
    {
        const auto query = Query::parse(eval.query, {.experimental = true});
        const auto answer = query ? evaluate(*query, eval) : Result<QueryResult>(query.error());
        const std::string wrong = checkAnswer(eval, answer);
        if (!wrong.empty() || !answer || !isAlsoRange(eval, answer->type))
            return wrong;
        constexpr int64_t aroundMs = 60'000;
        const auto range = query->range(*m_series.openReader(), defaultProject, eval.startMs - aroundMs,
                                        eval.startMs + aroundMs, aroundMs, limits());
        return range ? checkInstantOfRange(eval, *range) : wrong; // a step beside it may fail by itself
    }

    /// Whether a range query must give the same at that instant. The words are functions of the query's
    /// bounds.
    static bool isAlsoRange(const Eval &eval, QueryResult::Type type)
    {
        const bool hasValue = type == QueryResult::Type::Vector || type == QueryResult::Type::Scalar;
        const auto says = [&](const char *word) { return eval.query.find(word) != std::string::npos; };
        return !eval.range && hasValue && !eval.ordered && !says("start()") && !says("end()") &&
               !says("step()") && !says("range()");
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

    std::string m_name;
    std::vector<std::string> m_lines;
    size_t m_at = 0;
    test::MemorySeries m_series;
    std::map<Labels, ResetMarks> m_resets; ///< by series
    ScriptReport m_report;
};

} // namespace

ScriptReport runScript(const std::filesystem::path &file) { return Script(file).run(); }

} // namespace plimsoll::conformance
