#include "ui/desktop/window/Sentence.h"

#include <QDateTime>

#include <cmath>

namespace plimsoll::desktop {

namespace {

QString clock(qint64 ms)
{
    const QDateTime at = QDateTime::fromMSecsSinceEpoch(ms);
    return at.toString(at.date() == QDate::currentDate() ? "HH:mm" : "ddd HH:mm");
}

Sentence firingSentence(const std::vector<Alarm> &alarms, size_t count)
{
    const Alarm &worst = alarms.front();
    Sentence sentence;
    sentence.standing = worst.standing();
    const char *side = worst.below() ? "below" : "above";
    sentence.head = count == 1 ? QString("1 alarm is %1 its line").arg(side)
                               : QString("%1 alarms are across their lines").arg(count);
    sentence.body = worst.name + " is " + worst.valueText();
    if (worst.threshold)
        sentence.body += ", line at " + worst.thresholdText();
    if (worst.firingSinceMs > 0)
        sentence.body +=
            ", for " + Figure::duration(QDateTime::currentMSecsSinceEpoch() - worst.firingSinceMs);
    sentence.body += '.';
    return sentence;
}

Sentence calmSentence(const std::vector<Alarm> &alarms)
{
    Sentence sentence;
    if (alarms.empty()) {
        sentence.head = "No line is drawn yet";
        sentence.body =
            "An alarm is a line on a chart. With the first one, this page says when load is too much.";
        return sentence;
    }
    sentence.head = "Everything is below its line";
    const Alarm &closest = alarms.front();
    sentence.standing = closest.standing();
    if (const auto level = closest.level(); level && *level <= 1) {
        const auto left = QString::number(std::lround((1 - *level) * 100));
        sentence.body = "Closest: " + closest.name + ", " + left + QString::fromUtf8("\u00a0% to go.");
    }
    if (sentence.standing != Standing::Ok && closest.level().value_or(0) > 1)
        sentence.head = "Nothing fires, but a line is crossed";
    return sentence;
}

} // namespace

Sentence Sentence::of(const Feed &feed)
{
    switch (feed.link()) {
    case Link::Connecting:
        return {Standing::Ok, "Connecting", "Asking " + feed.api().connection().url.toString() + '.'};
    case Link::Offline:
        return {Standing::Unreachable, "Not reachable since " + clock(feed.lostMs()),
                "Trying " + feed.api().connection().url.toString() + QString::fromUtf8(" every 5\u00a0s.")};
    case Link::KeyNeeded:
        return {Standing::Unreachable, "This Plimsoll asks for a key",
                feed.api().connection().key.isEmpty()
                    ? "Make a read key in the browser under Settings, Keys, and paste it here."
                    : "The key was refused. Make a read key in the browser under Settings, Keys."};
    case Link::Online:
        break;
    }
    if (!feed.alarmsKnown())
        return {Standing::Ok, "Connected", "Asking for alarms."};
    const auto firing = size_t(std::count_if(feed.alarms().begin(), feed.alarms().end(),
                                             [](const Alarm &alarm) { return alarm.firing(); }));
    return firing > 0 ? firingSentence(feed.alarms(), firing) : calmSentence(feed.alarms());
}

} // namespace plimsoll::desktop
