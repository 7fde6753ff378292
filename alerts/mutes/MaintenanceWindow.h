#pragma once

#include "alerts/CronSchedule.h"
#include "alerts/mutes/LabelTests.h"
#include "alerts/mutes/WeeklyHours.h"

#include <variant>

namespace plimsoll::alerts {

/// A time in which trouble is expected: nobody is told, and it counts as nobody's downtime. The resource
/// `maintenance`.
class MaintenanceWindow
{
public:
    static constexpr const char *collection = "maintenance";
    static constexpr const char *one = "maintenance window";
    static constexpr int64_t maxMs = 31LL * 86'400'000;

    std::string id;
    int64_t createdMs = 0;
    int64_t updatedMs = 0;
    std::string name;
    std::string comment;
    std::string createdBy;
    bool enabled = true;
    LabelTests matchers;
    std::vector<std::string> rules;  ///< ids
    std::vector<std::string> checks; ///< ids

    /// Exactly one of: `starts_ms` with `ends_ms` or `duration`; `schedule` (cron) with `duration`; `from`
    /// and `to` with `weekdays`. Without matchers, rules and checks it is for the whole project.
    static Result<MaintenanceWindow> fromJson(const QJsonObject &object, int64_t nowMs);
    QJsonObject toJson() const;
    /// With `state`: "active", "scheduled", "ended" or "disabled", and `opens_ms` and `closes_ms` of next().
    QJsonObject toShownJson(int64_t nowMs) const;

    /// Begin and end of the time in which it is open now, else of the next one; nothing where none comes.
    std::optional<std::pair<int64_t, int64_t>> next(int64_t nowMs) const;
    /// Whether it is open.
    bool isActive(int64_t atMs) const;
    /// Whether it is about a rule or check (its id), or about something with these labels.
    bool covers(const std::string &ruleOrCheckId, const Labels &labels) const;
    bool isStale(int64_t) const { return false; }

private:
    struct Once
    {
        int64_t startsMs;
        int64_t endsMs;
    };
    struct Recurring
    {
        CronSchedule schedule;
        int64_t durationMs;
    };
    using When = std::variant<Once, Recurring, WeeklyHours>;

    static When readWhen(Fields &fields, int64_t nowMs);
    static Once readOnce(Fields &fields, int64_t nowMs);

    When m_when;
};

} // namespace plimsoll::alerts
