#include "alerts/mutes/WeeklyHours.h"

#include <QDateTime>
#include <QJsonArray>

namespace plimsoll::alerts {

namespace {

constexpr std::array<const char *, 7> dayNames{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

int readMinute(Fields &fields, const char *name)
{
    const std::string text = fields.requiredText(name, 8);
    const QTime time = QTime::fromString(QString::fromStdString(text), QStringLiteral("HH:mm"));
    if (text == "24:00")
        return 0;
    if (!text.empty() && !time.isValid())
        fields.fail(name, "must be a time of day.", "Write it like \"22:00\".");
    return time.isValid() ? time.hour() * 60 + time.minute() : 0;
}

QString minuteText(int minute) { return QTime(minute / 60, minute % 60).toString(QStringLiteral("HH:mm")); }

unsigned readDays(Fields &fields)
{
    if (!fields.has("weekdays"))
        return 0x7f;
    unsigned days = 0;
    for (const QJsonValue entry : fields.array("weekdays", 7)) {
        const std::string name = entry.toString().toLower().left(3).toStdString();
        const auto day = std::find(dayNames.begin(), dayNames.end(), name);
        if (day == dayNames.end())
            fields.fail("weekdays", "must be a list of \"mon\", \"tue\", … \"sun\".");
        else
            days |= 1U << (day - dayNames.begin());
    }
    if (days == 0)
        fields.fail("weekdays", "is empty.", "Leave it out for every day.");
    return days;
}

} // namespace

QTimeZone readTimeZone(Fields &fields)
{
    const std::string name = fields.text("time_zone", 64);
    if (name.empty())
        return QTimeZone::utc();
    // A QTimeZone of any short word is valid: it is taken for a POSIX rule.
    const QByteArray id = QByteArray::fromStdString(name);
    if (QTimeZone::isTimeZoneIdAvailable(id))
        return QTimeZone(id);
    fields.fail("time_zone", "is not a time zone that is known here.",
                "Use a name such as \"Europe/Berlin\".");
    return QTimeZone::utc();
}

WeeklyHours WeeklyHours::read(Fields &fields)
{
    WeeklyHours hours;
    hours.m_days = readDays(fields);
    hours.m_from = readMinute(fields, "from");
    hours.m_to = readMinute(fields, "to");
    hours.m_zone = readTimeZone(fields);
    return hours;
}

void WeeklyHours::write(QJsonObject &object) const
{
    QJsonArray days;
    for (size_t i = 0; i < dayNames.size(); i++) {
        if (m_days & (1U << i))
            days.append(QString::fromLatin1(dayNames[i]));
    }
    object.insert("weekdays", days);
    object.insert("from", minuteText(m_from));
    object.insert("to", minuteText(m_to));
    object.insert("time_zone", QString::fromUtf8(m_zone.id()));
}

bool WeeklyHours::contains(int64_t atMs) const
{
    const QDateTime local = QDateTime::fromMSecsSinceEpoch(atMs, m_zone);
    const int minute = local.time().hour() * 60 + local.time().minute();
    const int day = local.date().dayOfWeek() - 1;
    const auto begins = [this](int on) { return (m_days >> ((on + 7) % 7)) & 1U; };
    if (m_from < m_to)
        return begins(day) && minute >= m_from && minute < m_to;
    return (begins(day) && minute >= m_from) || (begins(day - 1) && minute < m_to);
}

std::pair<int64_t, int64_t> WeeklyHours::next(int64_t nowMs) const
{
    const QDate today = QDateTime::fromMSecsSinceEpoch(nowMs, m_zone).date();
    const auto instant = [this](QDate date, int minute) {
        return QDateTime(date, QTime(minute / 60, minute % 60), m_zone).toMSecsSinceEpoch();
    };
    for (int ahead = -1;; ahead++) {
        const QDate date = today.addDays(ahead);
        const int64_t endMs = instant(m_from < m_to ? date : date.addDays(1), m_to);
        if (((m_days >> (date.dayOfWeek() - 1)) & 1U) && endMs > nowMs)
            return {instant(date, m_from), endMs};
    }
}

} // namespace plimsoll::alerts
