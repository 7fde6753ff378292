#include "server/api/QueryPool.h"
#include "tests/support/RecordedReply.h"

#include <QTest>

#include <future>
#include <stdexcept>

using namespace plimsoll;
using namespace plimsoll::api;
using test::RecordedReply;

namespace {

void waitUntil(const QueryPool::Cancelled &cancelled)
{
    while (!cancelled)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

} // namespace

class QueryPoolTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void answersFromAnotherThread()
    {
        QueryPool pool(2);
        const auto reply = std::make_shared<RecordedReply>();
        std::promise<std::thread::id> thread;
        pool.answer(http::Reply(reply), [&](const QueryPool::Cancelled &) {
            thread.set_value(std::this_thread::get_id());
            return http::Response::text("done");
        });
        QCOMPARE(reply->wait().body, QByteArray("done"));
        QVERIFY(thread.get_future().get() != std::this_thread::get_id());
    }

    void cancelsWhenTheClientGoes()
    {
        QueryPool pool(1);
        const auto reply = std::make_shared<RecordedReply>();
        std::promise<void> started;
        pool.answer(http::Reply(reply), [&](const QueryPool::Cancelled &cancelled) {
            started.set_value();
            waitUntil(cancelled);
            return http::Response::text("cancelled");
        });
        started.get_future().wait();
        reply->leave();
        QCOMPARE(reply->wait().body, QByteArray("cancelled"));
    }

    void refusesWhereTooManyWait()
    {
        QueryPool pool(1, 1);
        const auto first = std::make_shared<RecordedReply>();
        const auto second = std::make_shared<RecordedReply>();
        const auto third = std::make_shared<RecordedReply>();
        std::promise<void> started;
        std::promise<void> release;
        pool.answer(http::Reply(first), [&](const QueryPool::Cancelled &) {
            started.set_value();
            release.get_future().wait();
            return http::Response::text("first");
        });
        started.get_future().wait();
        const auto quick = [](const QueryPool::Cancelled &) { return http::Response::text("quick"); };
        pool.answer(http::Reply(second), quick);
        pool.answer(http::Reply(third), quick);
        QCOMPARE(third->wait().status, 503);
        release.set_value();
        QCOMPARE(first->wait().body, QByteArray("first"));
        QCOMPARE(second->wait().body, QByteArray("quick"));
    }

    void anExceptionIsAnAnswer()
    {
        QueryPool pool(1);
        const auto reply = std::make_shared<RecordedReply>();
        QTest::ignoreMessage(QtWarningMsg, "an evaluation failed: boom");
        pool.answer(http::Reply(reply),
                    [](const QueryPool::Cancelled &) -> http::Response { throw std::runtime_error("boom"); });
        QCOMPARE(reply->wait().status, 500);
    }

    void stopsWhatRunsAndDropsWhatWaits()
    {
        const auto running = std::make_shared<RecordedReply>();
        const auto waiting = std::make_shared<RecordedReply>();
        {
            QueryPool pool(1);
            std::promise<void> started;
            pool.answer(http::Reply(running), [&](const QueryPool::Cancelled &cancelled) {
                started.set_value();
                waitUntil(cancelled);
                return http::Response::text("stopped");
            });
            started.get_future().wait();
            pool.answer(http::Reply(waiting),
                        [](const QueryPool::Cancelled &) { return http::Response::text("no"); });
        }
        QCOMPARE(running->wait().body, QByteArray("stopped"));
        QVERIFY(waiting->wait().status >= 500);
    }
};

QTEST_GUILESS_MAIN(QueryPoolTest)
#include "QueryPoolTest.moc"
