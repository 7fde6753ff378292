#pragma once

#include "alerts/Records.h"
#include "alerts/status/Spans.h"

#include <map>

namespace plimsoll::alerts {

/// When each check was under maintenance, as it happened: a window that is changed or removed later does not
/// change what counted. Lives on the alert thread.
class MaintenanceRecord
{
public:
    static constexpr const char *collection = "maintenance_times";
    static constexpr int64_t keptMs = 400LL * 86'400'000;
    static constexpr size_t maxSpans = 2'000; ///< of a check

    explicit MaintenanceRecord(Records &records)
        : m_records(records)
    {
    }

    Status open();
    /// What is so now, and has been since the last note of it. Written once a minute while it is, and when it
    /// ends.
    void note(const std::string &checkId, bool inMaintenance, int64_t nowMs);
    void forget(const std::string &checkId);
    const Spans &of(const std::string &checkId) const;

private:
    struct Kept
    {
        Spans spans;
        int64_t sinceMs = 0; ///< 0: not under way
        int64_t writtenMs = 0;
    };

    void write(const std::string &checkId, Kept &kept, int64_t nowMs);

    Records &m_records;
    std::map<std::string, Kept> m_kept;
};

} // namespace plimsoll::alerts
