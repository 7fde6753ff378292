#include "storage/engine/rollup/DayCalendar.h"

#include <QDateTime>
#include <QTimeZone>

#include <algorithm>
#include <charconv>

namespace plimsoll {

namespace {

constexpr int64_t dayMs = 86'400'000;

Day utcDay(int64_t timestampMs)
{
    const int64_t rest = timestampMs % dayMs;
    const int64_t start = timestampMs - (rest < 0 ? rest + dayMs : rest);
    return {start, start + dayMs, "UTC"};
}

Day dayIn(const std::string &zone, int64_t timestampMs)
{
    if (zone == "UTC")
        return utcDay(timestampMs);
    const QTimeZone timeZone(QByteArray::fromStdString(zone));
    const QDate date = QDateTime::fromMSecsSinceEpoch(timestampMs, timeZone).date();
    return {date.startOfDay(timeZone).toMSecsSinceEpoch(),
            date.addDays(1).startOfDay(timeZone).toMSecsSinceEpoch(), zone};
}

} // namespace

bool DayCalendar::isZone(const std::string &name)
{
    return QTimeZone(QByteArray::fromStdString(name)).isValid();
}

DayCalendar::DayCalendar(std::string_view text, const std::string &wantedZone, int64_t nowMs)
{
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        Era era{INT64_MIN, {}};
        const char *end = line.data() + line.size();
        const char *after = std::from_chars(line.data(), end, era.fromMs).ptr;
        if (after != end)
            era.zone = std::string(after + 1, end);
        if (isZone(era.zone))
            m_eras.push_back(std::move(era));
    }
    const std::string zone = isZone(wantedZone) ? wantedZone : "UTC";
    if (m_eras.empty())
        m_eras.push_back({INT64_MIN, zone});
    else if (m_eras.back().zone != zone)
        m_eras.push_back({dayOf(nowMs).endMs, zone});
}

Day DayCalendar::dayOf(int64_t timestampMs) const
{
    const auto after = std::upper_bound(m_eras.begin(), m_eras.end(), timestampMs,
                                        [](int64_t ms, const Era &era) { return ms < era.fromMs; });
    const auto era = after == m_eras.begin() ? after : after - 1;
    Day day = dayIn(era->zone, timestampMs);
    day.startMs = std::max(day.startMs, era->fromMs);
    if (after != m_eras.end())
        day.endMs = std::min(day.endMs, after->fromMs);
    return day;
}

std::string DayCalendar::text() const
{
    std::string out;
    for (const Era &era : m_eras)
        out += std::to_string(era.fromMs) + " " + era.zone + "\n";
    return out;
}

} // namespace plimsoll
