#pragma once

#include "server/api/ReadScope.h"

#include <array>
#include <functional>
#include <optional>
#include <vector>

namespace plimsoll::api {

/// The series of calls that agree in provider, model, endpoint and all other labels.
struct CallSeries
{
    static constexpr std::array<std::string_view, 4> tokenTypes{"input", "output", "cache_read",
                                                                "cache_write"};

    Labels labels; ///< without the name
    SeriesId calls = 0;
    std::optional<SeriesId> cost;
    std::array<std::optional<SeriesId>, 4> tokens; ///< as in tokenTypes
};

/// Calls of one series and millisecond.
struct UncostedInstant
{
    int64_t timestampMs = 0;
    double calls = 0;
    std::array<double, 4> tokens{}; ///< as in CallSeries::tokenTypes; only where they were asked for
};

/// Calls that have no cost: those of instants without a sample of `llm_cost_usd_total`.
class UncostedCalls
{
public:
    enum class Read { Calls, CallsAndTokens };
    using Covers = std::function<bool(std::string_view provider, std::string_view model)>;
    /// Instants of at most a day, in time order. A failure ends the walk.
    using Visit = std::function<Status(const std::vector<UncostedInstant> &instants)>;

    explicit UncostedCalls(const ReadScope &scope)
        : m_scope(scope)
    {
    }

    /// The series of calls in a range that somebody is interested in.
    Result<std::vector<CallSeries>> series(TimeRange range, const Covers &covers) const;

    /// From when on the samples of the calls are kept, within the range.
    int64_t samplesFrom(const CallSeries &series, TimeRange range) const;

    /// Walks those whose samples are kept, in slices of a day; `reached` hears of each slice's end, also of
    /// empty ones.
    Status each(const CallSeries &series, TimeRange range, Read read, const Visit &visit,
                const std::function<void(int64_t)> &reached = {}) const;

    /// Of the hours and days before, whose instants are not kept: how many calls have no cost, by their part,
    /// and the first and last such span.
    struct OfSpans
    {
        double calls = 0;
        int64_t firstMs = INT64_MAX;
        int64_t lastMs = INT64_MIN;
    };
    Result<OfSpans> ofSpans(const CallSeries &series, TimeRange range) const;

private:
    const ReadScope &m_scope;
};

} // namespace plimsoll::api
