#include "server/api/CostReport.h"
#include "server/api/EndpointReport.h"
#include "server/api/MetricCatalogue.h"
#include "server/api/MetricsQuery.h"
#include "server/api/Snapshot.h"
#include "tests/support/TemporaryEngine.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <ctime>

using namespace plimsoll;
using namespace plimsoll::api;

namespace {

constexpr int64_t hour = 3'600'000;
constexpr int64_t day = 24 * hour;

/// Processor time of this thread, since the machine may be busy with other things.
double cpuMs()
{
    timespec time = {};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

} // namespace

/// The reading endpoints over a real engine, with samples in the head, in chunks, and after a crash.
class ReadingEngineTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void answersAreTheSameFromHeadAndChunks()
    {
        test::TemporaryEngine engine;
        fill(engine);
        const auto before = answers(engine);
        QCOMPARE(sumOf(before[0]), 288 * 0.1);
        engine.crash();
        QCOMPARE(answers(engine), before);
        engine.restart();
        QCOMPARE(answers(engine), before);
    }

    void aMonthOfOneSeriesIsQuick()
    {
        test::TemporaryEngine engine;
        const int64_t now = engine.clock.nowMs();
        for (int d = 30; d > 0; d--) {
            std::vector<Sample> samples;
            for (int64_t t = now - d * day; t < now - (d - 1) * day; t += 15'000)
                samples.push_back({t, static_cast<double>(t / 15'000 % 1000) / 10});
            QVERIFY(engine.commit(test::TemporaryEngine::batchOf({{"__name__", "cpu"}}, Kind::Gauge, samples))
                        .status.ok());
        }
        engine.restart();
        for (const Resolution resolution : {Resolution::Hour, Resolution::Day}) {
            const MetricsQuery query{"cpu", {now - 30 * day, now}, resolution, {}, {}, {}};
            const double started = cpuMs();
            const auto reader = engine->openReader();
            const auto answer = answerMetricsQuery(scope(*reader, now), query);
            QVERIFY(answer.ok());
            qInfo("a month of a 15 s series by %s: %.1f ms of processor", resolutionName(resolution).data(),
                  cpuMs() - started);
            double count = 0;
            for (const QJsonValue &bucket : parse(*answer)["series"][0]["buckets"].toArray())
                count += bucket["count"].toDouble();
            QCOMPARE(count, 172'800.0);
        }
    }

    void aDayOfManyRoutesIsQuick()
    {
        test::TemporaryEngine engine;
        const int64_t now = engine.clock.nowMs();
        for (int64_t t = now - day; t < now; t += 10 * 60'000)
            QVERIFY(engine.commit(requestsOf(t, t + 10 * 60'000)).status.ok());
        for (const bool sealed : {false, true}) {
            if (sealed)
                engine.restart();
            const double started = cpuMs();
            const auto reader = engine->openReader();
            const auto report = EndpointReport::make(scope(*reader, now), {now - day, now}, "", "");
            QVERIFY(report.ok());
            const std::string json = report->toJson();
            qInfo("100 routes over 24 h, %s: %.1f ms of processor", sealed ? "sealed" : "as it came",
                  cpuMs() - started);
            QCOMPARE(report->endpoints.size(), size_t(100));
            double count = 0;
            for (const EndpointFigures &endpoint : report->endpoints)
                count += endpoint.durations.count();
            QCOMPARE(count, 576'000.0);
        }
    }

private:
    static ReadScope scope(const SeriesReader &reader, int64_t nowMs)
    {
        static const std::atomic<bool> never{false};
        return {reader, defaultProject, nowMs, never};
    }

    /// One batch for each hour of a day: a handful of kinds every 5 minutes.
    static void fill(test::TemporaryEngine &engine)
    {
        const Labels model{{"model", "m"}};
        const Labels request{{"method", "GET"}, {"route", "/"}, {"status", "200"}};
        for (int64_t from = engine.clock.nowMs() - day; from < engine.clock.nowMs(); from += hour) {
            Batch batch;
            for (int64_t t = from; t < from + hour; t += 300'000) {
                add(batch, "revenue", {{"plan", "pro"}}, Kind::Distribution, t, 0.1);
                add(batch, "llm_cost_usd_total", model, Kind::Delta, t, 0.001);
                add(batch, "llm_calls_total", model, Kind::Delta, t, 1);
                add(batch, "cpu", {}, Kind::Gauge, t, static_cast<double>(t % 1000));
                add(batch, "http_request_duration_seconds", request, Kind::Distribution, t, 0.25);
            }
            QVERIFY(engine.commit(std::move(batch)).status.ok());
        }
    }

    static void add(Batch &batch, const char *name, Labels labels, Kind kind, int64_t t, double value)
    {
        labels.set(nameLabel, name);
        batch.series.push_back({labels.key(), kind, false, batch.itemCount});
        const auto position = static_cast<uint32_t>(batch.series.size() - 1);
        batch.floats.push_back({position, t, value, batch.itemCount++});
    }

    /// 100 routes with 4 requests a minute each.
    static Batch requestsOf(int64_t from, int64_t to)
    {
        Batch batch;
        for (uint32_t route = 0; route < 100; route++) {
            const Labels labels{{"__name__", "http_request_duration_seconds"},
                                {"method", "GET"},
                                {"route", "/r" + std::to_string(route)},
                                {"status", "200"}};
            batch.series.push_back({labels.key(), Kind::Distribution, false, batch.itemCount});
            for (int64_t t = from; t < to; t += 15'000)
                batch.floats.push_back(
                    {route, t + route, 0.001 * static_cast<double>(1 + t / 15'000 % 200), batch.itemCount++});
        }
        return batch;
    }

    static std::vector<std::string> answers(test::TemporaryEngine &engine)
    {
        const int64_t now = engine.clock.nowMs();
        const TimeRange range{now - day, now};
        const auto reader = engine->openReader();
        const ReadScope all = scope(*reader, now);
        std::vector<std::string> texts;
        texts.push_back(
            textOf(answerMetricsQuery(all, {"revenue", range, Resolution::Hour, {"plan"}, {}, {}})));
        texts.push_back(textOf(answerMetricsQuery(all, {"revenue", range, Resolution::Day, {}, {}, {}})));
        texts.push_back(textOf(answerMetricsQuery(all, {"cpu", range, Resolution::Minute, {}, {}, {}})));
        texts.push_back(EndpointReport::make(all, range, "", "")->toJson());
        texts.push_back(CostReport::make(all, range, CostReport::defaultLabels())->toJson());
        texts.push_back(Snapshot::take(all, {})->toJson(now));
        texts.push_back(metricsToJson(*findMetrics(all, "", 100)));
        return texts;
    }

    static std::string textOf(const Result<std::string> &answer)
    {
        return answer ? *answer : answer.error().message;
    }

    static double sumOf(const std::string &json)
    {
        ExactSum sum;
        for (const QJsonValue &bucket : parse(json)["series"][0]["buckets"].toArray())
            sum.add(bucket["sum"].toDouble());
        return sum.value();
    }

    static QJsonObject parse(const std::string &json)
    {
        return QJsonDocument::fromJson(QByteArray::fromStdString(json)).object();
    }
};

QTEST_GUILESS_MAIN(ReadingEngineTest)
#include "ReadingEngineTest.moc"
