#pragma once

#include "server/api/ReadScope.h"

#include <map>
#include <string>
#include <vector>

namespace plimsoll::api {

/// The newest state of one series. A delta has its running total as `value`; a distribution or histogram has
/// all its observations as `histogram`.
struct SnapshotSeries
{
    std::shared_ptr<const Labels> labels;
    int64_t timestampMs = 0; ///< of the newest sample
    double value = 0;
    std::optional<Histogram> histogram;
};

/// The series of one name, in order of their labels.
struct SnapshotMetric
{
    std::string name;
    Kind kind = Kind::Gauge;
    std::vector<SnapshotSeries> series;
};

/// What `GET /metrics` shows: the newest value of every series that reported within `maxAgeMs`, by name.
/// Those whose end was marked are left out.
struct Snapshot
{
    static constexpr int64_t defaultMaxAgeMs = 24LL * 3600 * 1000;
    /// Samples may be this far ahead of the clock; they are the newest all the same.
    static constexpr int64_t aheadMs = 3600LL * 1000;

    std::vector<SnapshotMetric> metrics;

    /// `names` narrows it to some metrics; empty means all.
    static Result<Snapshot> take(const ReadScope &scope, const std::vector<std::string> &names,
                                 int64_t maxAgeMs = defaultMaxAgeMs);

    /// The JSON answer (README.md, "Data").
    std::string toJson(int64_t atMs) const;
};

/// Puts series together by name as they come, in order of the names.
class SnapshotGroups
{
public:
    void add(const SelectedSeries &series, SnapshotSeries state);
    /// All that was added; once.
    Snapshot take();

private:
    std::map<std::string, SnapshotMetric, std::less<>> m_byName;
};

} // namespace plimsoll::api
