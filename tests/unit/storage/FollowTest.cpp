#include "tests/support/PostgresNode.h"
#include "tests/support/PostgresServer.h"

#include <QElapsedTimer>
#include <QTest>

#include <random>

using namespace plimsoll;
using plimsoll::test::PostgresNode;
using plimsoll::test::PostgresServer;

namespace {

constexpr int64_t hourMs = 3'600'000;

Batch batchOf(const std::string &name, const std::string &node, Kind kind, const std::vector<Sample> &samples)
{
    Batch batch;
    Labels labels{{"__name__", name}};
    if (!node.empty())
        labels = Labels{{"__name__", name}, {"node", node}};
    batch.series.push_back({labels.key(), kind, false, 0});
    for (const Sample &sample : samples)
        batch.floats.push_back({0, sample.timestampMs, sample.value, batch.itemCount++});
    return batch;
}

struct Found
{
    size_t series = 0;
    size_t samples = 0;
    double sum = 0;
    double total = 0; ///< of increments
    double observations = 0;
    bool ok = true;
    bool operator==(const Found &) const = default;
};

/// All that a node sees of a name.
Found find(const PostgresNode &node, const std::string &name)
{
    Found found;
    const auto reader = node.source().openReader();
    const std::vector<Matcher> matchers{{std::string(nameLabel), Matcher::Op::Equal, name}};
    const auto selected = reader->select(defaultProject, matchers, INT64_MIN / 2, INT64_MAX / 2);
    if (!selected)
        return {0, 0, 0, 0, 0, false};
    found.series = selected->size();
    for (const SelectedSeries &series : *selected) {
        FloatColumns columns;
        if (holdsHistograms(series.kind)) {
            const auto merged = reader->histogramBefore(series.id, INT64_MAX / 2);
            found.ok = found.ok && merged.ok();
            found.observations += merged ? merged->count() : 0;
            continue;
        }
        found.ok = found.ok && reader->readFloats(series.id, INT64_MIN / 2, INT64_MAX / 2, columns).ok();
        found.samples += columns.size();
        for (const double value : columns.values)
            found.sum += value;
        if (series.kind == Kind::Delta)
            found.total += reader->totalBefore(series.id, INT64_MAX / 2).value();
    }
    return found;
}

} // namespace

/// Nodes on one database see each other's samples, once each, whatever happens to those who ship them.
class FollowTest : public QObject
{
    Q_OBJECT

    PostgresServer m_server;

    static EngineOptions options()
    {
        EngineOptions options;
        options.windowMs = hourMs;
        return options;
    }
    int shipments(const std::string &url) const
    {
        return m_server
            .sql(QString::fromStdString("SELECT count(*) FROM " + PostgresSettings::parse(url)->schema +
                                        ".shipment"))
            .trimmed()
            .toInt();
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (const char *why = PostgresServer::whyNot())
            QSKIP(why);
        QVERIFY2(m_server.start(), m_server.output());
    }

