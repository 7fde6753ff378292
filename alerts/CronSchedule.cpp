#include "alerts/CronSchedule.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <span>

namespace plimsoll::alerts {

namespace {

constexpr int64_t minuteMs = 60'000;
constexpr int64_t hourMs = 60 * minuteMs;
constexpr int64_t dayMs = 24 * hourMs;
constexpr int64_t longestSkipMs = 3 * hourMs; ///< beyond it nothing is made up for
constexpr int maxSearchedDays = 41 * 366;     ///< a weekday on 29 February, over a year 2100

constexpr std::array<std::string_view, 12> monthNames{"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> dayNames{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct FieldKind
{
    const char *name;
    int first;
    int last;
    std::span<const std::string_view> names;
};
constexpr FieldKind minuteField{"minute", 0, 59, {}};
constexpr FieldKind hourField{"hour", 0, 23, {}};
constexpr FieldKind dayOfMonthField{"day of the month", 1, 31, {}};
const FieldKind monthField{"month", 1, 12, monthNames};
const FieldKind dayOfWeekField{"day of the week", 0, 7, dayNames};

constexpr const char *formHint = "Write five fields, minute hour day month weekday: \"30 3 * * MON-FRI\".";

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> nicknames{{{"@hourly", "0 * * * *"},
                                                                                  {"@daily", "0 0 * * *"},
                                                                                  {"@midnight", "0 0 * * *"},
                                                                                  {"@weekly", "0 0 * * 0"},
                                                                                  {"@monthly", "0 0 1 * *"},
                                                                                  {"@yearly", "0 0 1 1 *"},
                                                                                  {"@annually", "0 0 1 1 *"},
                                                                                  {"", ""}}};

Error wrong(const FieldKind &field, std::string_view text, const std::string &problem)
{
    return {ErrorCode::Invalid,
            "The " + std::string(field.name) + " \"" + std::string(text) + "\" " + problem + ".", formHint};
}

std::string lowered(std::string_view text)
{
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return lower;
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    while (true) {
        const size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

std::vector<std::string_view> words(std::string_view text)
{
    std::vector<std::string_view> found;
    while (true) {
        const size_t begin = text.find_first_not_of(" \t");
        if (begin == std::string_view::npos)
            return found;
        const size_t end = std::min(text.find_first_of(" \t", begin), text.size());
        found.push_back(text.substr(begin, end - begin));
        text.remove_prefix(end);
    }
}

std::optional<int> wholeNumber(std::string_view text)
{
    int number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = failure == std::errc() && end == text.data() + text.size() && text.front() != '-';
    return whole ? std::optional(number) : std::nullopt;
}

/// A number or a name of the field.
Result<int> valueOf(std::string_view text, const FieldKind &field)
{
    const auto name = std::find(field.names.begin(), field.names.end(), lowered(text));
    if (name != field.names.end())
        return int(name - field.names.begin()) + field.first;
    const auto number = text.empty() ? std::nullopt : wholeNumber(text);
    if (!number)
        return wrong(field, text, "is not a number");
    if (*number < field.first || *number > field.last)
        return wrong(field, text,
                     "is not from " + std::to_string(field.first) + " to " + std::to_string(field.last));
    return *number;
}

/// The values of one part of a list: `*`, `5`, `5-10`, each with `/step`.
Result<uint64_t> valuesOfPart(std::string_view part, const FieldKind &field)
{
    const size_t slash = part.find('/');
    const std::string_view range = part.substr(0, slash);
    int step = 1;
    if (slash != std::string_view::npos) {
        const std::string_view text = part.substr(slash + 1);
        const auto number = text.empty() ? std::nullopt : wholeNumber(text);
        if (!number || *number < 1 || *number > field.last)
            return wrong(field, part, "has a step that is not from 1 to " + std::to_string(field.last));
        step = *number;
    }
    int first = field.first;
    int last = field.last;
    if (range != "*" && range != "?") {
        const size_t dash = range.find('-');
        const Result<int> from = valueOf(range.substr(0, dash), field);
        if (!from)
            return from.error();
        const Result<int> to = dash == std::string_view::npos ? from : valueOf(range.substr(dash + 1), field);
        if (!to)
            return to.error();
        first = *from;
        // "5/15" goes on to the end, as most crons have it; "5" is itself alone.
        last = dash == std::string_view::npos && step > 1 ? field.last : *to;
    }
    if (first > last)
        return wrong(field, part, "goes backwards");
    uint64_t bits = 0;
    for (int value = first; value <= last; value += step)
        bits |= 1ULL << value;
    return bits;
}

Result<uint64_t> valuesOf(std::string_view text, const FieldKind &field)
{
    uint64_t bits = 0;
    for (const std::string_view part : split(text, ',')) {
        const Result<uint64_t> values = valuesOfPart(part, field);
        if (!values)
            return values.error();
        bits |= *values;
    }
    return bits;
}

bool isWildcard(std::string_view field) { return field.front() == '*' || field.front() == '?'; }
bool has(uint64_t bits, int value) { return (bits >> value & 1) != 0; }

std::chrono::year_month_day civil(int64_t day) { return std::chrono::sys_days(std::chrono::days(day)); }

int daysIn(const std::chrono::year_month_day &date)
{
    return int(
        unsigned(std::chrono::year_month_day_last(date.year() / date.month() / std::chrono::last).day()));
}

} // namespace

Result<CronSchedule> CronSchedule::parse(std::string_view text, const std::string &zone)
{
    CronSchedule schedule;
    schedule.m_text = std::string(text);
    schedule.m_zone = QTimeZone(QByteArray::fromStdString(zone));
    if (!schedule.m_zone.isValid())
        return Error{ErrorCode::Invalid, "There is no time zone \"" + zone + "\".",
                     "Write its IANA name, such as \"Europe/Berlin\"."};
    for (const auto &[name, meaning] : nicknames) {
        if (!name.empty() && lowered(text) == name)
            text = meaning;
    }
    if (const Status status = schedule.readFields(text); !status)
        return status.error();
    if (!schedule.next(0))
        return Error{ErrorCode::Invalid, "\"" + schedule.m_text + "\" names a day that never comes.", {}};
    return schedule;
}

Status CronSchedule::readFields(std::string_view text)
{
    const std::vector<std::string_view> fields = words(text);
    if (fields.size() != 5)
        return Error{ErrorCode::Invalid,
                     "A cron schedule has five fields; \"" + std::string(text) + "\" has " +
                         std::to_string(fields.size()) + ".",
                     formHint};
    const Result<uint64_t> minutes = valuesOf(fields[0], minuteField);
    if (!minutes)
        return minutes.error();
    const Result<uint64_t> hours = valuesOf(fields[1], hourField);
    if (!hours)
        return hours.error();
    const Result<uint64_t> months = valuesOf(fields[3], monthField);
    if (!months)
        return months.error();
    m_minutes = *minutes;
    m_hours = *hours;
    m_months = *months;
    m_fixedTimes = !isWildcard(fields[0]) && !isWildcard(fields[1]);
    if (const Status status = readDayOfMonth(fields[2]); !status)
        return status;
    return readDayOfWeek(fields[4]);
}

Status CronSchedule::readDayOfMonth(std::string_view field)
{
    m_anyDayOfMonth = isWildcard(field);
    for (const std::string_view part : split(field, ',')) {
        if (lowered(part) == "l") {
            m_lastDayOfMonth = true;
            continue;
        }
        const Result<uint64_t> days = valuesOfPart(part, dayOfMonthField);
        if (!days)
            return days.error();
        m_daysOfMonth |= *days;
    }
    return {};
}

Status CronSchedule::readDayOfWeek(std::string_view field)
{
    m_anyDayOfWeek = isWildcard(field);
    for (const std::string_view part : split(field, ',')) {
        const size_t hash = part.find('#');
        const bool last = hash == std::string_view::npos && part.size() > 1 && lowered(part).back() == 'l';
        if (hash == std::string_view::npos && !last) {
            const Result<uint64_t> days = valuesOfPart(part, dayOfWeekField);
            if (!days)
                return days.error();
            m_daysOfWeek |= *days;
            continue;
        }
        const Result<int> day =
            valueOf(last ? part.substr(0, part.size() - 1) : part.substr(0, hash), dayOfWeekField);
        if (!day)
            return day.error();
        const auto week = last || hash + 1 == part.size() ? std::nullopt : wholeNumber(part.substr(hash + 1));
        if (!last && (!week || *week < 1 || *week > 5))
            return wrong(dayOfWeekField, part, "has a week that is not from 1 to 5");
        m_weeksOfDay[size_t(*day % 7)] |= uint8_t(1 << week.value_or(0));
    }
    if (has(m_daysOfWeek, 7))
        m_daysOfWeek |= 1;
    return {};
}

bool CronSchedule::matchesDay(Day day) const
{
    const std::chrono::year_month_day date = civil(day);
    if (!has(m_months, int(unsigned(date.month()))))
        return false;
    const int dayOfMonth = int(unsigned(date.day()));
    const int lastDay = daysIn(date);
    const bool monthDay = has(m_daysOfMonth, dayOfMonth) || (m_lastDayOfMonth && dayOfMonth == lastDay);
    const int dayOfWeek = int(((day + 4) % 7 + 7) % 7);
    const uint8_t weeks = m_weeksOfDay[size_t(dayOfWeek)];
    const bool weekDay = has(m_daysOfWeek, dayOfWeek) || has(weeks, (dayOfMonth - 1) / 7 + 1) ||
                         (has(weeks, 0) && dayOfMonth + 7 > lastDay);
    return m_anyDayOfMonth || m_anyDayOfWeek ? monthDay && weekDay : monthDay || weekDay;
}

bool CronSchedule::matchesMinute(int minute) const
{
    return has(m_hours, minute / 60) && has(m_minutes, minute % 60);
}

std::optional<int64_t> CronSchedule::next(int64_t afterMs) const
{
    const int64_t localMs = afterMs + offsetMs(afterMs);
    // A clock that is put back over midnight lives the day before again.
    const Day begin = (localMs >= 0 ? localMs : localMs - dayMs + 1) / dayMs - 1;
    for (Day day = begin; day < begin + maxSearchedDays; day++) {
        if (!matchesDay(day))
            continue;
        if (const auto found = firstOf(day, afterMs))
            return found;
    }
    return {};
}

std::optional<int64_t> CronSchedule::firstOf(Day day, int64_t afterMs) const
{
    const int64_t midnight = day * dayMs;
    const int64_t before = offsetMs(midnight - dayMs);
    const int64_t after = offsetMs(midnight + 2 * dayMs);
    if (before != after)
        return firstOfChangingDay(day, afterMs, before, after);
    for (int minute = 0; minute < 24 * 60; minute++) {
        const int64_t atMs = midnight + minute * minuteMs - before;
        if (atMs > afterMs && matchesMinute(minute))
            return atMs;
    }
    return {};
}

/// The same for a day about which the zone's offset changes.
std::optional<int64_t> CronSchedule::firstOfChangingDay(Day day, int64_t afterMs, int64_t before,
                                                        int64_t after) const
{
    std::optional<int64_t> first;
    for (int minute = 0; minute < 24 * 60; minute++) {
        if (!matchesMinute(minute))
            continue;
        for (const int64_t atMs : instantsOf(day * dayMs + minute * minuteMs, before, after)) {
            if (atMs > afterMs && (!first || atMs < *first))
                first = atMs;
        }
    }
    return first;
}

/// The instants at which a local time is due, where the offset is `before` until it is `after`.
std::vector<int64_t> CronSchedule::instantsOf(int64_t localMs, int64_t before, int64_t after) const
{
    std::vector<int64_t> instants;
    for (const int64_t offset : {before, after}) {
        if (offsetMs(localMs - offset) == offset)
            instants.push_back(localMs - offset);
    }
    std::sort(instants.begin(), instants.end());
    if (instants.size() == 2 && m_fixedTimes)
        instants.pop_back();
    if (instants.empty() && m_fixedTimes && after - before <= longestSkipMs)
        instants.push_back(changeBetween(localMs - after, localMs - before));
    return instants;
}

/// When the offset changes, within a span in which it does once.
int64_t CronSchedule::changeBetween(int64_t fromMs, int64_t toMs) const
{
    const int64_t before = offsetMs(fromMs);
    while (toMs - fromMs > 1) {
        const int64_t middle = fromMs + (toMs - fromMs) / 2;
        (offsetMs(middle) == before ? fromMs : toMs) = middle;
    }
    return toMs;
}

int64_t CronSchedule::offsetMs(int64_t atMs) const
{
    return 1000LL * m_zone.offsetFromUtc(QDateTime::fromMSecsSinceEpoch(atMs, Qt::UTC));
}

} // namespace plimsoll::alerts
