#include "alerts/status/Uptime.h"

#include <QTest>

#include <random>
#include <set>

using namespace plimsoll;
using namespace plimsoll::alerts;

namespace {

constexpr int64_t hour = 3'600'000;
constexpr int64_t minute = 60'000;

/// A week from midnight on, as hours of 60 results each; `downOf` says how many of an hour's found it down.
template<typename DownOf>
std::vector<UptimePiece> week(DownOf downOf)
{
    std::vector<UptimePiece> pieces;
    for (int i = 0; i < 7 * 24; i++)
        pieces.push_back({{i * hour, (i + 1) * hour}, 60, 60.0 - downOf(i)});
    return pieces;
}

const Span wholeWeek{0, 7 * 24 * hour};

UptimeFigure figure(const std::vector<UptimePiece> &pieces, const Spans &ran, const Spans &maintenance)
{
    return figuresOf(pieces, CountedTime(ran, maintenance), {wholeWeek}).front();
}

} // namespace

class UptimeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void spansAreASet();
    void spansAgreeWithASetOfInstants();
    void countsDownTime();
    void ourOwnDowntimeIsNotTheirs();
    void maintenanceIsNotTheirs();
    void aChangedIntervalChangesNoWeight();
    void nothingWatchedIsNoFigure();
    void resultsStandUntilTheNext();
    void daysShareAnHourThatTheyCut();
    void daysOfAZone();
};

void UptimeTest::spansAreASet()
{
    Spans spans{{10, 20}, {30, 40}, {20, 25}, {5, 5}, {9, 3}};
    QCOMPARE(spans, (Spans{{10, 25}, {30, 40}}));
    spans.add({24, 31});
    QCOMPARE(spans, (Spans{{10, 40}}));
    spans.remove({12, 14});
    spans.remove({39, 50});
    spans.remove({0, 11});
    QCOMPARE(spans, (Spans{{11, 12}, {14, 39}}));
    QCOMPARE(spans.lengthMs(), 26);
    QCOMPARE(spans.lengthWithin({0, 15}), 2);
    QCOMPARE(spans.within({0, 15}), (Spans{{11, 12}, {14, 15}}));
    QVERIFY(spans.covers({14, 39}) && !spans.covers({13, 39}) && spans.touches({13, 15}));
    QVERIFY(!spans.touches({12, 14}));
}

void UptimeTest::spansAgreeWithASetOfInstants()
{
    std::mt19937 random(20260106);
    for (int round = 0; round < 200; round++) {
        Spans spans;
        std::set<int64_t> instants;
        for (int step = 0; step < 20; step++) {
            const int64_t from = random() % 60;
            const Span span{from, from + int64_t(random() % 12)};
            const bool adds = random() % 3 != 0;
            adds ? spans.add(span) : spans.remove(span);
            for (int64_t at = span.fromMs; at < span.toMs; at++)
                adds ? void(instants.insert(at)) : void(instants.erase(at));
        }
        QCOMPARE(spans.lengthMs(), int64_t(instants.size()));
        for (size_t i = 1; i < spans.list().size(); i++)
            QVERIFY(spans.list()[i - 1].toMs < spans.list()[i].fromMs);
        for (int64_t at = 0; at < 80; at++)
            QCOMPARE(spans.touches({at, at + 1}), instants.contains(at));
    }
}

void UptimeTest::countsDownTime()
{
    // Down in 30 of 60 looks of one hour of 168: half an hour.
    const auto pieces = week([](int i) { return i == 100 ? 30 : 0; });
    const UptimeFigure found = figure(pieces, {wholeWeek}, {});
    QCOMPARE(found.watchedMs, 168 * hour);
    QCOMPARE(found.downMs, 30.0 * minute);
    QCOMPARE(*found.share(), 1 - 0.5 / 168);
}

void UptimeTest::ourOwnDowntimeIsNotTheirs()
{
    const auto pieces = week([](int i) { return i == 100 ? 60 : 0; });
    // Nobody watched on the second day, and only from 100:30 on after a restart.
    const Spans ran{{0, 24 * hour}, {48 * hour, 100 * hour}, {100 * hour + 30 * minute, 168 * hour}};
    const UptimeFigure found = figure(pieces, ran, {});
    QCOMPARE(found.watchedMs, 144 * hour - 30 * minute);
    QCOMPARE(found.downMs, 30.0 * minute);
}

