#pragma once

#include "server/api/StoredRange.h"
#include "storage/model/ExactSum.h"

#include <map>
#include <string>
#include <vector>

namespace plimsoll::api {

/// What `GET /metrics/costs` says of one provider, model and endpoint (or other labels).
struct CostFigures
{
    double calls = 0;
    double unpricedCalls = 0;             ///< calls without a price that was valid at their time
    std::map<std::string, double> tokens; ///< by type
    ExactSum cost;
    bool priced = false; ///< at least one call has a cost
};

/// Answers the costs of language models from the deltas `llm_calls_total`, `llm_tokens_total` and
/// `llm_cost_usd_total`. Sums are exact. A call has a cost sample of its own instant, even one of 0, exactly
/// when a price was known; calls of instants without one are counted as unpriced. Of hours and days, which
/// have no instants, the part of the calls is unpriced that the part of the instants without a price says.
struct CostReport
{
    TimeRange range;
    std::vector<std::string> labels;
    std::map<Labels, CostFigures> rows;
    StoredForms stored;

    static std::vector<std::string> defaultLabels() { return {"provider", "model", "endpoint"}; }

    static Result<CostReport> make(const ReadScope &scope, TimeRange range, std::vector<std::string> labels);

    /// The JSON answer (README.md, "Data"), the dearest row first.
    std::string toJson() const;
};

} // namespace plimsoll::api
