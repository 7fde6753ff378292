#include "server/api/TimeArgument.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::api;

class TimeArgumentTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsAllForms_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<qint64>("expected");
        const qint64 now = m_nowMs;
        const auto row = [](const char *text, qint64 expected) {
            QTest::newRow(text) << QByteArray(text) << expected;
        };
        row("1767700800", 1'767'700'800'000);
        row("1767700800.25", 1'767'700'800'250);
        row("1767700800123", 1'767'700'800'123);
        row("0", 0);
        row("now", now);
        row("now-24h", now - 86'400'000);
        row("now+5m", now + 300'000);
        row("now 5m", now + 300'000);
        row("24h", now - 86'400'000);
        row("1h30m", now - 5'400'000);
        row("500ms", now - 500);
        row("1.5h", now - 5'400'000);
        row("2w", now - 14 * 86'400'000LL);
        row("2026-01-06T12:00:00Z", 1'767'700'800'000);
        row("2026-01-06T12:00Z", 1'767'700'800'000);
        row("2026-01-06T13:00:00.5+01:00", 1'767'700'800'500);
        row("2026-01-06T13:00:00 01:00", 1'767'700'800'000);
        row("2026-01-06T07:00:00-0500", 1'767'700'800'000);
        row("2026-01-06 12:00:00", 1'767'700'800'000);
        row("2026-01-06", 1'767'657'600'000);
        row("2024-02-29", 1'709'164'800'000);
    }

    void readsAllForms()
    {
        QFETCH(QByteArray, text);
        QFETCH(qint64, expected);
        const auto time = parseTime(text.toStdString(), m_nowMs);
        QVERIFY2(time.ok(), text);
        QCOMPARE(*time, expected);
    }

    void refusesWhatIsNoTime_data()
    {
        QTest::addColumn<QByteArray>("text");
        for (const char *text :
             {"", "yesterday", "now-", "now-5", "5x", "-5m", "1e99", "nan", "inf", "2026-13-01", "2026-02-30",
              "2026-01-06T25:00:00Z", "2026-01-06T12:00:00Zx", "9999999y", "0s"})
            QTest::newRow(text) << QByteArray(text);
    }

    void refusesWhatIsNoTime()
    {
        QFETCH(QByteArray, text);
        const auto time = parseTime(text.toStdString(), m_nowMs);
        QVERIFY2(!time.ok(), text);
        QCOMPARE(time.error().code, ErrorCode::Invalid);
        QVERIFY(!time.error().hint.empty());
    }

    void rangeEndsJustAfterNow()
    {
        const auto range = parseTimeRange(std::nullopt, std::nullopt, m_nowMs);
        QVERIFY(range.ok());
        QCOMPARE(range->toMs, m_nowMs + 1);
        QCOMPARE(range->spanMs(), 86'400'000);
        const auto relative = parseTimeRange("1h", "now", m_nowMs);
        QCOMPARE(relative->fromMs, m_nowMs - 3'600'000);
        QCOMPARE(relative->toMs, m_nowMs);
    }

    void refusesAnEmptyRange()
    {
        QVERIFY(!parseTimeRange("now", "now-1h", m_nowMs).ok());
        QVERIFY(!parseTimeRange("now", "now", m_nowMs).ok());
        QVERIFY(!parseTimeRange("x", std::nullopt, m_nowMs).ok());
    }

private:
    const int64_t m_nowMs = 1'767'700'800'000;
};

QTEST_GUILESS_MAIN(TimeArgumentTest)
#include "TimeArgumentTest.moc"
