#include "alerts/channels/NotificationText.h"

#include "alerts/Unit.h"

#include <QDateTime>

namespace plimsoll::alerts {

namespace {

constexpr std::string_view ellipsis = "…";

std::string firstWord(const Notification &notification)
{
    if (notification.isTest())
        return "Test: ";
    if (notification.resolved())
        return "Resolved: ";
    return notification.severity() == "critical" ? "Critical: " : "Warning: ";
}

std::string sideOf(const std::string &op)
{
    if (op == ">")
        return "above";
    if (op == ">=")
        return "at or above";
    if (op == "<")
        return "below";
    if (op == "<=")
        return "at or below";
    return op == "==" ? "at" : "off";
}

std::string leftOutLine(size_t count)
{
    return count == 0 ? std::string() : "and " + std::to_string(count) + " more";
}

std::string paragraph(const NotifiedEpisode &episode, bool inGroup, bool groupFires)
{
    std::string text = inGroup && groupFires && !episode.firing ? "Resolved. " : "";
    for (const std::string &line : linesOf(episode))
        text.append(line).append("\n");
    if (!episode.url.empty())
        text.append(episode.url).append("\n");
    return text;
}

QDateTime utc(int64_t timestampMs) { return QDateTime::fromMSecsSinceEpoch(timestampMs, Qt::UTC); }

} // namespace

std::string titleOf(const Notification &notification)
{
    std::string title = firstWord(notification) + notification.first().name;
    if (const size_t count = notification.episodes.size() + notification.leftOut; count > 1)
        title += " (" + std::to_string(count) + " series)";
    return title;
}

std::vector<std::string> linesOf(const NotifiedEpisode &episode)
{
    std::vector<std::string> lines;
    for (const char *name : {"summary", "description"}) {
        if (const auto found = episode.annotations.find(name);
            found != episode.annotations.end() && !found->second.empty())
            lines.push_back(found->second);
    }
    for (const std::string &line :
         {episode.message, measureOf(episode), normalOf(episode), labelsOf(episode), sinceOf(episode)}) {
        if (!line.empty())
            lines.push_back(line);
    }
    return lines;
}

std::string measureOf(const NotifiedEpisode &episode)
{
    const Unit unit = Unit::fromName(episode.unit);
    const std::string line = quantityText(episode.threshold, unit);
    if (!episode.firing && episode.peak && !episode.op.empty())
        return "At worst " + quantityText(*episode.peak, unit) + ", its line is " + line;
    if (!episode.value)
        return {};
    const std::string value = quantityText(*episode.value, unit);
    return episode.op.empty() ? value : value + ", " + sideOf(episode.op) + " its line of " + line;
}

std::string normalOf(const NotifiedEpisode &episode)
{
    if (!episode.firing || !episode.normal)
        return {};
    const Unit unit = Unit::fromName(episode.unit);
    return "Normal for that hour: " + quantityText(episode.normal->first, unit) + " to " +
           quantityText(episode.normal->second, unit);
}

std::string sinceOf(const NotifiedEpisode &episode)
{
    if (episode.endedMs)
        return "From " + timeText(episode.startedMs) + " to " + timeText(*episode.endedMs) + ", " +
               lengthText(*episode.endedMs - episode.startedMs);
    std::string text = "Since " + timeText(episode.startedMs);
    if (episode.deploy)
        text +=
            ", " + lengthText(episode.startedMs - episode.deploy->atMs) + " after " + episode.deploy->title;
    return text;
}

std::string labelsOf(const NotifiedEpisode &episode)
{
    std::string text;
    for (const auto &[name, value] : episode.labels)
        text.append(text.empty() ? "" : ", ").append(name).append("=").append(value);
    return text;
}

std::string timeText(int64_t timestampMs)
{
    return utc(timestampMs).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss 'UTC'")).toStdString();
}

std::string rfc3339(int64_t timestampMs)
{
    return utc(timestampMs).toString(Qt::ISODateWithMs).toStdString();
}

std::string plainText(const Notification &notification, size_t maxBytes, bool withTitle)
{
    std::string text = withTitle ? titleOf(notification) + "\n\n" : std::string();
    const bool inGroup = notification.episodes.size() > 1;
    size_t told = 0;
    for (const NotifiedEpisode &episode : notification.episodes) {
        const std::string next = paragraph(episode, inGroup, !notification.resolved());
        if (told > 0 && text.size() + next.size() + 32 > maxBytes)
            break;
        text.append(told > 0 ? "\n" : "").append(next);
        told++;
    }
    text += leftOutLine(notification.episodes.size() - told + notification.leftOut);
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return cutBytes(text, maxBytes);
}

std::string cutBytes(const std::string &text, size_t maxBytes)
{
    if (text.size() <= maxBytes)
        return text;
    size_t end = maxBytes < ellipsis.size() ? 0 : maxBytes - ellipsis.size();
    while (end > 0 && (uint8_t(text[end]) & 0xc0) == 0x80)
        end--;
    return text.substr(0, end).append(maxBytes < ellipsis.size() ? "" : ellipsis);
}

std::string cutUtf16(const std::string &text, size_t maxUnits)
{
    QString units = QString::fromStdString(text);
    if (size_t(units.size()) <= maxUnits || maxUnits == 0)
        return maxUnits == 0 ? std::string() : text;
    units.truncate(qsizetype(maxUnits - 1));
    if (!units.isEmpty() && units.back().isHighSurrogate())
        units.chop(1);
    return units.toStdString().append(ellipsis);
}

} // namespace plimsoll::alerts
