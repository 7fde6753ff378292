#include "server/ingest/Pushgateway.h"
#include "server/ingest/PushBody.h"
#include "server/ingest/PushPath.h"
#include "storage/model/Staleness.h"
#include "tests/support/TemporaryEngine.h"

#include <QTest>

#include <future>

using namespace plimsoll;
using namespace plimsoll::ingest;
using plimsoll::test::TemporaryEngine;

namespace {

const Prices prices;

std::string labelsOf(const Result<Labels> &labels)
{
    return labels ? labels->toString() : "refused: " + labels.error().message;
}

/// A gateway over a real engine and real records.
class Fixture
{
public:
    TemporaryEngine engine;
    std::unique_ptr<IngestThread> ingest;
    std::unique_ptr<Pushgateway> gateway;
    Pushgateway::Options options;

    explicit Fixture(const Pushgateway::Options &theOptions = {})
        : options(theOptions)
    {
        start();
    }
    ~Fixture() { stop(); }
    void start()
    {
        ingest = std::make_unique<IngestThread>(*engine);
        gateway = std::make_unique<Pushgateway>(*ingest, engine.documents(), engine.clock, options);
        if (!gateway->load({defaultProject}))
            qFatal("cannot load");
        ingest->start();
    }
    void stop()
    {
        gateway->stop();
        ingest->stop();
        gateway.reset();
        ingest.reset();
    }

    static Status wait(const std::function<void(Pushgateway::Done)> &ask)
    {
        std::promise<Status> promise;
        ask([&](const Status &status) { promise.set_value(status); });
        return promise.get_future().get();
    }
    /// "" or the reason.
    std::string push(const Labels &group, std::string_view body,
                     Pushgateway::Mode mode = Pushgateway::Mode::Replace)
    {
        auto series = readPush(body, group, prices);
        if (!series)
            return series.error().message;
        const Status status = wait([&](Pushgateway::Done done) {
            gateway->push(defaultProject, group, mode, *series, std::move(done));
        });
        return status ? "" : status.error().message;
    }
    bool remove(const Labels &group)
    {
        return wait([&](Pushgateway::Done done) { gateway->remove(defaultProject, group, std::move(done)); })
            .ok();
    }
    /// Repeats the groups, and waits until what was handed over is stored.
    void tick()
    {
        gateway->tick();
        const Status stored = wait([&](const Pushgateway::Done &done) {
            ingest->submit(Batch(), [done](const CommitReceipt &receipt) { done(receipt.status); });
        });
        if (!stored)
            qFatal("cannot store");
    }

    /// The newest samples of all series that a metric has, "name{…} kind value" or "… stale", one a line.
    std::string newest(const std::string &name)
    {
        std::string out;
        const auto reader = engine->openReader();
        const Matcher matcher{"__name__", Matcher::Op::Equal, name};
        const auto found = reader->select(defaultProject, {&matcher, 1}, 0, INT64_MAX);
        for (const SelectedSeries &series : found.value()) {
            FloatColumns samples;
            if (!reader->readFloats(series.id, 0, INT64_MAX, samples) || samples.size() == 0)
                qFatal("cannot read");
            const double value = samples.values.back();
            out += series.labels->toString() + ' ' + std::string(kindName(series.kind)) + ' ' +
                   (isStale(value) ? "stale" : QByteArray::number(value, 'g', 17).toStdString()) + '\n';
        }
        return out;
    }
    std::vector<int64_t> timesOf(const std::string &name)
    {
        const auto reader = engine->openReader();
        const Matcher matcher{"__name__", Matcher::Op::Equal, name};
        const auto found = reader->select(defaultProject, {&matcher, 1}, 0, INT64_MAX);
        FloatColumns samples;
        if (found->size() != 1 || !reader->readFloats(found->front().id, 0, INT64_MAX, samples))
            qFatal("not one series");
        return samples.timestampsMs;
    }
};

const Labels backup{{"job", "backup"}};

} // namespace

class PushgatewayTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsPaths()
    {
        QCOMPARE(labelsOf(pushLabels("a b", false, "")), std::string("{job=\"a b\"}"));
        QCOMPARE(labelsOf(pushLabels("j", false, "instance/web1/zone/eu")),
                 std::string("{instance=\"web1\",job=\"j\",zone=\"eu\"}"));
        QCOMPARE(
            labelsOf(pushLabels("ZGlyL3N1Yg", true, "path@base64/L3Zhci90bXA=/empty@base64/=/u@base64/w7w")),
            std::string("{job=\"dir/sub\",path=\"/var/tmp\",u=\"ü\"}"));
        for (const auto &[job, isBase64, rest] :
             std::initializer_list<std::tuple<const char *, bool, const char *>>{{"", false, ""},
                                                                                 {"=", true, ""},
                                                                                 {"!!", true, ""},
                                                                                 {"_w", true, ""},
                                                                                 {"j", false, "alone"},
                                                                                 {"j", false, "job/again"},
                                                                                 {"j", false, "a/1/a/2"},
                                                                                 {"j", false, "__x/1"},
                                                                                 {"j", false, "/1"}})
            QVERIFY2(!pushLabels(job, isBase64, rest), rest);
    }

    void readsBodies()
    {
        const auto series =
            readPush("# TYPE h histogram\nh_bucket{le=\"+Inf\",job=\"x\"} 1\nh_sum 2\nh_count 1\n"
                     "# TYPE g gauge\ng 5\nplain 7\n",
                     {{"job", "j"}, {"zone", "eu"}}, prices);
        QVERIFY(series.ok());
        std::string all;
        for (const PushedSeries &one : *series)
            all += one.family + ' ' + Labels::fromKey(one.key)->toString() + ' ' +
                   std::string(kindName(one.kind)) + ' ' + std::to_string(int(one.value)) + '\n';
        QCOMPARE(all, std::string("h h_bucket{job=\"j\",le=\"+Inf\",zone=\"eu\"} counter 1\n"
                                  "h h_sum{job=\"j\",zone=\"eu\"} counter 2\n"
                                  "h h_count{job=\"j\",zone=\"eu\"} counter 1\n"
                                  "g g{job=\"j\",zone=\"eu\"} gauge 5\n"
                                  "plain plain{job=\"j\",zone=\"eu\"} untyped 7\n"));
        QCOMPARE(readPush("a{x=\"1\" 2", backup, prices).error().code, ErrorCode::Invalid);
        for (const char *inconsistent : {"a 1 1790000000000", "a{job=\"x\"} 1\na{job=\"y\"} 2",
                                         "push_time_seconds 1", "push_failure_time_seconds 1"})
            QCOMPARE(readPush(inconsistent, backup, prices).error().code, ErrorCode::Unprocessable);
    }

    void replacesAGroup()
    {
        Fixture f;
        QCOMPARE(f.push(backup, "# TYPE a gauge\na 1\n# TYPE b counter\nb{x=\"1\"} 2\nb{x=\"2\"} 3\n"),
                 std::string());
        QCOMPARE(f.newest("a") + f.newest("b"),
                 std::string("a{job=\"backup\"} gauge 1\nb{job=\"backup\",x=\"1\"} counter 2\n"
                             "b{job=\"backup\",x=\"2\"} counter 3\n"));
        QCOMPARE(f.newest("push_time_seconds"),
                 std::string("push_time_seconds{job=\"backup\"} gauge 1767700800\n"));
        QCOMPARE(f.newest("push_failure_time_seconds"),
                 std::string("push_failure_time_seconds{job=\"backup\"} gauge 0\n"));
        QCOMPARE(f.push(backup, "# TYPE b counter\nb{x=\"1\"} 5\n"), std::string());
        QCOMPARE(f.newest("a") + f.newest("b"),
                 std::string("a{job=\"backup\"} gauge stale\nb{job=\"backup\",x=\"1\"} counter 5\n"
                             "b{job=\"backup\",x=\"2\"} counter stale\n"));
        QCOMPARE(f.push(backup, ""), std::string());
        QCOMPARE(f.newest("b"), std::string("b{job=\"backup\",x=\"1\"} counter stale\n"
                                            "b{job=\"backup\",x=\"2\"} counter stale\n"));
        QCOMPARE(f.gateway->groupCount(), size_t(1));
    }

    void mergesMetricsOfTheSameNames()
    {
        Fixture f;
        QCOMPARE(
            f.push(backup,
                   "# TYPE a gauge\na 1\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\n"
                   "h_sum 1\nh_count 1\n"),
            std::string());
        QCOMPARE(f.push(backup, "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 4\nh_sum 2\nh_count 4\n",
                        Pushgateway::Mode::Merge),
                 std::string());
        QCOMPARE(f.newest("a") + f.newest("h_bucket"),
                 std::string("a{job=\"backup\"} gauge 1\nh_bucket{job=\"backup\",le=\"+Inf\"} counter 4\n"
                             "h_bucket{job=\"backup\",le=\"1\"} counter stale\n"));
    }

    void repeatsUntilDeleted()
    {
        Fixture f;
        f.engine.clock.set(1'767'700'801'000);
        QCOMPARE(f.push(backup, "a 1\n"), std::string());
        f.tick();
        for (int second = 0; second < 40; second++) {
            f.engine.clock.advance(1000);
            f.tick();
        }
        QCOMPARE(f.timesOf("a"),
                 (std::vector<int64_t>{1'767'700'801'000, 1'767'700'815'000, 1'767'700'830'000}));
        QVERIFY(f.remove(backup));
        QVERIFY(f.remove(backup));
        for (const char *name : {"a", "push_time_seconds", "push_failure_time_seconds"})
            QVERIFY(f.newest(name).ends_with(" stale\n"));
        f.engine.clock.advance(60'000);
        f.tick();
        QVERIFY(f.newest("a").ends_with(" stale\n"));
        QCOMPARE(f.gateway->groupCount(), size_t(0));
    }

    void survivesARestart()
    {
        Fixture f;
        const Labels other{{"job", "backup"}, {"instance", "\"web\"\n1"}};
        QCOMPARE(f.push(backup, "# TYPE a gauge\na 0.1\nb NaN\nc{x=\"é\"} -Inf\n"), std::string());
        QCOMPARE(f.push(other, "# TYPE a gauge\na 2\n"), std::string());
        const Labels gone{{"job", "gone"}};
        QCOMPARE(f.push(gone, "# TYPE a gauge\na 3\n"), std::string());
        QVERIFY(f.remove(gone));
        f.stop();
        f.engine.crash();
        f.start();
        QCOMPARE(f.gateway->groupCount(), size_t(2));
        f.engine.clock.advance(60'000);
        f.tick();
        QCOMPARE(f.timesOf("c").back(), f.engine.clock.nowMs());
        QCOMPARE(f.newest("a") + f.newest("b") + f.newest("c"),
                 std::string("a{instance=\"\\\"web\\\"\\n1\",job=\"backup\"} gauge 2\n"
                             "a{job=\"backup\"} gauge 0.10000000000000001\na{job=\"gone\"} gauge stale\n"
                             "b{job=\"backup\"} untyped nan\nc{job=\"backup\",x=\"é\"} untyped -inf\n"));
        QVERIFY(f.remove(backup));
        QVERIFY(f.newest("c").ends_with(" stale\n"));
    }

    void takesNothingOfAPushThatDoesNotFit()
    {
        Fixture f;
        QCOMPARE(f.push(backup, "# TYPE a gauge\na 1\n"), std::string());
        f.engine.clock.advance(1000);
        const std::string reason = f.push(backup, "# TYPE z gauge\nz 1\n# TYPE a counter\na 2\n");
        QVERIFY2(reason.find("kind gauge") != std::string::npos, reason.c_str());
        QCOMPARE(f.newest("z"), std::string());
        QCOMPARE(f.newest("a"), std::string("a{job=\"backup\"} gauge 1\n"));
        QCOMPARE(f.newest("push_time_seconds"),
                 std::string("push_time_seconds{job=\"backup\"} gauge 1767700800\n"));
        QCOMPARE(f.newest("push_failure_time_seconds"),
                 std::string("push_failure_time_seconds{job=\"backup\"} gauge 1767700801\n"));
        QCOMPARE(f.push(backup, "# TYPE a gauge\na 4\n"), std::string());
        QCOMPARE(f.newest("a"), std::string("a{job=\"backup\"} gauge 4\n"));
    }

    void forgetsWhatIsTooOld()
    {
        Pushgateway::Options options;
        options.ttlMs = 60'000;
        Fixture f(options);
        QCOMPARE(f.push(backup, "a 1\n"), std::string());
        f.engine.clock.advance(59'000);
        f.tick();
        QCOMPARE(f.gateway->groupCount(), size_t(1));
        f.engine.clock.advance(1'000);
        f.gateway->tick();
        QTRY_COMPARE_WITH_TIMEOUT(f.gateway->groupCount(), size_t(0), 30'000);
        QTRY_VERIFY_WITH_TIMEOUT(f.newest("a").ends_with(" stale\n"), 30'000);
    }

    void isBounded()
    {
        Pushgateway::Options options;
        options.maxSeries = 10;
        Fixture f(options);
        const std::string eight = "a 1\nb 1\nc 1\nd 1\ne 1\nf 1\ng 1\nh 1\n";
        QCOMPARE(f.push(backup, eight), std::string());
        QCOMPARE(f.push(backup, eight), std::string());
        QVERIFY(!f.push({{"job", "x"}}, "").empty());
        QVERIFY(f.remove(backup));
        QCOMPARE(f.push({{"job", "x"}}, ""), std::string());
    }

    /// Changes of one group take effect in the order in which they came, whatever runs besides.
    void keepsTheOrderOfPushes()
    {
        Fixture f;
        std::vector<std::future<Status>> answers;
        for (int i = 0; i < 100; i++) {
            const Labels group{{"job", "j" + std::to_string(i % 5)}};
            auto promise = std::make_shared<std::promise<Status>>();
            answers.push_back(promise->get_future());
            f.gateway->push(defaultProject, group, Pushgateway::Mode::Replace,
                            readPush("a " + std::to_string(i) + "\n", group, prices).value(),
                            [promise](const Status &status) { promise->set_value(status); });
        }
        for (auto &answer : answers)
            QVERIFY(answer.get().ok());
        QCOMPARE(f.newest("a"), std::string("a{job=\"j0\"} untyped 95\na{job=\"j1\"} untyped 96\n"
                                            "a{job=\"j2\"} untyped 97\na{job=\"j3\"} untyped 98\n"
                                            "a{job=\"j4\"} untyped 99\n"));
    }

    void refusesAfterItsEnd()
    {
        Fixture f;
        f.gateway->stop();
        QVERIFY(!f.push(backup, "a 1\n").empty());
    }
};

QTEST_GUILESS_MAIN(PushgatewayTest)
#include "PushgatewayTest.moc"