    void seesTheOthersWithinASecond()
    {
        const std::string url = m_server.newUrl();
        PostgresNode first(url, options());
        PostgresNode second(url, options());
        const int64_t now = first.clock.nowMs();
        QVERIFY(first.commit(batchOf("cpu", "first", Kind::Gauge, {{now, 1}})));
        QTRY_COMPARE_WITH_TIMEOUT(find(second, "cpu").samples, size_t(1), 30'000);
        qint64 slowest = 0;
        for (int i = 1; i <= 10; i++) {
            QElapsedTimer timer;
            timer.start();
            QVERIFY(first.commit(batchOf("cpu", "first", Kind::Gauge, {{now + i, 1}})));
            QTRY_COMPARE_WITH_TIMEOUT(find(second, "cpu").samples, size_t(1 + i), 30'000);
            slowest = std::max(slowest, timer.elapsed());
        }
        qInfo("the slowest of 10 commits was seen after %lld ms (shipped every 50 ms)", slowest);
        QVERIFY(second.commit(batchOf("cpu", "second", Kind::Gauge, {{now, 5}})));
        QTRY_COMPARE_WITH_TIMEOUT(find(first, "cpu").series, size_t(2), 30'000);
        QCOMPARE(find(second, "cpu"), (Found{2, 12, 16, 0, 0, true}));
    }

    void mergesSeriesByLabels()
    {
        const std::string url = m_server.newUrl();
        PostgresNode first(url, options());
        PostgresNode second(url, options());
        const int64_t now = first.clock.nowMs();
        for (int i = 0; i < 10; i++) {
            QVERIFY(first.commit(batchOf("revenue", "", Kind::Delta, {{now + i, 0.1}})));
            QVERIFY(second.commit(batchOf("revenue", "", Kind::Delta, {{now + i, 0.2}})));
            QVERIFY(first.commit(batchOf("latency", "", Kind::Distribution, {{now, 3.0}})));
            QVERIFY(second.commit(batchOf("latency", "", Kind::Distribution, {{now, 4.0}})));
        }
        for (const PostgresNode *node : {&first, &second}) {
            QTRY_COMPARE_WITH_TIMEOUT(find(*node, "revenue").total, 3.0, 30'000);
            QTRY_COMPARE_WITH_TIMEOUT(find(*node, "latency").observations, 20.0, 30'000);
            QCOMPARE(find(*node, "revenue").series, size_t(1));
            QCOMPARE(find(*node, "revenue").samples, size_t(10));
        }
    }

    void mergesHoursAndDays()
    {
        const std::string url = m_server.newUrl();
        PostgresNode first(url, options());
        PostgresNode second(url, options());
        constexpr int64_t dayMs = 24 * hourMs;
        const int64_t day = (first.clock.nowMs() / dayMs - 2) * dayMs;
        for (int hour = 0; hour < 24; hour++) {
            QVERIFY(first.commit(batchOf("sales", "", Kind::Delta, {{day + hour * hourMs + 1, 0.1}})));
            QVERIFY(second.commit(batchOf("sales", "", Kind::Delta, {{day + hour * hourMs + 2, 0.2}})));
        }
        for (PostgresNode *node : {&first, &second}) {
            node->clock.advance(3 * hourMs);
            (*node)->maintain();
            (*node)->drain();
            node->clock.advance(24 * hourMs); // what was sealed is quiet
            QVERIFY((*node)->runUpkeep());
        }
        for (const PostgresNode *node : {&first, &second}) {
            const auto rollups = [&](bool days) {
                const auto reader = node->source().openReader();
                const std::vector<Matcher> matchers{{std::string(nameLabel), Matcher::Op::Equal, "sales"}};
                const auto selected = reader->select(defaultProject, matchers, day, day + dayMs);
                RollupColumns columns;
                const Status read =
                    selected->size() != 1 ? Status(Error{})
                    : days ? reader->readDays(selected->at(0).id, day, day + dayMs - 1, columns)
                           : reader->readHours(selected->at(0).id, day, day + dayMs - 1, rollupAll, columns);
                return read ? columns : RollupColumns();
            };
            const auto whole = [&](bool days) {
                const RollupColumns columns = rollups(days);
                ExactSum sum;
                for (size_t i = 0; i < columns.size(); i++)
                    sum.merge(columns.exactSum(i));
                return std::pair(columns.size(), sum.value());
            };
            QTRY_COMPARE_WITH_TIMEOUT(whole(false), (std::pair<size_t, double>(24, 7.2)), 30'000);
            QTRY_COMPARE_WITH_TIMEOUT(whole(true), (std::pair<size_t, double>(1, 7.2)), 30'000);
            QCOMPARE(rollups(true).counts, (std::vector<double>{48}));
            QCOMPARE(rollups(true).endsMs, (std::vector<int64_t>{day + dayMs}));
        }
    }

    void countsOnceAcrossSealsAndRestarts()
    {
        const std::string url = m_server.newUrl();
        PostgresNode first(url, options());
        PostgresNode second(url, options());
        const int64_t begin = (first.clock.nowMs() / hourMs - 2) * hourMs;
        int64_t committed = 0;
        const auto commitSome = [&] {
            for (int i = 0; i < 20; i++, committed++) {
                QVERIFY(first.commit(batchOf("sales", "a", Kind::Delta, {{begin + committed, 1}})));
                QVERIFY(first.commit(batchOf("sales", "b", Kind::Delta, {{begin + hourMs + committed, 1}})));
            }
        };
        const auto bothSeeAll = [&] {
            const double expected = 2.0 * double(committed);
            QTRY_COMPARE_WITH_TIMEOUT(find(second, "sales").total, expected, 30'000);
            QCOMPARE(find(first, "sales").total, expected);
            QCOMPARE(find(second, "sales").samples, size_t(2 * committed));
        };
        commitSome();
        bothSeeAll();
        first.clock.advance(3 * hourMs); // the windows are over, and are sealed
        first->maintain();
        commitSome(); // late for sealed windows
        bothSeeAll();
        first.kill();
        first.open(); // the journal is shipped once more
        commitSome();
        bothSeeAll();
        first.clock.advance(3 * hourMs);
        first->maintain();
        bothSeeAll();
        QVERIFY(first->close());
        QTRY_COMPARE_WITH_TIMEOUT(shipments(url), 0, 30'000);
        first.kill();
        QTRY_COMPARE_WITH_TIMEOUT(find(second, "sales").total, 2.0 * double(committed), 30'000);
        second.kill();
        second.open(); // reads all of it from seals and shipments anew
        QTRY_COMPARE_WITH_TIMEOUT(find(second, "sales").total, 2.0 * double(committed), 30'000);
        first.open();
        bothSeeAll();
    }

    void catchesUpAfterAnOutage()
    {
        const std::string url = m_server.newUrl();
        PostgresNode first(url, options());
        PostgresNode second(url, options());
        const int64_t now = first.clock.nowMs();
        for (int round = 0; round < 3; round++) {
            QVERIFY(first.commit(batchOf("sales", "", Kind::Delta, {{now + 10 * round, 1}})));
            if (round == 0)
                QVERIFY(m_server.restart(PostgresServer::Stop::Immediate));
            else
                m_server.dropConnections();
            QVERIFY(first.commit(batchOf("sales", "", Kind::Delta, {{now + 10 * round + 1, 1}})));
            QTRY_COMPARE_WITH_TIMEOUT(find(second, "sales").total, 2.0 * (round + 1), 60'000);
        }
        QTRY_COMPARE_WITH_TIMEOUT(first.shipping().figures().waitingBytes, uint64_t(0), 30'000);
    }

    void spoolsSealsWhileTheDatabaseIsAway()
    {
        const std::string url = m_server.newUrl();
        PostgresNode first(url, options());
        PostgresNode second(url, options());
        const int64_t now = first.clock.nowMs();
        QVERIFY(first.commit(batchOf("sales", "", Kind::Delta, {{now, 1}})));
        QTRY_COMPARE_WITH_TIMEOUT(find(second, "sales").total, 1.0, 30'000);
        m_server.stop();
        QVERIFY(first.commit(batchOf("sales", "", Kind::Delta, {{now + 1, 1}})));
        first.clock.advance(3 * hourMs);
        first->maintain();
        QTRY_VERIFY_WITH_TIMEOUT(first->stats().spoolFiles > 0, 30'000);
        first->maintain();
        QVERIFY(first.commit(batchOf("sales", "", Kind::Delta, {{now + 2, 1}})));
        QCOMPARE(find(second, "sales").total, 1.0);
        QVERIFY2(m_server.start(), m_server.output());
        QTRY_COMPARE_WITH_TIMEOUT(find(first, "sales").total, 3.0, 30'000);
        QTRY_COMPARE_WITH_TIMEOUT(find(second, "sales").total, 3.0, 30'000);
        first.clock.advance(hourMs);
        const auto spooled = [&] {
            first.clock.advance(1000);
            first->maintain();
            return first->stats().spoolFiles;
        };
        QTRY_COMPARE_WITH_TIMEOUT(spooled(), uint64_t(0), 60'000);
        QTRY_COMPARE_WITH_TIMEOUT(find(second, "sales").total, 3.0, 30'000);
        QCOMPARE(find(first, "sales").total, 3.0);
    }

    /// Seals, crashes and cut connections in random order: what was acknowledged is there once, here and on
    /// the node that follows.
    void countsOnceUnderCrashesAndCuts()
    {
        const int rounds = std::max(12, qEnvironmentVariableIntValue("PLIMSOLL_TEST_CRASHES"));
        const std::string url = m_server.newUrl();
        PostgresNode first(url, options());
        PostgresNode second(url, options());
        const int64_t end = first.clock.nowMs();
        std::mt19937 random(qEnvironmentVariableIntValue("PLIMSOLL_TEST_SEED"));
        const auto below = [&](int bound) { return int(random() % unsigned(bound)); };
        double sold = 0;
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < 10; i++) {
                const int64_t atMs = end - below(6) * hourMs - below(1000);
                const double value = 1 + below(5);
                if (first.commit(batchOf("sales", std::to_string(below(20)), Kind::Delta, {{atMs, value}})))
                    sold += value;
            }
            if (below(2) == 0) {
                first.clock.advance(20 * 60'000);
                first->maintain();
            }
            if (below(3) == 0)
                m_server.dropConnections();
            if (below(3) == 0)
                first.kill();
            else if (below(8) == 0)
                QVERIFY(m_server.restart(PostgresServer::Stop::Immediate));
            QTRY_VERIFY_WITH_TIMEOUT(first.isOpen() || first.tryOpen(), 30'000);
            if (below(5) == 0) {
                second.kill();
                QTRY_VERIFY_WITH_TIMEOUT(second.isOpen() || second.tryOpen(), 30'000);
            }
        }
        QVERIFY(sold > 10 * rounds);
        QTRY_COMPARE_WITH_TIMEOUT(find(first, "sales").total, sold, 30'000);
        QTRY_COMPARE_WITH_TIMEOUT(find(second, "sales").total, sold, 30'000);
        const auto spooled = [&] {
            first.clock.advance(3 * hourMs);
            first->maintain();
            return first->stats().spoolFiles;
        };
        QTRY_COMPARE_WITH_TIMEOUT(spooled(), uint64_t(0), 60'000);
        QTRY_COMPARE_WITH_TIMEOUT(find(second, "sales").total, sold, 30'000);
        QCOMPARE(find(first, "sales").total, sold);
        qInfo("%d rounds, sum %g, nothing lost, nothing doubled", rounds, sold);
    }

    void tellsOfDocuments()
    {
        const std::string url = m_server.newUrl();
        PostgresNode first(url, options());
        PostgresNode second(url, options());
        QTRY_VERIFY_WITH_TIMEOUT(second.documentChanges() > 0, 30'000);
        const int before = second.documentChanges();
        BackendWrite write;
        write.documents = {{1, "rules", {"x", "{}", 1}, false}};
        QVERIFY(first.write(write));
        QTRY_VERIFY_WITH_TIMEOUT(second.documentChanges() > before, 30'000);
    }

    void electsOneLeader()
    {
        const std::string url = m_server.newUrl();
        PostgresNode first(url, options());
        QTRY_VERIFY_WITH_TIMEOUT(first.shipping().isLeader(), 30'000);
        PostgresNode second(url, options());
        PostgresNode third(url, options());
        QTest::qWait(1500);
        QVERIFY(first.shipping().isLeader() && !second.shipping().isLeader() && !third.shipping().isLeader());
        QElapsedTimer timer;
        timer.start();
        first.kill();
        QTRY_VERIFY_WITH_TIMEOUT(second.shipping().isLeader() || third.shipping().isLeader(), 30'000);
        qInfo("another leads after %lld ms", timer.elapsed());
        QVERIFY(second.shipping().isLeader() != third.shipping().isLeader());
        m_server.dropConnections();
        QTRY_VERIFY_WITH_TIMEOUT(second.shipping().isLeader() != third.shipping().isLeader(), 30'000);
    }
};

QTEST_GUILESS_MAIN(FollowTest)
#include "FollowTest.moc"
