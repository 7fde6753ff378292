#include "alerts/mutes/MaintenanceWindow.h"

#include "alerts/Duration.h"

namespace plimsoll::alerts {

namespace {

std::vector<std::string> readIds(Fields &fields, const char *name)
{
    std::vector<std::string> ids;
    for (const QJsonValue entry : fields.array(name, 500)) {
        if (entry.toString().isEmpty())
            fields.fail(name, "must be a list of ids.");
        else
            ids.push_back(entry.toString().toStdString());
    }
    return ids;
}

QJsonArray toArray(const std::vector<std::string> &ids)
{
    QJsonArray array;
    for (const std::string &id : ids)
        array.append(QString::fromStdString(id));
    return array;
}

bool holds(const std::vector<std::string> &ids, const std::string &id)
{
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

} // namespace

MaintenanceWindow::Once MaintenanceWindow::readOnce(Fields &fields, int64_t nowMs)
{
    Once once{};
    once.startsMs = int64_t(fields.number("starts_ms", double(nowMs)));
    const int64_t durationMs = fields.durationMs("duration", 0, maxMs);
    once.endsMs = int64_t(fields.number("ends_ms", double(once.startsMs + durationMs)));
    if (!fields.has("ends_ms") && !fields.has("duration"))
        fields.fail("ends_ms", "is missing.",
                    "Give starts_ms with ends_ms or duration, schedule with duration, or from and to.");
    else if (once.endsMs <= once.startsMs)
        fields.fail("ends_ms", "is not after `starts_ms`.");
    return once;
}

MaintenanceWindow::When MaintenanceWindow::readWhen(Fields &fields, int64_t nowMs)
{
    const bool recurs = fields.has("schedule");
    const bool weekly = fields.has("from") || fields.has("to") || fields.has("weekdays");
    const bool once = fields.has("starts_ms") || fields.has("ends_ms");
    if (int(recurs) + int(weekly) + int(once) > 1)
        fields.fail(recurs ? "schedule" : "from", "stands beside another time.",
                    "Give one of: starts_ms with ends_ms, schedule with duration, from and to.");
    if (weekly)
        return WeeklyHours::read(fields);
    if (!recurs)
        return readOnce(fields, nowMs);
    const int64_t durationMs = fields.durationMs("duration", 0, maxMs);
    if (durationMs <= 0)
        fields.fail("duration", fields.has("duration") ? "must be longer than 0s." : "is missing.",
                    "Say how long the window stays open, such as \"2h\".");
    const std::string zone = readTimeZone(fields).id().toStdString();
    Result<CronSchedule> schedule = CronSchedule::parse(fields.text("schedule", 200), zone);
    if (schedule)
        return Recurring{*std::move(schedule), durationMs};
    fields.fail("schedule", "cannot be read: " + schedule.error().message, schedule.error().hint);
    return Once{};
}

Result<MaintenanceWindow> MaintenanceWindow::fromJson(const QJsonObject &object, int64_t nowMs)
{
    Fields fields(object, "a maintenance window");
    fields.refuseUnknown({"id",     "created_ms", "updated_ms", "state",      "opens_ms", "closes_ms",
                          "name",   "comment",    "enabled",    "created_by", "matchers", "rules",
                          "checks", "starts_ms",  "ends_ms",    "schedule",   "duration", "weekdays",
                          "from",   "to",         "time_zone"});
    MaintenanceWindow window;
    window.name = fields.requiredText("name", 200);
    window.comment = fields.text("comment", 2000);
    window.createdBy = fields.text("created_by", 200);
    window.enabled = fields.flag("enabled", true);
    window.matchers = LabelTests::read(fields, "matchers");
    window.rules = readIds(fields, "rules");
    window.checks = readIds(fields, "checks");
    window.m_when = readWhen(fields, nowMs);
    if (Status status = fields.status(); !status)
        return status.error();
    return window;
}

QJsonObject MaintenanceWindow::toJson() const
{
    QJsonObject object{{"id", QString::fromStdString(id)},
                       {"created_ms", qint64(createdMs)},
                       {"updated_ms", qint64(updatedMs)},
                       {"name", QString::fromStdString(name)},
                       {"comment", QString::fromStdString(comment)},
                       {"created_by", QString::fromStdString(createdBy)},
                       {"enabled", enabled},
                       {"matchers", matchers.toJson()},
                       {"rules", toArray(rules)},
                       {"checks", toArray(checks)}};
    if (const auto *once = std::get_if<Once>(&m_when)) {
        object.insert("starts_ms", qint64(once->startsMs));
        object.insert("ends_ms", qint64(once->endsMs));
    } else if (const auto *recurring = std::get_if<Recurring>(&m_when)) {
        object.insert("schedule", QString::fromStdString(recurring->schedule.text()));
        object.insert("duration", QString::fromStdString(formatDurationMs(recurring->durationMs)));
        object.insert("time_zone", QString::fromStdString(recurring->schedule.zone()));
    } else {
        std::get<WeeklyHours>(m_when).write(object);
    }
    return object;
}

QJsonObject MaintenanceWindow::toShownJson(int64_t nowMs) const
{
    QJsonObject object = toJson();
    const auto *once = std::get_if<Once>(&m_when);
    const char *state = "scheduled";
    if (!enabled)
        state = "disabled";
    else if (isActive(nowMs))
        state = "active";
    else if (once && once->endsMs <= nowMs)
        state = "ended";
    object.insert("state", state);
    const auto times = next(nowMs);
    object.insert("opens_ms", times ? QJsonValue(qint64(times->first)) : QJsonValue());
    object.insert("closes_ms", times ? QJsonValue(qint64(times->second)) : QJsonValue());
    return object;
}

std::optional<std::pair<int64_t, int64_t>> MaintenanceWindow::next(int64_t nowMs) const
{
    if (!enabled)
        return {};
    if (const auto *once = std::get_if<Once>(&m_when))
        return once->endsMs > nowMs ? std::optional(std::pair(once->startsMs, once->endsMs)) : std::nullopt;
    if (const auto *weekly = std::get_if<WeeklyHours>(&m_when))
        return weekly->next(nowMs);
    const auto &recurring = std::get<Recurring>(m_when);
    const auto began = recurring.schedule.next(nowMs - recurring.durationMs);
    return began ? std::optional(std::pair(*began, *began + recurring.durationMs)) : std::nullopt;
}

bool MaintenanceWindow::isActive(int64_t atMs) const
{
    if (!enabled)
        return false;
    if (const auto *once = std::get_if<Once>(&m_when))
        return once->startsMs <= atMs && atMs < once->endsMs;
    if (const auto *weekly = std::get_if<WeeklyHours>(&m_when))
        return weekly->contains(atMs);
    const auto &recurring = std::get<Recurring>(m_when);
    const auto began = recurring.schedule.next(atMs - recurring.durationMs);
    return began && *began <= atMs;
}

bool MaintenanceWindow::covers(const std::string &ruleOrCheckId, const Labels &labels) const
{
    if (matchers.empty() && rules.empty() && checks.empty())
        return true;
    return holds(rules, ruleOrCheckId) || holds(checks, ruleOrCheckId) ||
           (!matchers.empty() && matchers.matches(labels));
}

} // namespace plimsoll::alerts
