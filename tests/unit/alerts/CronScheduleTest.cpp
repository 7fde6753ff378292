#include "alerts/CronSchedule.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;

namespace {

int64_t msOf(const QString &text) { return QDateTime::fromString(text, Qt::ISODate).toMSecsSinceEpoch(); }

QString textOf(int64_t ms)
{
    return QDateTime::fromMSecsSinceEpoch(ms, Qt::UTC).toString(QStringLiteral("yyyy-MM-ddTHH:mm:ssZ"));
}

/// The next instants, as many as `count`.
QStringList nextOf(const CronSchedule &schedule, const QString &after, int count)
{
    QStringList found;
    int64_t atMs = msOf(after);
    while (count-- > 0) {
        const auto next = schedule.next(atMs);
        if (!next)
            return found << QStringLiteral("never");
        atMs = *next;
        found << textOf(atMs);
    }
    return found;
}

} // namespace

class CronScheduleTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void recurs_data();
    void recurs();
    void refuses_data();
    void refuses();
    void keepsItsText();
    void neverGoesBackOrRepeats_data();
    void neverGoesBackOrRepeats();
};

void CronScheduleTest::recurs_data()
{
    QTest::addColumn<QString>("cron");
    QTest::addColumn<QString>("zone");
    QTest::addColumn<QString>("after");
    QTest::addColumn<QStringList>("expected");

    const auto row = [](const char *name, const char *cron, const char *zone, const char *after,
                        const QStringList &expected) {
        QTest::newRow(name) << cron << zone << after << expected;
    };
    const char *tuesday = "2026-01-06T12:00:00Z";

    row("every minute", "* * * * *", "UTC", tuesday, {"2026-01-06T12:01:00Z", "2026-01-06T12:02:00Z"});
    row("between minutes", "* * * * *", "UTC", "2026-01-06T12:00:59Z", {"2026-01-06T12:01:00Z"});
    row("before the epoch", "0 0 * * *", "UTC", "1969-12-30T12:00:00Z",
        {"1969-12-31T00:00:00Z", "1970-01-01T00:00:00Z"});
    row("steps", "*/20 * * * *", "UTC", tuesday,
        {"2026-01-06T12:20:00Z", "2026-01-06T12:40:00Z", "2026-01-06T13:00:00Z"});
    row("a step from a value", "50/5 * * * *", "UTC", tuesday,
        {"2026-01-06T12:50:00Z", "2026-01-06T12:55:00Z", "2026-01-06T13:50:00Z"});
    row("a list of ranges", "0 8-9,17 * * *", "UTC", tuesday,
        {"2026-01-06T17:00:00Z", "2026-01-07T08:00:00Z", "2026-01-07T09:00:00Z"});
    row("a range with a step", "0 0-12/6 * * *", "UTC", tuesday,
        {"2026-01-07T00:00:00Z", "2026-01-07T06:00:00Z", "2026-01-07T12:00:00Z"});
    row("names of days", "0 9 * * MON-wed", "UTC", "2026-01-07T09:00:00Z", {"2026-01-12T09:00:00Z"});
    row("names of months", "0 0 1 Feb,apr *", "UTC", tuesday,
        {"2026-02-01T00:00:00Z", "2026-04-01T00:00:00Z", "2027-02-01T00:00:00Z"});
    row("7 is Sunday", "0 0 * * 7", "UTC", tuesday, {"2026-01-11T00:00:00Z"});
    row("5-7 is Friday to Sunday", "0 0 * * 5-7", "UTC", tuesday,
        {"2026-01-09T00:00:00Z", "2026-01-10T00:00:00Z", "2026-01-11T00:00:00Z", "2026-01-16T00:00:00Z"});
    row("either day suffices", "0 0 13 * FRI", "UTC", tuesday,
        {"2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z", "2026-01-16T00:00:00Z"});
    row("a star with a step restricts both", "0 0 */10 * MON", "UTC", tuesday,
        {"2026-05-11T00:00:00Z", "2026-06-01T00:00:00Z"});
    row("the last day of the month", "0 0 L * *", "UTC", tuesday,
        {"2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z"});
    row("the last Friday", "0 0 * * 5L", "UTC", tuesday, {"2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z"});
    row("the second Tuesday", "0 0 * * TUE#2", "UTC", tuesday,
        {"2026-01-13T00:00:00Z", "2026-02-10T00:00:00Z"});
    row("the fifth Saturday", "0 0 * * 6#5", "UTC", tuesday,
        {"2026-01-31T00:00:00Z", "2026-05-30T00:00:00Z"});
    row("a leap day", "0 0 29 2 *", "UTC", tuesday, {"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"});
    row("a leap day over 2100", "0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", {"2104-02-29T00:00:00Z"});
    row("the 31st leaves short months out", "0 0 31 * *", "UTC", "2026-01-31T00:00:00Z",
        {"2026-03-31T00:00:00Z"});
    row("@daily", "@daily", "UTC", tuesday, {"2026-01-07T00:00:00Z"});
    row("@Hourly", "@Hourly", "UTC", tuesday, {"2026-01-06T13:00:00Z"});
    row("@weekly", "@weekly", "UTC", tuesday, {"2026-01-11T00:00:00Z"});
    row("@yearly", "@yearly", "UTC", tuesday, {"2027-01-01T00:00:00Z"});
    row("blanks and tabs", "  0\t3 *  * * ", "UTC", tuesday, {"2026-01-07T03:00:00Z"});
    row("a question mark", "0 3 ? * *", "UTC", tuesday, {"2026-01-07T03:00:00Z"});

    row("in a zone", "0 3 * * *", "Asia/Tokyo", tuesday, {"2026-01-06T18:00:00Z"});
    row("in a zone of half an hour", "0 3 * * *", "Asia/Kolkata", tuesday, {"2026-01-06T21:30:00Z"});
    row("in a zone a day ahead", "0 0 7 1 *", "Pacific/Kiritimati", "2026-01-06T09:59:59Z",
        {"2026-01-06T10:00:00Z"});

    // Berlin: 29 March 2026, 02:00 becomes 03:00 (01:00 UTC); 25 October, 03:00 becomes 02:00 (01:00 UTC).
    row("winter, then summer", "0 12 * * *", "Europe/Berlin", "2026-03-27T12:00:00Z",
        {"2026-03-28T11:00:00Z", "2026-03-29T10:00:00Z", "2026-03-30T10:00:00Z"});
    row("a skipped time runs right after the skip", "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
        {"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"});
    row("skipped times run once", "0,15,30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
        {"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"});
    row("a skipped time and the one after it", "0 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
        {"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"});
    row("wildcards have no skipped times", "30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z",
        {"2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"});
    row("every ten minutes of a skipped hour", "*/10 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z",
        {"2026-03-30T00:00:00Z"});
    row("a time that comes twice runs once", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z",
        {"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"});
    row("the second pass has begun already", "30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z",
        {"2026-10-26T01:30:00Z"});
    row("wildcards run in both passes", "30 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z",
        {"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"});
    row("minutes run in both passes", "*/30 2 * * *", "Europe/Berlin", "2026-10-24T23:30:00Z",
        {"2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z",
         "2026-10-26T01:00:00Z"});
    // Lord Howe Island changes by half an hour: 5 April 2026, 02:00 becomes 01:30 (15:00 UTC the day before).
    row("half an hour comes twice", "45 1 * * *", "Australia/Lord_Howe", "2026-04-04T00:00:00Z",
        {"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"});
    // 4 October 2026, 02:00 becomes 02:30 (15:30 UTC the day before).
    row("half an hour is skipped", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z",
        {"2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"});
    // Beirut, 29 March 2026: midnight becomes 01:00 (22:00 UTC the day before).
    row("a midnight that is skipped", "0 0 * * *", "Asia/Beirut", "2026-03-28T12:00:00Z",
        {"2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"});
    row("a weekday whose midnight is skipped", "0 0 * * SUN", "Asia/Beirut", "2026-03-28T12:00:00Z",
        {"2026-03-28T22:00:00Z", "2026-04-04T21:00:00Z"});
    // Beirut, 25 October 2026: midnight becomes 23:00 (21:00 UTC the day before), so 23:30 comes twice.
    row("a clock that is put back over midnight", "30 23 * * *", "Asia/Beirut", "2026-10-24T12:00:00Z",
        {"2026-10-24T20:30:00Z", "2026-10-25T21:30:00Z"});
    row("wildcards over that midnight", "30 * * * *", "Asia/Beirut", "2026-10-24T20:00:00Z",
        {"2026-10-24T20:30:00Z", "2026-10-24T21:30:00Z", "2026-10-24T22:30:00Z"});
    row("the day after it begins once", "0 0 25 10 *", "Asia/Beirut", "2026-10-24T12:00:00Z",
        {"2026-10-24T22:00:00Z", "2027-10-24T21:00:00Z"});
    // Samoa had no 30 December 2011.
    row("a day that did not exist", "0 12 * * *", "Pacific/Apia", "2011-12-29T00:00:00Z",
        {"2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"});
}

