#include "app/DatabaseHealth.h"

namespace plimsoll::app {

namespace {

constexpr int64_t usualLagMs = 5'000;

std::string seconds(int64_t ms) { return std::to_string((ms + 999) / 1000) + " s"; }

} // namespace

api::HealthCheck DatabaseHealth::judge(const DatabaseFigures &figures)
{
    const std::string lag = "The database is " + seconds(figures.lagMs) + " behind";
    if (!figures.up)
        return {"database", api::HealthState::Degraded,
                "Away for " + seconds(figures.downForMs) + "; the journal keeps what arrives. " +
                    (figures.lagMs > 0 ? lag + ". " : "") + figures.reason};
    if (figures.lagMs > usualLagMs)
        return {"database", api::HealthState::Degraded, lag + " and catches up."};
    return {"database", api::HealthState::Ok, figures.leads ? "This node leads." : "Another node leads."};
}

} // namespace plimsoll::app
