#include "alerts/mutes/QuietHours.h"

#include <QJsonArray>

namespace plimsoll::alerts {

std::optional<QuietHours> QuietHours::read(Fields &fields)
{
    const QJsonObject given = fields.object("quiet_hours");
    if (given.isEmpty())
        return {};
    Fields inner(given, "quiet hours", "quiet_hours.");
    inner.refuseUnknown({"weekdays", "from", "to", "time_zone", "pass"});
    QuietHours quiet;
    quiet.m_hours = WeeklyHours::read(inner);
    if (inner.has("pass")) {
        quiet.m_pass.clear();
        for (const QJsonValue entry : inner.array("pass", 8)) {
            if (const auto severity = severityFromName(entry.toString().toStdString()))
                quiet.m_pass.insert(*severity);
            else
                inner.fail("pass", "must be a list of \"warning\" and \"critical\".");
        }
    }
    fields.take(inner.status());
    return quiet;
}

QJsonObject QuietHours::toJson() const
{
    QJsonObject object;
    m_hours.write(object);
    QJsonArray pass;
    for (const Severity severity : m_pass)
        pass.append(QString::fromUtf8(severityName(severity).data()));
    object.insert("pass", pass);
    return object;
}

} // namespace plimsoll::alerts
