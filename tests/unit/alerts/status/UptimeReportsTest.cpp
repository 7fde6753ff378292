#include "alerts/status/UptimeReports.h"
#include "tests/support/MemorySeries.h"
#include "tests/support/TemporaryEngine.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;

namespace {

constexpr int64_t minute = 60'000;
constexpr int64_t hour = 60 * minute;
constexpr int64_t day = 24 * hour;
const Labels upOfShop{{"__name__", "check_up"}, {"check", "shop"}, {"kind", "http"}};
const Labels upOfOther{{"__name__", "check_up"}, {"check", "other"}, {"kind", "http"}};

/// A look each minute of the three days up to now, of which the 30 minutes from `downMs` on found it down.
void fill(test::TemporaryEngine &engine, int64_t downMs)
{
    const int64_t nowMs = engine.clock.nowMs();
    std::vector<Sample> shop;
    std::vector<Sample> other;
    for (int64_t atMs = nowMs - 3 * day; atMs < nowMs; atMs += minute) {
        const bool down = atMs >= downMs && atMs < downMs + 30 * minute;
        shop.push_back({atMs, down ? 0.0 : 1.0});
        other.push_back({atMs, 0.0});
    }
    QVERIFY(engine.commit(test::TemporaryEngine::batchOf(upOfShop, Kind::Gauge, shop)).status);
    QVERIFY(engine.commit(test::TemporaryEngine::batchOf(upOfOther, Kind::Gauge, other)).status);
}

UptimeQuestion question(int64_t nowMs)
{
    UptimeQuestion asked;
    asked.check = "shop";
    asked.createdMs = nowMs - 3 * day;
    asked.nowMs = nowMs;
    asked.watched = {{nowMs - 400 * day, nowMs}};
    return asked;
}

} // namespace

class UptimeReportsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsHours();
    void readsSamplesOfAnHourWithMaintenance();
    void leavesOutWhatNobodyWatched();
    void nothingKnown();
    void readsWithoutRollups();
};

void UptimeReportsTest::readsHours()
{
    test::TemporaryEngine engine;
    const int64_t nowMs = engine.clock.nowMs();
    fill(engine, nowMs - 2 * day);
    const auto report = reportUptime(*engine->openReader(), question(nowMs));
    QVERIFY(report);
    QCOMPARE(report->windows[0].watchedMs, day);
    QCOMPARE(report->windows[0].downMs, 0.0);
    for (size_t i = 1; i < uptimeWindows.size(); i++) {
        QCOMPARE(report->windows[i].watchedMs, 3 * day);
        QCOMPARE(report->windows[i].downMs, 30.0 * minute);
    }
    QCOMPARE(report->days.size(), size_t(StatusView::shownDays));
    QCOMPARE(report->days[87].figure.downMs, 30.0 * minute);
    QCOMPARE(report->days[87].figure.watchedMs, day);
    QCOMPARE(report->days[85].figure.watchedMs, 0);
    QCOMPARE(report->days[89].figure.watchedMs, 12 * hour);
}

void UptimeReportsTest::readsSamplesOfAnHourWithMaintenance()
{
    test::TemporaryEngine engine;
    const int64_t nowMs = engine.clock.nowMs();
    const int64_t downMs = nowMs - 2 * day + 10 * minute;
    fill(engine, downMs);
    UptimeQuestion asked = question(nowMs);
    // 20 of the 30 minutes that it was down were announced.
    asked.maintenance = {{downMs - 5 * minute, downMs + 20 * minute}};
    const auto report = reportUptime(*engine->openReader(), asked);
    QVERIFY(report);
    QCOMPARE(report->windows[1].downMs, 10.0 * minute);
    QCOMPARE(report->windows[1].watchedMs, 3 * day - 25 * minute);
    QVERIFY(report->days[87].maintenance);
    QVERIFY(!report->days[88].maintenance);
}

void UptimeReportsTest::leavesOutWhatNobodyWatched()
{
    test::TemporaryEngine engine;
    const int64_t nowMs = engine.clock.nowMs();
    fill(engine, nowMs - 2 * day);
    UptimeQuestion asked = question(nowMs);
    asked.watched = {{nowMs - day, nowMs}};
    const auto report = reportUptime(*engine->openReader(), asked);
    QVERIFY(report);
    QCOMPARE(report->windows[4].watchedMs, day);
    QCOMPARE(report->windows[4].downMs, 0.0);
    asked.watched = {};
    QVERIFY(!reportUptime(*engine->openReader(), asked)->windows[4].share());
}

void UptimeReportsTest::nothingKnown()
{
    test::TemporaryEngine engine;
    const auto report = reportUptime(*engine->openReader(), question(engine.clock.nowMs()));
    QVERIFY(report);
    QVERIFY(!report->windows[4].share());
    QCOMPARE(report->days.size(), size_t(StatusView::shownDays));
    UptimeQuestion asked = question(engine.clock.nowMs());
    asked.project = 7;
    QVERIFY(!reportUptime(*engine->openReader(), asked)->windows[4].share());
}

void UptimeReportsTest::readsWithoutRollups()
{
    test::MemorySeries series;
    const int64_t nowMs = test::ManualClock().nowMs();
    for (int i = 0; i < 120; i++)
        series.add(upOfShop, Kind::Gauge, nowMs - 2 * hour + i * minute, i < 30 ? 0 : 1);
    const auto report = reportUptime(*series.openReader(), question(nowMs));
    QVERIFY(report);
    QCOMPARE(report->windows[4].watchedMs, 2 * hour);
    QCOMPARE(report->windows[4].downMs, 30.0 * minute);
}

QTEST_GUILESS_MAIN(UptimeReportsTest)
#include "UptimeReportsTest.moc"
