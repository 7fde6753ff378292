#include "server/api/LiveQueue.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::api;

namespace {

LiveSample numbered(int number)
{
    LiveSample sample;
    sample.value = number;
    return sample;
}

} // namespace

class LiveQueueTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theNewestWin()
    {
        LiveQueue queue;
        for (int i = 0; i < 200; i++)
            queue.push(numbered(i));
        const auto taken = queue.take(1'000'000);
        QCOMPARE(taken.size(), LiveQueue::perSecond);
        QCOMPARE(taken.front().value, 150.0);
        QCOMPARE(taken.back().value, 199.0);
    }

    void noMoreThanFiftyASecond()
    {
        LiveQueue queue;
        size_t shown = 0;
        for (int64_t t = 0; t < 10'000; t += 20) {
            for (int i = 0; i < 10; i++)
                queue.push(numbered(i));
            shown += queue.take(1'000'000 + t).size();
        }
        QVERIFY2(shown >= 500 && shown <= 560, qPrintable(QString::number(shown)));
    }

    void theLastOfABurstIsStillShown()
    {
        LiveQueue queue;
        for (int i = 0; i < 50; i++)
            queue.push(numbered(i));
        QCOMPARE(queue.take(1'000'000).size(), size_t(50));
        queue.push(numbered(99));
        QCOMPARE(queue.take(1'000'000).size(), size_t(0));
        const auto later = queue.take(1'000'050);
        QCOMPARE(later.size(), size_t(1));
        QCOMPARE(later.back().value, 99.0);
    }

    void refusalsAddUp()
    {
        RejectionTally tally;
        for (int i = 0; i < 5; i++)
            tally.add("ingest", "bad_name", "The name is empty.");
        tally.add("track", "bad_name", "The name is empty.");
        QCOMPARE(
            tally.take(7),
            (std::vector<std::string>{
                R"({"at_ms":7,"source":"ingest","code":"bad_name","message":"The name is empty.","count":5})",
                R"({"at_ms":7,"source":"track","code":"bad_name","message":"The name is empty.","count":1})"}));
        QVERIFY(tally.empty());
    }

    void refusalsAreBounded()
    {
        RejectionTally tally;
        for (int i = 0; i < 10'000; i++)
            tally.add("ingest", "bad_name", std::to_string(i));
        const auto events = tally.take(0);
        QVERIFY(events.size() <= RejectionTally::maxDifferent + 1);
        QVERIFY(std::any_of(events.begin(), events.end(), [](const std::string &event) {
            return event.find("\"count\":9900") != std::string::npos;
        }));
    }

    void theRateIsOfTheLastSeconds()
    {
        RateMeter meter;
        QCOMPARE(meter.perSecond(5'000), 0.0);
        for (int64_t t = 100'000; t < 130'000; t += 100)
            meter.add(t, 7);
        QCOMPARE(meter.perSecond(130'000), 70.0);
        QCOMPARE(meter.perSecond(160'000), 0.0);
    }

    void aYoungRateIsNotDiluted()
    {
        RateMeter meter;
        meter.add(100'500, 30);
        QCOMPARE(meter.perSecond(101'200), 30.0);
        QCOMPARE(meter.perSecond(102'200), 15.0);
    }
};

QTEST_GUILESS_MAIN(LiveQueueTest)
#include "LiveQueueTest.moc"
