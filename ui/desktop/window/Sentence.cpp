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

QString percentLeft(double level)
{
    return QString::number(std::max(0l, std::lround((1 - level) * 100))) + QString::fromUtf8("\u00a0%");
}

Sentence firingSentence(const Feed &feed, size_t count)
{
    const std::vector<Alarm> &alarms = feed.alarms();
    const Alarm &worst = alarms.front();
    const bool allAbove = std::none_of(alarms.begin(), alarms.end(),
                                       [](const Alarm &alarm) { return alarm.firing() && alarm.below(); });
    Sentence sentence;
    sentence.standing = worst.standing();
    const QString side = allAbove ? "above" : "beyond";
    sentence.head = count == 1 ? QString("1 alarm is %1 its line").arg(side)
                               : QString("%1 alarms are %2 their lines").arg(count).arg(side);
    sentence.body = worst.name + " is " + worst.valueText();
    if (worst.threshold)
        sentence.body += ", line at " + worst.thresholdText();
    if (worst.firingSinceMs > 0)
        sentence.body +=
            ", for " + Figure::duration(QDateTime::currentMSecsSinceEpoch() - worst.firingSinceMs);
    sentence.body += '.';
    const auto episode = std::find_if(feed.firing().begin(), feed.firing().end(),
                                      [&](const Episode &one) { return one.ruleId == worst.id; });
    sentence.page = episode != feed.firing().end() ? "/alerts/episodes/" + episode->id : "/alerts";
    sentence.action = "Open episode";
    return sentence;
}

Sentence brokenSentence(const Alarm &broken, qsizetype count)
{
    const QString head = count == 1 ? QString("1 alarm cannot be evaluated")
                                    : QString("%1 alarms cannot be evaluated").arg(count);
    return {Standing::Warn, head, broken.name + ": " + broken.error, "/alerts/rules/" + broken.id,
            "Open alarm"};
}

Sentence calmSentence(const std::vector<Alarm> &alarms)
{
    if (alarms.empty())
        return {Standing::Ok, "Nothing is watched yet",
                "An alarm is a line on a chart. Draw one, and this page says how near it is.", "/alerts/new",
                "Draw a line"};
    const auto isBroken = [](const Alarm &alarm) { return alarm.state == "error"; };
    const auto broken = std::find_if(alarms.begin(), alarms.end(), isBroken);
    if (broken != alarms.end())
        return brokenSentence(*broken, std::count_if(alarms.begin(), alarms.end(), isBroken));
    const Alarm &closest = alarms.front();
    const double level = closest.level().value_or(0);
    if (level > 1)
        return {Standing::Warn, "One alarm is about to fire",
                closest.name + " is " + (closest.below() ? "below" : "above") + " its line.",
                "/alerts/rules/" + closest.id, "Open alarm"};
    Sentence sentence;
    sentence.standing = closest.standing();
    sentence.head = closest.below() ? "Everything is within its line" : "Everything is below its line";
    if (closest.level())
        sentence.body = "Closest: " + closest.name + ", " + percentLeft(level) + " to go.";
    return sentence;
}

} // namespace

Sentence Sentence::of(const Feed &feed)
{
    switch (feed.link()) {
    case Link::Connecting:
        return {Standing::Ok, "Connecting", "Asking " + feed.api().connection().url.toString() + '.', {}, {}};
    case Link::Offline:
        return {Standing::Unreachable,
                feed.host().isEmpty() ? QString("Nothing answers yet")
                                      : "Not reachable since " + clock(feed.lostMs()),
                feed.reason() + ". Trying " + feed.api().connection().url.toString() +
                    QString::fromUtf8(" every 5\u00a0s."),
                {},
                {}};
    case Link::KeyNeeded:
        return {Standing::Unreachable,
                "This Plimsoll asks who you are",
                feed.refusal().isEmpty() ? "Type its password, or paste a read key." : feed.refusal(),
                {},
                {}};
    case Link::Online:
        break;
    }
    if (!feed.alarmsKnown())
        return {Standing::Ok, "Connected", "Asking for alarms.", {}, {}};
    const auto firing = size_t(std::count_if(feed.alarms().begin(), feed.alarms().end(),
                                             [](const Alarm &alarm) { return alarm.firing(); }));
    return firing > 0 ? firingSentence(feed, firing) : calmSentence(feed.alarms());
}

} // namespace plimsoll::desktop
