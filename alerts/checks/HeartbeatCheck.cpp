#include "alerts/checks/HeartbeatCheck.h"

#include "alerts/Duration.h"
#include "alerts/checks/CheckKind.h"

#include <QRandomGenerator>

#include <algorithm>

namespace plimsoll::alerts {

namespace {

constexpr int64_t defaultGraceMs = 5 * 60'000;
constexpr int64_t maxRunLimitMs = 30LL * 86'400'000;
constexpr qsizetype pingIdDigits = 32; ///< 128 bits

bool isPingId(const QString &text)
{
    return text.size() == pingIdDigits && std::all_of(text.begin(), text.end(), [](QChar c) {
               return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f');
           });
}

QString newPingId()
{
    QString id;
    for (int i = 0; i < 2; i++)
        id += QStringLiteral("%1").arg(QRandomGenerator::system()->generate64(), 16, 16, QLatin1Char('0'));
    return id;
}

/// That of the definition, which is how it is read back; else that in force; else a new one.
QString pingIdOf(Part &settings, const Check *previous)
{
    const QString given = QString::fromStdString(settings->text("ping_id", 64));
    if (!given.isEmpty() && !isPingId(given))
        settings->fail("ping_id", "must be 32 hexadecimal digits.", "Leave it out, and it is made.");
    if (!given.isEmpty())
        return given;
    return previous ? previous->settings.value("ping_id").toString() : newPingId();
}

void read(Fields &fields, const QJsonObject &definition, const Check *previous, Check &check)
{
    if (!check.target.empty())
        fields.fail("target", "is not for heartbeats: the job calls, nobody is looked at.");
    Part settings(fields, definition, "settings", {"ping_id", "time_zone", "max_run"});
    std::string zone = settings->text("time_zone", 100);
    if (zone.empty())
        zone = previous ? previous->settings.value("time_zone").toString().toStdString()
                        : QTimeZone::systemTimeZoneId().toStdString();
    if (!QTimeZone(QByteArray::fromStdString(zone)).isValid())
        settings->fail("time_zone", "is not a time zone.", "Write its IANA name, such as \"Europe/Berlin\".");
    const int64_t maxRunMs = settings->durationMs("max_run", 0, maxRunLimitMs);
    if (!fields.has("grace"))
        check.graceMs = defaultGraceMs;
    if (!fields.has("retries"))
        check.retries = 0;
    check.settings = {{"ping_id", pingIdOf(settings, previous)}, {"time_zone", QString::fromStdString(zone)}};
    if (maxRunMs > 0)
        check.settings.insert("max_run", QString::fromStdString(formatDurationMs(maxRunMs)));
    const auto plan = HeartbeatPlan::make(check.schedule, zone, check.intervalMs, check.graceMs);
    if (!plan && settings->status())
        fields.fail(check.schedule.empty() ? "interval" : "schedule",
                    "cannot be used: " + plan.error().message, plan.error().hint);
}

} // namespace

const CheckKind heartbeatCheck{"heartbeat", read, nothingToMask, nullptr};

std::optional<Heartbeat> heartbeatOf(const Check &check)
{
    if (check.kind != heartbeatCheck.name)
        return {};
    const std::string zone = check.settings.value("time_zone").toString().toStdString();
    auto plan =
        HeartbeatPlan::make(check.schedule, zone.empty() ? "UTC" : zone, check.intervalMs, check.graceMs);
    if (!plan)
        return {};
    const std::string maxRun = check.settings.value("max_run").toString().toStdString();
    return Heartbeat{check.settings.value("ping_id").toString().toStdString(), std::move(plan).value(),
                     maxRun.empty() ? 0 : parseDurationMs(maxRun).value_or(0)};
}

} // namespace plimsoll::alerts
