#include "alerts/ChannelGate.h"
#include "alerts/mutes/MaintenanceWindow.h"
#include "alerts/mutes/QuietHours.h"
#include "alerts/mutes/Silence.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::alerts;

namespace {

constexpr int64_t second = 1000;
constexpr int64_t hour = 3'600 * second;

int64_t at(const char *utc)
{
    return QDateTime::fromString(QString::fromLatin1(utc), Qt::ISODate).toMSecsSinceEpoch();
}

/// What a definition that is not taken is told.
template<typename Definition>
QString refusal(const QJsonObject &object)
{
    const auto read = Definition::fromJson(object, 0);
    return read ? QString() : QString::fromStdString(read.error().message);
}

MaintenanceWindow window(QJsonObject when)
{
    when.insert("name", "w");
    auto read = MaintenanceWindow::fromJson(when, 0);
    if (!read)
        qFatal("%s", read.error().message.c_str());
    // What is stored says the same as what was given.
    auto again = MaintenanceWindow::fromJson(read->toJson(), 0);
    if (!again || again->toJson() != read->toJson())
        qFatal("a window does not survive the store");
    return *again;
}

} // namespace

class MutesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void labelsAreTested_data()
    {
        QTest::addColumn<QString>("matcher");
        QTest::addColumn<bool>("matches");
        QTest::newRow("equal") << "host=a" << true;
        QTest::newRow("not equal") << "host!=a" << false;
        QTest::newRow("quoted") << "path = \"/a \\\"b\\\"\"" << true;
        QTest::newRow("whole value") << "job=~\"node\"" << false;
        QTest::newRow("regex") << "job=~\"node.*\"" << true;
        QTest::newRow("not regex") << "job!~node.*" << false;
        QTest::newRow("absent is empty") << "zone=" << true;
        QTest::newRow("absent is not") << "zone!=x" << true;
        QTest::newRow("equals sign within") << "query=a=b" << true;
    }
    void labelsAreTested()
    {
        QFETCH(QString, matcher);
        QFETCH(bool, matches);
        Fields fields(QJsonObject{{"matchers", QJsonArray{matcher}}}, "a silence");
        const LabelTests tests = LabelTests::read(fields, "matchers");
        QVERIFY2(fields.status().ok(), fields.status() ? "" : fields.status().error().message.c_str());
        const Labels labels{{"host", "a"}, {"job", "node-1"}, {"path", "/a \"b\""}, {"query", "a=b"}};
        QCOMPARE(tests.matches(labels), matches);
        Fields stored(QJsonObject{{"matchers", tests.toJson()}}, "a silence");
        QCOMPARE(LabelTests::read(stored, "matchers").matches(labels), matches);
    }

    void silencesAreChecked()
    {
        const QJsonArray matchers{QJsonObject{{"name", "host"}, {"value", "a"}, {"isRegex", true}}};
        const auto silence = Silence::fromJson({{"matchers", matchers}, {"duration", "2h"}}, 7 * hour);
        QVERIFY(silence.ok());
        QVERIFY(silence->isActive(7 * hour));
        QVERIFY(!silence->isActive(9 * hour));
        QCOMPARE(silence->toShownJson(9 * hour).value("state").toString(), "expired");
        QVERIFY(refusal<Silence>({{"matchers", matchers}, {"ends_ms", 0}}).contains("`ends_ms`"));
        QVERIFY(refusal<Silence>({{"matchers", matchers}}).contains("`ends_ms` is missing"));
        QVERIFY(
            refusal<Silence>({{"matchers", QJsonArray{5}}, {"duration", "1h"}}).contains("`matchers[0]`"));
        QVERIFY(refusal<Silence>({{"matchers", matchers}, {"duration", "1h"}, {"x", 1}}).contains("`x`"));
    }

    void weeklyHoursFollowTheWallClock_data()
    {
        QTest::addColumn<QString>("utc");
        QTest::addColumn<bool>("contained");
        // Friday 22:00 to Saturday 07:00 in Berlin: UTC+1 in winter, UTC+2 in summer.
        QTest::newRow("before") << "2026-01-09T20:59:59Z" << false;
        QTest::newRow("begins") << "2026-01-09T21:00:00Z" << true;
        QTest::newRow("over midnight") << "2026-01-10T05:59:00Z" << true;
        QTest::newRow("ends") << "2026-01-10T06:00:00Z" << false;
        QTest::newRow("another day") << "2026-01-10T21:30:00Z" << false;
        QTest::newRow("morning of another day") << "2026-01-09T05:00:00Z" << false;
        QTest::newRow("in summer") << "2026-07-10T20:00:00Z" << true;
        QTest::newRow("in summer, before") << "2026-07-10T19:59:00Z" << false;
    }
    void weeklyHoursFollowTheWallClock()
    {
        QFETCH(QString, utc);
        QFETCH(bool, contained);
        const MaintenanceWindow nights = window({{"weekdays", QJsonArray{"fri"}},
                                                 {"from", "22:00"},
                                                 {"to", "07:00"},
                                                 {"time_zone", "Europe/Berlin"}});
        const int64_t atMs = at(utc.toLatin1());
        QCOMPARE(nights.isActive(atMs), contained);
        const auto [opensMs, closesMs] = *nights.next(atMs);
        QCOMPARE(opensMs <= atMs, contained);
        QCOMPARE(closesMs - opensMs, 9 * hour);
        QVERIFY(nights.isActive(opensMs) && !nights.isActive(closesMs) && closesMs > atMs);
    }

    void theNightOfTheChangeIsAnHourShorter()
    {
        const MaintenanceWindow nights =
            window({{"from", "01:30"}, {"to", "03:30"}, {"time_zone", "Europe/Berlin"}});
        // 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC.
        QVERIFY(nights.isActive(at("2026-03-29T00:30:00Z")));
        QVERIFY(nights.isActive(at("2026-03-29T01:29:00Z")));
        QVERIFY(!nights.isActive(at("2026-03-29T01:30:00Z")));
    }

    void windowsRecurByCron()
    {
        const MaintenanceWindow sundays =
            window({{"schedule", "0 3 * * SUN"}, {"duration", "2h"}, {"time_zone", "Europe/Berlin"}});
        QVERIFY(!sundays.isActive(at("2026-01-11T01:59:59Z")));
        QVERIFY(sundays.isActive(at("2026-01-11T02:00:00Z")));
        QVERIFY(sundays.isActive(at("2026-01-11T03:59:59Z")));
        QVERIFY(!sundays.isActive(at("2026-01-11T04:00:00Z")));
        QVERIFY(!sundays.isActive(at("2026-01-12T02:30:00Z")));
        QCOMPARE(sundays.next(at("2026-01-11T03:00:00Z"))->first, at("2026-01-11T02:00:00Z"));
        QCOMPARE(sundays.next(at("2026-01-11T04:00:00Z"))->second, at("2026-01-18T04:00:00Z"));
    }

    void windowsAreChecked()
    {
        const auto refused = [](QJsonObject object) {
            object.insert("name", "w");
            return refusal<MaintenanceWindow>(object);
        };
        QVERIFY(refused({}).contains("`ends_ms` is missing"));
        QVERIFY(refused({{"schedule", "0 3 * *"}, {"duration", "1h"}}).contains("`schedule`"));
        QVERIFY(refused({{"schedule", "0 3 * * *"}}).contains("`duration`"));
        QVERIFY(refused({{"from", "22"}, {"to", "07:00"}}).contains("`from`"));
        QVERIFY(refused({{"from", "22:00"}, {"to", "07:00"}, {"time_zone", "Mars"}}).contains("`time_zone`"));
        QVERIFY(refused({{"from", "22:00"}, {"to", "07:00"}, {"starts_ms", 1}}).contains("another time"));
        QVERIFY(refused({{"from", "22:00"}, {"to", "07:00"}, {"weekdays", QJsonArray{"x"}}})
                    .contains("`weekdays`"));
    }

    void windowsCoverWhatTheyName()
    {
        const Labels web{{"host", "web1"}};
        QVERIFY(window({{"duration", "1h"}}).covers("any", {}));
        const MaintenanceWindow one = window({{"duration", "1h"}, {"checks", QJsonArray{"c1"}}});
        QVERIFY(one.covers("c1", {}));
        QVERIFY(!one.covers("c2", web));
        const MaintenanceWindow hosts = window({{"duration", "1h"}, {"matchers", QJsonArray{"host=~web.*"}}});
        QVERIFY(hosts.covers("c2", web));
        QVERIFY(!hosts.covers("c2", {}));
    }

    void quietHoursLetSeveritiesPass()
    {
        const QJsonObject given{{"from", "00:00"}, {"to", "24:00"}, {"pass", QJsonArray()}};
        Fields fields(QJsonObject{{"quiet_hours", given}}, "a channel");
        const auto quiet = QuietHours::read(fields);
        QVERIFY(fields.status().ok() && quiet);
        QVERIFY(quiet->holds(Severity::Critical, 5 * hour));
        Fields wrong(QJsonObject{{"quiet_hours", QJsonObject{{"from", "x"}, {"to", "07:00"}}}}, "a channel");
        QuietHours::read(wrong);
        QVERIFY(wrong.status().error().message.find("quiet_hours.from") != std::string::npos);
    }

    void aGateOpensOneAtATime()
    {
        ChannelGate gate;
        QVERIFY(gate.admits(0, 1, 2));
        gate.failed(0, 4 * second);
        QVERIFY(!gate.admits(3 * second, 0, 2));
        QVERIFY(gate.admits(4 * second, 0, 2));
        QVERIFY(!gate.admits(4 * second, 1, 2));
        QVERIFY2(gate.admits(-hour, 0, 2), "a clock that went back holds nothing");
        gate.answered(5 * second);
        QVERIFY(gate.admits(5 * second, 1, 2));
        QVERIFY(gate.recoveredSince(4 * second));
        QVERIFY(!gate.recoveredSince(6 * second));
    }

    void aGateKeepsTheRate()
    {
        ChannelGate gate;
        gate.setRate(2, 10 * second);
        gate.begun(0);
        gate.begun(3 * second);
        QVERIFY(!gate.admits(3 * second, 0, 2));
        QCOMPARE(gate.opensMs(3 * second), 10 * second);
        QVERIFY(gate.admits(10 * second, 0, 2));
        gate.begun(10 * second);
        QVERIFY(!gate.admits(12 * second, 0, 2));
        QVERIFY(gate.admits(13 * second, 0, 2));
    }
};

QTEST_GUILESS_MAIN(MutesTest)
#include "MutesTest.moc"