void CronScheduleTest::recurs()
{
    QFETCH(QString, cron);
    QFETCH(QString, zone);
    QFETCH(QString, after);
    QFETCH(QStringList, expected);
    const auto schedule = CronSchedule::parse(cron.toStdString(), zone.toStdString());
    QVERIFY2(schedule, schedule ? "" : schedule.error().message.c_str());
    QCOMPARE(nextOf(*schedule, after, int(expected.size())), expected);
}

void CronScheduleTest::refuses_data()
{
    QTest::addColumn<QString>("cron");
    QTest::addColumn<QString>("says");

    QTest::newRow("empty") << ""
                           << "has five fields";
    QTest::newRow("four fields") << "0 3 * *"
                                 << "has 4";
    QTest::newRow("seconds") << "0 0 3 * * *"
                             << "has 6";
    QTest::newRow("@reboot") << "@reboot"
                             << "has 1";
    QTest::newRow("a high minute") << "60 * * * *"
                                   << "minute \"60\" is not from 0 to 59";
    QTest::newRow("a high hour") << "0 24 * * *"
                                 << "hour \"24\" is not from 0 to 23";
    QTest::newRow("day 0") << "0 0 0 * *"
                           << "day of the month \"0\" is not from 1 to 31";
    QTest::newRow("month 13") << "0 0 1 13 *"
                              << "month \"13\" is not from 1 to 12";
    QTest::newRow("weekday 8") << "0 0 * * 8"
                               << "day of the week \"8\" is not from 0 to 7";
    QTest::newRow("a word") << "x * * * *"
                            << "minute \"x\" is not a number";
    QTest::newRow("a wrong name") << "0 0 * * MOND"
                                  << "day of the week \"MOND\" is not a number";
    QTest::newRow("negative") << "-5 * * * *"
                              << "minute \"\" is not a number";
    QTest::newRow("backwards") << "0 9-8 * * *"
                               << "hour \"9-8\" goes backwards";
    QTest::newRow("an empty part") << "0,,5 * * * *"
                                   << "minute \"\" is not a number";
    QTest::newRow("step 0") << "*/0 * * * *"
                            << "minute \"*/0\" has a step";
    QTest::newRow("no step") << "*/ * * * *"
                             << "minute \"*/\" has a step";
    QTest::newRow("two steps") << "*/5/5 * * * *"
                               << "has a step";
    QTest::newRow("a long number") << "99999999999 * * * *"
                                   << "is not a number";
    QTest::newRow("week 6") << "0 0 * * 1#6"
                            << "has a week that is not from 1 to 5";
    QTest::newRow("no week") << "0 0 * * 1#"
                             << "has a week that is not from 1 to 5";
    QTest::newRow("30 February") << "0 0 30 2 *"
                                 << "never comes";
    QTest::newRow("31 April to June") << "0 0 31 4,6 *"
                                      << "never comes";
}

