#pragma once

#include "server/api/Jobs.h"
#include "server/http/Router.h"

namespace plimsoll::api {

/// The role by which the API reaches backtests. Safe to call from any thread; never blocks.
class BacktestControl
{
public:
    using Prepared = std::function<void(Result<Jobs::Work>)>;

    virtual ~BacktestControl() = default;
    /// Reads what is asked (README.md, "Alerts") and gives the work that answers it, or what is wrong with
    /// it; `done` is called exactly once, on any thread.
    virtual void prepare(ProjectId project, QJsonObject body, Prepared done) = 0;
};

/// Adds `POST /api/app/rules/backtest`: 200 with the answer where it comes within a few seconds, else 202
/// with
/// `{"job"}`, the job of /api/app/jobs that goes on with it. It is cancelled when its asker goes before that.
/// `"wait_seconds"` in the body says how long to wait, 0 for a job at once. Both outlive the router.
void addBacktestRoute(http::Router &router, BacktestControl &backtests, Jobs &jobs);

} // namespace plimsoll::api
