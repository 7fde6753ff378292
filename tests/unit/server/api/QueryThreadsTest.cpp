#include "server/api/QueryThreads.h"

#include <QTest>

#include <deque>
#include <future>

#include <sys/resource.h>
#include <unistd.h>

using namespace plimsoll::api;
using namespace std::chrono_literals;

namespace {

constexpr auto deadline = 60s;
constexpr int niceOfThoseWhoGiveWay = 10;

int niceOfThisThread() { return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())); }

/// What the threads take their jobs from.
class Queue
{
public:
    ~Queue() { close(); }

    /// The answer is what the job returns.
    template<typename Function>
    auto run(Function function) -> std::future<decltype(function())>
    {
        auto task = std::make_shared<std::packaged_task<decltype(function())()>>(std::move(function));
        auto answer = task->get_future();
        {
            const std::lock_guard lock(m_mutex);
            m_jobs.push_back([task] { (*task)(); });
        }
        m_changed.notify_one();
        return answer;
    }
    void close()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_isClosed = true;
        }
        m_changed.notify_all();
    }
    std::optional<QueryThreads::Job> take(std::chrono::milliseconds patience)
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait_for(lock, patience, [this] { return m_isClosed || !m_jobs.empty(); });
        if (m_isClosed)
            return std::nullopt;
        if (m_jobs.empty())
            return QueryThreads::Job();
        auto job = std::move(m_jobs.front());
        m_jobs.pop_front();
        return job;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<QueryThreads::Job> m_jobs;
    bool m_isClosed = false;
};

struct Threads
{
    Queue queue;
    QueryThreads threads;

    explicit Threads(size_t count)
        : threads(count, [this](std::chrono::milliseconds patience) { return queue.take(patience); })
    {
    }
    ~Threads() { queue.close(); }
};

/// Works without a pause until the thread gives way; whether it came to that.
bool worksUntilItGivesWay()
{
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (std::chrono::steady_clock::now() < end) {
        if (niceOfThisThread() == niceOfThoseWhoGiveWay)
            return true;
    }
    return false;
}

} // namespace

class QueryThreadsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_usual = niceOfThisThread();
        if (m_usual >= niceOfThoseWhoGiveWay)
            QSKIP("The test itself gives way: run it with a nice value below 10.");
    }

    void aJobBeginsAsAnEqual()
    {
        Threads threads(2);
        for (int i = 0; i < 10; i++)
            QCOMPARE(threads.queue.run(niceOfThisThread).get(), m_usual);
    }

    void aLongJobGivesWayAndAFreshThreadFollows()
    {
        Threads threads(1);
        QVERIFY(threads.queue.run(worksUntilItGivesWay).get());
        const auto end = std::chrono::steady_clock::now() + deadline;
        while (threads.queue.run(niceOfThisThread).get() != m_usual)
            QVERIFY(std::chrono::steady_clock::now() < end);
    }

    void aJobThatWaitsNeverGivesWay()
    {
        Threads threads(1);
        const auto waits = [] {
            std::this_thread::sleep_for(300ms);
            return niceOfThisThread();
        };
        QCOMPARE(threads.queue.run(waits).get(), m_usual);
    }

    void theOthersServeOn()
    {
        Threads threads(2);
        std::promise<void> release;
        const auto held = threads.queue.run([&release] { release.get_future().wait(); });
        for (int i = 0; i < 5; i++)
            QVERIFY(threads.queue.run(worksUntilItGivesWay).get());
        release.set_value();
        held.wait();
    }

    void theHeadStartIsSpentAndComesBackSlowly()
    {
        const HeadStart::Time start{};
        HeadStart headStart(start);
        QVERIFY(headStart.isAmple(start));
        headStart.spend(1500ms, start);
        QVERIFY(!headStart.isEmpty());
        QVERIFY(headStart.isAmple(start));
        headStart.spend(700ms, start);
        QVERIFY(headStart.isEmpty());
        QVERIFY(!headStart.isAmple(start + 4s));
        QVERIFY(!headStart.isEmpty());
        QVERIFY(headStart.isAmple(start + 5s));
    }

    void theHeadStartIsNeverMoreThanFull()
    {
        const HeadStart::Time start{};
        HeadStart headStart(start);
        headStart.spend(2s, start + 1h);
        QVERIFY(headStart.isEmpty());
    }

private:
    int m_usual = 0;
};

QTEST_GUILESS_MAIN(QueryThreadsTest)
#include "QueryThreadsTest.moc"