void CronScheduleTest::refuses()
{
    QFETCH(QString, cron);
    QFETCH(QString, says);
    const auto schedule = CronSchedule::parse(cron.toStdString());
    QVERIFY(!schedule);
    const QString message = QString::fromStdString(schedule.error().message);
    QVERIFY2(message.contains(says), qPrintable(message));
}

void CronScheduleTest::keepsItsText()
{
    const auto schedule = CronSchedule::parse("@daily", "Europe/Berlin");
    QVERIFY(schedule);
    QCOMPARE(schedule->text(), std::string("@daily"));
    QCOMPARE(schedule->zone(), std::string("Europe/Berlin"));
    QVERIFY(!CronSchedule::parse("@daily", "Europe/Atlantis"));
}

void CronScheduleTest::neverGoesBackOrRepeats_data()
{
    QTest::addColumn<QByteArray>("zone");
    for (const char *zone : {"Europe/Berlin", "Asia/Beirut", "Australia/Lord_Howe", "America/St_Johns",
                             "Africa/Casablanca", "America/Santiago", "Pacific/Apia"})
        QTest::newRow(zone) << QByteArray(zone);
}

/// A wildcard schedule of every minute has each instant of a year that is a whole minute, whatever the clock
/// does; one with fixed times has one run per calendar day.
void CronScheduleTest::neverGoesBackOrRepeats()
{
    QFETCH(QByteArray, zone);
    const auto everyHalfHour = CronSchedule::parse("*/30 * * * *", zone.toStdString());
    const auto daily = CronSchedule::parse("30 0 * * *", zone.toStdString());
    QVERIFY(everyHalfHour && daily);
    const int64_t endMs = msOf("2027-01-01T00:00:00Z");
    int64_t atMs = msOf("2026-01-01T00:00:00Z");
    while (atMs < endMs) {
        const auto next = everyHalfHour->next(atMs);
        QVERIFY(next);
        QCOMPARE(*next - atMs, 30 * 60'000LL);
        atMs = *next;
    }
    int runs = 0;
    for (atMs = msOf("2026-01-01T00:00:00Z"); runs <= 365; runs++) {
        const auto next = daily->next(atMs);
        QVERIFY(next && *next > atMs);
        if (*next >= endMs)
            break;
        QVERIFY2(*next - atMs <= 25 * 3'600'000LL, qPrintable(textOf(*next)));
        atMs = *next;
    }
    QCOMPARE(runs, 365);
}

QTEST_GUILESS_MAIN(CronScheduleTest)
#include "CronScheduleTest.moc"
