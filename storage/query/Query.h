#pragma once

#include "storage/model/Labels.h"
#include "storage/model/SeriesReader.h"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace plimsoll {

/// Bounds of one evaluation. A query beyond one of them fails with Timeout, TooLarge or Cancelled; it never
/// returns a part of the answer as if it were whole.
struct QueryLimits
{
    int64_t timeoutMs = 30'000;
    uint64_t maxSamples = 50'000'000; ///< read from storage
    uint64_t maxSeries = 100'000;     ///< in the answer
    int64_t lookbackMs = 5 * 60'000;  ///< how old the newest sample of an instant selector may be (exclusive)
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
};

namespace promql {
struct Expr;
}

/// A PromQL expression that was parsed and type-checked; immutable, shareable between threads.
class Query
{
public:
    /// Fails with Invalid; the message is Prometheus' style "1:5: parse error: …" (line:column, both from 1).
    static Result<Query> parse(std::string_view text);

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

    /// The type of the whole expression, known before it runs.
    QueryResult::Type type() const;
    /// The expression in canonical form.
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