void UptimeTest::maintenanceIsNotTheirs()
{
    const auto pieces = week([](int i) { return i >= 100 && i < 103 ? 60 : 0; });
    const UptimeFigure found = figure(pieces, {wholeWeek}, {{100 * hour, 103 * hour}});
    QCOMPARE(found.watchedMs, 165 * hour);
    QCOMPARE(*found.share(), 1.0);
    const CountedTime counted({wholeWeek}, {{100 * hour, 102 * hour + minute}});
    QVERIFY(!counted.isMixed({101 * hour, 102 * hour}));
    QVERIFY(counted.isMixed({102 * hour, 103 * hour}));
    QVERIFY(!counted.isMixed({103 * hour, 104 * hour}));
}

void UptimeTest::aChangedIntervalChangesNoWeight()
{
    // A day of one look an hour, all bad, and a day of 240 an hour, all good: half.
    std::vector<UptimePiece> pieces;
    for (int i = 0; i < 48; i++)
        pieces.push_back({{i * hour, (i + 1) * hour}, i < 24 ? 1.0 : 240.0, i < 24 ? 0.0 : 240.0});
    QCOMPARE(*figure(pieces, {wholeWeek}, {}).share(), 0.5);
}

void UptimeTest::nothingWatchedIsNoFigure()
{
    QVERIFY(!figure({}, {wholeWeek}, {}).share());
    QVERIFY(!figure(week([](int) { return 60; }), {}, {}).share());
    QVERIFY(!figure(week([](int) { return 60; }), {wholeWeek}, {wholeWeek}).share());
    // An hour without results was not watched either.
    const UptimeFigure found = figure({{{0, hour}, 0, 0}, {{hour, 2 * hour}, 4, 4}}, {wholeWeek}, {});
    QCOMPARE(found.watchedMs, hour);
}

void UptimeTest::resultsStandUntilTheNext()
{
    const auto pieces = piecesOf({0, minute, 2 * minute, 20 * minute}, {1, 0, 1, 0}, 3 * minute, 21 * minute);
    const UptimeFigure found = figure(pieces, {wholeWeek}, {});
    // 0 up, 1 down, 2 to 5 up, then nobody looked; 20 down for a minute.
    QCOMPARE(found.watchedMs, 6 * minute);
    QCOMPARE(found.downMs, 2.0 * minute);
}

void UptimeTest::daysShareAnHourThatTheyCut()
{
    // India's days begin at 18:30 UTC.
    const std::vector<Span> days{{18 * hour + 30 * minute, 42 * hour + 30 * minute},
                                 {42 * hour + 30 * minute, 66 * hour + 30 * minute}};
    const auto pieces = week([](int i) { return i == 42 ? 60 : 0; });
    const auto found = figuresOfDays(pieces, CountedTime({wholeWeek}, {}), days);
    QCOMPARE(found.size(), 2u);
    QCOMPARE(found[0].downMs, 30.0 * minute);
    QCOMPARE(found[1].downMs, 30.0 * minute);
    QCOMPARE(found[1].watchedMs, 24 * hour);
    const auto same = figuresOf(pieces, CountedTime({wholeWeek}, {}), days);
    QCOMPARE(same[0].downMs, found[0].downMs);
    QCOMPARE(same[1].watchedMs, found[1].watchedMs);
}

void UptimeTest::daysOfAZone()
{
    const QTimeZone berlin("Europe/Berlin");
    const int64_t nowMs = QDateTime(QDate(2026, 3, 30), QTime(12, 0), berlin).toMSecsSinceEpoch();
    const auto days = lastDays(nowMs, 90, berlin);
    QCOMPARE(days.size(), 90u);
    QCOMPARE(days[88].lengthMs(), 23 * hour);
    QCOMPARE(days[89].lengthMs(), 24 * hour);
    QVERIFY(days[89].fromMs < nowMs && nowMs < days[89].toMs);
    for (size_t i = 1; i < days.size(); i++)
        QCOMPARE(days[i].fromMs, days[i - 1].toMs);
}

QTEST_GUILESS_MAIN(UptimeTest)
#include "UptimeTest.moc"
