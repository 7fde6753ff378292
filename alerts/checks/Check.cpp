#include "alerts/checks/Check.h"

#include "alerts/Duration.h"
#include "alerts/checks/CheckKind.h"

namespace plimsoll::alerts {

namespace {

constexpr int64_t defaultIntervalMs = 60'000;
constexpr int64_t defaultTimeoutMs = 10'000;
constexpr int64_t maxTimeoutMs = 120'000;
constexpr int64_t maxGraceMs = 30LL * 24 * 3'600'000;
constexpr int maxRetries = 20;

std::vector<std::string> readIds(Fields &fields, const char *name, const char *what)
{
    std::vector<std::string> ids;
    for (const QJsonValue entry : fields.array(name, 32)) {
        const std::string id = entry.toString().toStdString();
        if (id.empty())
            fields.fail(name, std::string("must be a list of the ids of ") + what + ".");
        else if (std::find(ids.begin(), ids.end(), id) == ids.end())
            ids.push_back(id);
    }
    return ids;
}

QJsonArray toArray(const std::vector<std::string> &texts)
{
    QJsonArray array;
    for (const std::string &text : texts)
        array.append(QString::fromStdString(text));
    return array;
}

std::string kindNames()
{
    std::string names;
    for (const CheckKind *kind : checkKinds())
        names.append(names.empty() ? "" : ", ").append(kind->name);
    return names;
}

/// Two thirds of the interval, in whole seconds where it has some.
int64_t usualTimeout(int64_t intervalMs)
{
    const int64_t share = std::max<int64_t>(1, intervalMs * 2 / 3);
    return std::min(defaultTimeoutMs, share > 1000 ? share - share % 1000 : share);
}

void readTimes(Fields &fields, Check &check)
{
    check.intervalMs = fields.durationMs("interval", defaultIntervalMs, Check::maxIntervalMs);
    if (check.intervalMs < Check::minIntervalMs)
        fields.fail("interval", "is shorter than 1s.");
    check.timeoutMs = fields.durationMs("timeout", usualTimeout(check.intervalMs), maxTimeoutMs);
    if (check.timeoutMs < 1)
        fields.fail("timeout", "must be longer than 0.");
    else if (check.timeoutMs >= check.intervalMs)
        fields.fail("timeout", "must be shorter than the interval.",
                    "Checks of one kind never overlap, so a run must end before the next begins.");
    const double retries = fields.number("retries", 2);
    if (retries < 0 || retries > maxRetries || retries != std::floor(retries))
        fields.fail("retries", "must be a whole number from 0 to " + std::to_string(maxRetries) + ".");
    else
        check.retries = int(retries);
    const double degradedMs = fields.number("degraded_ms", 0);
    if (degradedMs < 0 || degradedMs > double(maxTimeoutMs))
        fields.fail("degraded_ms", "must be from 0 (never) to " + std::to_string(maxTimeoutMs) + ".");
    else
        check.degradedMs = int64_t(degradedMs);
}

} // namespace

Result<Check> Check::fromJson(const QJsonObject &object, const Check *previous)
{
    Fields fields(object, "a check");
    fields.refuseUnknown({"id",         "version",         "created_ms",  "updated_ms",  "name",
                          "kind",       "target",          "interval",    "timeout",     "retries",
                          "expect",     "settings",        "degraded_ms", "schedule",    "grace",
                          "depends_on", "ready",           "channels",    "enabled",     "state",
                          "since_ms",   "last_run_ms",     "next_run_ms", "duration_ms", "message",
                          "confirming", "failures",        "held_by",     "error",       "ping_url",
                          "figures",    "missing_secrets", "last_ping",   "uptime"});
    Check check;
    check.name = fields.requiredText("name", 200);
    check.kind = fields.requiredText("kind", 40);
    check.target = fields.text("target", 2048);
    check.schedule = fields.text("schedule", 200);
    check.graceMs = fields.durationMs("grace", 0, maxGraceMs);
    readTimes(fields, check);
    check.dependsOn = readIds(fields, "depends_on", "checks");
    check.channels = readIds(fields, "channels", "channels");
    check.ready = fields.flag("ready", false);
    check.enabled = fields.flag("enabled", true);
    const CheckKind *kind = findCheckKind(check.kind);
    if (!check.kind.empty() && !kind)
        fields.fail("kind", "must be one of " + kindNames() + ".");
    if (kind)
        kind->read(fields, object, previous && previous->kind == check.kind ? previous : nullptr, check);
    if (Status status = fields.status(); !status)
        return status.error();
    return check;
}

QJsonObject Check::toJson() const
{
    QJsonObject object{{"id", QString::fromStdString(id)},
                       {"version", qint64(version)},
                       {"created_ms", qint64(createdMs)},
                       {"updated_ms", qint64(updatedMs)},
                       {"name", QString::fromStdString(name)},
                       {"kind", QString::fromStdString(kind)},
                       {"target", QString::fromStdString(target)},
                       {"interval", QString::fromStdString(formatDurationMs(intervalMs))},
                       {"timeout", QString::fromStdString(formatDurationMs(timeoutMs))},
                       {"retries", retries},
                       {"degraded_ms", qint64(degradedMs)},
                       {"expect", expect},
                       {"settings", settings},
                       {"depends_on", toArray(dependsOn)},
                       {"channels", toArray(channels)},
                       {"ready", ready},
                       {"enabled", enabled}};
    if (!schedule.empty())
        object.insert("schedule", QString::fromStdString(schedule));
    if (graceMs > 0)
        object.insert("grace", QString::fromStdString(formatDurationMs(graceMs)));
    return object;
}

Result<Check> Check::fromStored(const QJsonObject &object, const SecretBox &box)
{
    std::vector<std::string> missing;
    QJsonObject clear = object;
    clear.insert("settings", box.unseal(object.value("settings").toObject(), "settings", missing));
    Result<Check> check = fromJson(clear, nullptr);
    if (!check)
        return check;
    check->id = object.value("id").toString().toStdString();
    check->version = uint32_t(object.value("version").toInteger());
    check->createdMs = object.value("created_ms").toInteger();
    check->updatedMs = object.value("updated_ms").toInteger();
    check->missingSecrets = std::move(missing);
    return check;
}

QJsonObject Check::toStored(const SecretBox &box) const
{
    QJsonObject object = toJson();
    const CheckKind *known = findCheckKind(kind);
    object.insert("settings", box.seal(settings, known ? known->maskSecrets(settings) : QJsonObject()));
    return object;
}

QJsonObject Check::toMaskedJson() const
{
    QJsonObject object = toJson();
    if (const CheckKind *known = findCheckKind(kind))
        object.insert("settings", known->maskSecrets(settings));
    if (!missingSecrets.empty())
        object.insert("missing_secrets", toArray(missingSecrets));
    return object;
}

} // namespace plimsoll::alerts
