#pragma once

#include "storage/model/Labels.h"
#include "storage/model/SeriesReader.h"
#include "storage/query/Parser.h"
#include "storage/query/QueryMemory.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace plimsoll {

/// Bounds of one evaluation. A query beyond one of them fails with Timeout, TooLarge, Unavailable (others
/// hold the memory) or Cancelled; it never returns a part of the answer as if it were whole.
struct QueryLimits
{
    int64_t timeoutMs = 30'000;
    uint64_t maxSamples = 50'000'000;      ///< held at a time, those of computed points among them
    uint64_t maxSamplesRead = 500'000'000; ///< from storage, over the whole query
    uint64_t maxSelected = 1'000'000;      ///< series that one selector finds
    uint64_t maxSeries = 100'000;          ///< in the answer
    bool delayedNames = false; ///< names that functions drop stay, for label_replace and by(), to the end
    int64_t lookbackMs = 5 * 60'000; ///< how old the newest sample of an instant selector may be (exclusive)
    QueryMemory *memory = &QueryMemory::unbounded(); ///< shared with other queries; outlives the evaluation
};

/// A point of an answer: a double, or a histogram where `histogram` is set.
struct QueryPoint
{
    int64_t timestampMs = 0;
    double value = 0;
    std::shared_ptr<const Histogram> histogram;
};

/// One series of an answer. An instant vector has exactly one point each, a matrix any number, in time order.
struct QuerySeries
{
    Labels labels;
    std::vector<QueryPoint> points;
};

/// What a query yields, as the Prometheus API names it.
struct QueryResult
{
    enum class Type { Scalar, String, Vector, Matrix };

    Type type = Type::Vector;
    std::vector<QuerySeries> series; ///< Vector, Matrix; Scalar has one without labels
    std::string text;                ///< String
    std::vector<std::string> warnings;
    std::vector<std::string> infos;
    uint64_t samplesRead = 0;
    uint64_t samplesHeld = 0; ///< at most at a time
};

/// An answer whose evaluation is over, so that nothing can fail any more. Its series are made one after the
/// other as they are asked for: a large answer is never in memory as a whole in this form.
class QueryAnswer
{
public:
    using Visit = std::function<bool(const QuerySeries &)>;
    using Each = std::function<bool(const Visit &)>;

    /// Upper bounds of what is in it.
    struct Size
    {
        uint64_t series = 0;
        uint64_t points = 0; ///< of all series
        bool histograms = false;
    };

    QueryAnswer(const QueryResult &head, Size size, Each each)
        : m_head(head)
        , m_size(size)
        , m_each(std::move(each))
    {
    }

    /// Type, text, warnings and counts; no series.
    const QueryResult &head() const { return m_head; }
    const Size &size() const { return m_size; }
    /// Visits each series that has points, until a visit says false, and tells what the last one said. May be
    /// repeated.
    bool each(const Visit &visit) const { return m_each(visit); }

private:
    const QueryResult &m_head;
    Size m_size;
    Each m_each;
};

namespace promql {
struct Expr;
}

/// A PromQL expression that was parsed and type-checked; immutable, shareable between threads.
class Query
{
public:
    /// Fails with Invalid; the message is Prometheus' style "1:5: parse error: …" (line:column, both from 1).
    /// What is experimental in Prometheus is refused unless `options`, or else setExperimental(), allow it.
    static Result<Query> parse(std::string_view text);
    static Result<Query> parse(std::string_view text, const promql::ParseOptions &options);
    /// For the whole process, before its first query; off until then.
    static void setExperimental(bool allowed);

    /// Evaluates at one instant. Evaluation is synchronous and may take its whole time limit: never on an
    /// event loop. `cancelled` may be set from any thread; the evaluation then ends with Cancelled within a
    /// few milliseconds.
    Result<QueryResult> instant(const SeriesReader &reader, ProjectId project, int64_t timeMs,
                                const QueryLimits &limits,
                                const std::atomic<bool> *cancelled = nullptr) const;

    /// Evaluates at startMs, startMs + stepMs, … up to endMs (inclusive). stepMs > 0; the result is a matrix.
    Result<QueryResult> range(const SeriesReader &reader, ProjectId project, int64_t startMs, int64_t endMs,
                              int64_t stepMs, const QueryLimits &limits,
                              const std::atomic<bool> *cancelled = nullptr) const;

    /// The same, for answers that may be large: `use` has them while it runs, and its Status is the result.
    using Use = std::function<Status(const QueryAnswer &)>;
    Status instant(const SeriesReader &reader, ProjectId project, int64_t timeMs, const QueryLimits &limits,
                   const std::atomic<bool> *cancelled, const Use &use) const;
    Status range(const SeriesReader &reader, ProjectId project, int64_t startMs, int64_t endMs,
                 int64_t stepMs, const QueryLimits &limits, const std::atomic<bool> *cancelled,
                 const Use &use) const;

    /// The type of the whole expression, known before it runs.
    QueryResult::Type type() const;
    /// The expression in canonical form, on one line.
    std::string toString() const;
    const promql::Expr &root() const { return *m_root; }

private:
    explicit Query(std::shared_ptr<const promql::Expr> root)
        : m_root(std::move(root))
    {
    }
    std::shared_ptr<const promql::Expr> m_root;
};

} // namespace plimsoll
