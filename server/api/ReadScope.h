#pragma once

#include "server/api/TimeArgument.h"
#include "storage/model/SeriesReader.h"

#include <atomic>
#include <chrono>
#include <functional>

namespace plimsoll::api {

/// What one evaluation reads with: a frozen view, for one project, on one thread of the pool.
struct ReadScope
{
    const SeriesReader &reader;
    ProjectId project;
    int64_t nowMs;
    const std::atomic<bool> &cancelled;
    std::chrono::steady_clock::time_point deadline =
        std::chrono::steady_clock::now() + std::chrono::seconds(30);

    /// The series of a metric with samples in a range, further narrowed by matchers.
    Result<std::vector<SelectedSeries>> select(std::string_view metric, std::span<const Matcher> more,
                                               TimeRange range) const;
    /// All series with samples in a range.
    Result<std::vector<SelectedSeries>> selectAll(TimeRange range) const;

    /// Cancelled once the asker went away, Timeout after the deadline, else success.
    Status alive() const;

    /// Walks the samples of a series in time order, reading slices of days, so that memory stays bounded. NaN
    /// samples (among them staleness marks) are left out.
    Status eachFloat(SeriesId series, TimeRange range,
                     const std::function<void(int64_t, double)> &visit) const;
    Status eachHistogram(SeriesId series, TimeRange range,
                         const std::function<void(int64_t, const Histogram &)> &visit) const;
    /// Merges all observations of a distribution in a range.
    Result<Histogram> merged(SeriesId series, TimeRange range) const;
};

/// What counts of a series whose end was marked: its last sample, or nothing.
enum class IfEnded { LastSample, Nothing };

/// The newest sample of a float series in a range, looking at the last minutes first.
Result<std::optional<Sample>> newestFloat(const ReadScope &scope, SeriesId series, TimeRange range,
                                          IfEnded ifEnded = IfEnded::LastSample);

/// The newest sample of a histogram series in a range.
struct HistogramSample
{
    int64_t timestampMs = 0;
    Histogram value;
};
Result<std::optional<HistogramSample>> newestHistogram(const ReadScope &scope, SeriesId series,
                                                       TimeRange range);

} // namespace plimsoll::api
