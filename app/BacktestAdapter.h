#pragma once

#include "app/AlertAdapter.h"
#include "server/api/BacktestRoute.h"
#include "storage/model/Clock.h"
#include "storage/query/Query.h"

namespace plimsoll::app {

/// Lets the API reach backtests: rules are looked up on the alert thread, the work itself runs where the
/// asker wants it.
class BacktestAdapter final : public api::BacktestControl
{
public:
    struct Parts
    {
        AlertAdapter::Post post;
        const ReaderSource &source; ///< this and the clock outlive the adapter and its work
        const Clock &clock;
        int64_t intervalMs = 15'000; ///< of rules that say nothing else
        QueryLimits limits = {};
    };

    explicit BacktestAdapter(Parts parts)
        : m_parts(std::move(parts))
    {
    }

    void prepare(ProjectId project, QJsonObject body, Prepared done) override;

private:
    const Parts m_parts;
};

} // namespace plimsoll::app
