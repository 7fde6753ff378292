#include "server/api/CostReport.h"
#include "server/api/EndpointReport.h"
#include "server/api/MetricCatalogue.h"
#include "server/api/StorageReport.h"
#include "server/api/SystemReport.h"
#include "tests/support/MemorySeries.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::api;

namespace {

constexpr int64_t nowMs = 1'767'700'800'000;
constexpr int64_t hour = 3'600'000;
const TimeRange lastHour{nowMs - hour, nowMs};

} // namespace

class ReportsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_series = {}; }

    void endpointsAreGathered()
    {
        for (int i = 0; i < 98; i++)
            request("GET", "/a", "200", nowMs - 1000 * (i + 1), 0.1);
        request("GET", "/a", "404", nowMs - 5, 0.1);
        request("GET", "/a", "503", nowMs - 6, 2);
        request("POST", "/b", "200", nowMs - 7, 1);
        request("POST", "/b", "200", nowMs, 1);
        const QJsonObject answer = parse(EndpointReport::make(scope(), lastHour, "", "")->toJson());
        const QJsonArray endpoints = answer["endpoints"].toArray();
        QCOMPARE(endpoints.size(), 2);
        const QJsonObject first = endpoints[0].toObject();
        QCOMPARE(first["method"].toString(), QStringLiteral("GET"));
        QCOMPARE(first["route"].toString(), QStringLiteral("/a"));
        QCOMPARE(first["count"].toDouble(), 100.0);
        QCOMPARE(first["rate"].toDouble(), 100.0 / 3600);
        QCOMPARE(first["errors"].toDouble(), 1.0);
        QCOMPARE(first["error_rate"].toDouble(), 0.01);
        QVERIFY(std::abs(first["p50"].toDouble() - 100) <= 1.2);
        QCOMPARE(first["max"].toDouble(), 2000.0);
        QCOMPARE(first["status"].toObject(), (QJsonObject{{"200", 98}, {"404", 1}, {"503", 1}}));
        QCOMPARE(endpoints[1].toObject()["count"].toDouble(), 1.0);
        QVERIFY(std::abs(endpoints[1].toObject()["time_share"].toDouble() - 1 / 12.9) < 1e-9);
    }

    void endpointsCanBeNarrowed()
    {
        request("GET", "/a", "200", nowMs - 1, 0.1);
        request("POST", "/a", "200", nowMs - 1, 0.1);
        request("GET", "/b", "200", nowMs - 1, 0.1);
        QCOMPARE(EndpointReport::make(scope(), lastHour, "GET", "")->endpoints.size(), size_t(2));
        QCOMPARE(EndpointReport::make(scope(), lastHour, "GET", "/a")->endpoints.size(), size_t(1));
    }

    void endpointsCountOnlyRequestsThatFulfilAllConditions()
    {
        request("GET", "/a", "200", nowMs - 1, 0.1);
        request("GET", "/a", "404", nowMs - 1, 0.4);
        request("GET", "/a", "503", nowMs - 1, 0.9);
        request("POST", "/b", "200", nowMs - 1, 0.1);
        const auto failed =
            EndpointReport::make(scope(), lastHour, "", "", {{"status", Matcher::Op::Regex, "[45].."}});
        QCOMPARE(failed->endpoints.size(), size_t(1));
        QCOMPARE(failed->endpoints[0].statuses, (std::map<std::string, double>{{"404", 1}, {"503", 1}}));
        const auto none =
            EndpointReport::make(scope(), lastHour, "POST", "", {{"status", Matcher::Op::Regex, "[45].."}});
        QVERIFY(none->endpoints.empty());
    }

    void costsAreExact()
    {
        for (int i = 0; i < 1000; i++)
            call("openai", "gpt-4o", "/chat", nowMs - 1 - i, 0.0001);
        call("openai", "gpt-4o", "/sum", nowMs - 1, 0.25);
        call("acme", "unknown", "/chat", nowMs - 1, std::nullopt);
        call("acme", "unknown", "/chat", nowMs - 2, std::nullopt);
        const QJsonObject answer =
            parse(CostReport::make(scope(), lastHour, CostReport::defaultLabels())->toJson());
        QCOMPARE(answer["currency"].toString(), QStringLiteral("USD"));
        QCOMPARE(answer["total"].toDouble(), 0.35);
        QCOMPARE(answer["unpriced_calls"].toDouble(), 2.0);
        const QJsonArray rows = answer["by"].toArray();
        QCOMPARE(rows.size(), 3);
        QCOMPARE(rows[0]["endpoint"].toString(), QStringLiteral("/sum"));
        QCOMPARE(rows[1]["cost"].toDouble(), 0.1);
        QCOMPARE(rows[1]["calls"].toDouble(), 1000.0);
        QCOMPARE(rows[1]["tokens"].toObject(),
                 (QJsonObject{{"input", 100'000}, {"output", 0}, {"cache_read", 0}, {"cache_write", 0}}));
        QVERIFY(rows[2]["cost"].isNull());
        QCOMPARE(rows[2]["unpriced_calls"].toDouble(), 2.0);
    }

    void aModelMayGetItsPriceLater()
    {
        call("acme", "new", "/chat", nowMs - 1000, std::nullopt);
        call("acme", "new", "/chat", nowMs - 500, 0.5);
        const QJsonObject answer =
            parse(CostReport::make(scope(), lastHour, CostReport::defaultLabels())->toJson());
        QCOMPARE(answer["unpriced_calls"].toDouble(), 1.0);
        QCOMPARE(answer["by"][0]["cost"].toDouble(), 0.5);
    }

    void costsGroupByAnyLabel()
    {
        call("openai", "gpt-4o", "/a", nowMs - 1, 0.5);
        call("openai", "o1", "/a", nowMs - 1, 0.25);
        const QJsonObject byProvider = parse(CostReport::make(scope(), lastHour, {"provider"})->toJson());
        QCOMPARE(byProvider["by"].toArray().size(), 1);
        QCOMPARE(byProvider["by"][0]["cost"].toDouble(), 0.75);
        QVERIFY(!byProvider["by"][0].toObject().contains("model"));
        const QJsonObject byTeam = parse(CostReport::make(scope(), lastHour, {"team"})->toJson());
        QCOMPARE(byTeam["by"][0]["labels"].toObject(), (QJsonObject{{"team", ""}}));
    }

    void theSystemIsKnownAsFarAsItIs()
    {
        const QJsonObject nothing = parse(*answerSystem(scope(), "atlas-1"));
        QCOMPARE(nothing["host"].toString(), QStringLiteral("atlas-1"));
        QVERIFY(nothing["cpu_ratio"].isNull());
        QCOMPARE(nothing["load"].toArray().size(), 3);
        QVERIFY(nothing["disks"].toArray().isEmpty());
        QVERIFY(nothing["network"]["receive_bytes_per_s"].isNull());

        m_series.add({{"__name__", "host_cpu_usage_ratio"}}, Kind::Gauge, nowMs - 1000, 0.25);
        m_series.add({{"__name__", "host_load5"}}, Kind::Gauge, nowMs - 1000, 1.5);
        m_series.add({{"__name__", "host_disk_total_bytes"}, {"mount", "/"}}, Kind::Gauge, nowMs - 1000,
                     1000);
        m_series.add({{"__name__", "host_disk_used_bytes"}, {"mount", "/"}}, Kind::Gauge, nowMs - 1000, 400);
        for (int i = 0; i <= 30; i++)
            m_series.add({{"__name__", "host_network_receive_bytes_total"}}, Kind::Counter, nowMs - i * 1000,
                         9000 - i * 100);
        const QJsonObject system = parse(*answerSystem(scope(), "atlas-1"));
        QCOMPARE(system["cpu_ratio"].toDouble(), 0.25);
        QCOMPARE(system["load"][1].toDouble(), 1.5);
        QVERIFY(system["load"][0].isNull());
        QCOMPARE(system["disks"][0]["mount"].toString(), QStringLiteral("/"));
        QCOMPARE(system["disks"][0]["used_bytes"].toDouble(), 400.0);
        QCOMPARE(system["network"]["receive_bytes_per_s"].toDouble(), 100.0);
        QVERIFY(system["network"]["transmit_bytes_per_s"].isNull());
    }

    void metricsAreFound()
    {
        m_series.add({{"__name__", "checkout_total"}, {"a", "1"}}, Kind::Delta, nowMs - 9 * hour, 1);
        m_series.add({{"__name__", "checkout_total"}, {"a", "2"}}, Kind::Delta, nowMs - 8 * hour, 1);
        m_series.add({{"__name__", "host_load1"}}, Kind::Gauge, nowMs, 1);
        m_series.observe({{"__name__", "http_request_duration_seconds"}}, nowMs - 5, 1);
        const auto all = findMetrics(scope(), "", 1000);
        QCOMPARE(all->size(), size_t(3));
        QCOMPARE(all->at(0).name, std::string("checkout_total"));
        QCOMPARE(all->at(0).series, size_t(2));
        QCOMPARE(all->at(0).lastMs, std::optional<int64_t>(nowMs - 8 * hour));
        QCOMPARE(findMetrics(scope(), "", 2)->size(), size_t(2));
        QCOMPARE(findMetrics(scope(), "durat", 1000)->at(0).name,
                 std::string("http_request_duration_seconds"));
        QCOMPARE(findMetrics(scope(), "chekout", 1000)->at(0).name, std::string("checkout_total"));
        QVERIFY(findMetrics(scope(), "zzz", 1000)->empty());
        const QJsonObject json = parse(metricsToJson(*all));
        QCOMPARE(json["items"][2]["unit"].toString(), QStringLiteral("seconds"));
        QVERIFY(json["next_cursor"].isNull());
    }

    void storageTellsItsFigures()
    {
        const QTemporaryDir directory;
        EngineStats stats;
        stats.samplesAccepted = 12;
        stats.chunkBytes = 34;
        const StorageFigures figures{[&] { return stats; }, [] { return 1.5; },
                                     directory.path().toStdString(), "postgresql"};
        const QJsonObject fresh = parse(*answerStorage(scope(), figures));
        QCOMPARE(fresh["samples_total"].toInteger(), 12);
        QCOMPARE(fresh["chunk_bytes"].toInteger(), 34);
        QCOMPARE(fresh["samples_per_second"].toDouble(), 1.5);
        QCOMPARE(fresh["database"].toString(), QStringLiteral("postgresql"));
        QVERIFY(fresh["disk_total_bytes"].toDouble() > 0);
        QVERIFY(fresh["days_left"].isNull());
        m_series.add({{"__name__", "plimsoll_chunk_bytes"}}, Kind::Gauge, nowMs - 12 * hour, 1000);
        m_series.add({{"__name__", "plimsoll_chunk_bytes"}}, Kind::Gauge, nowMs, 2000);
        const QJsonObject grown = parse(*answerStorage(scope(), figures));
        const double expected = grown["disk_free_bytes"].toDouble() / 2000;
        QVERIFY(std::abs(grown["days_left"].toDouble() - expected) < expected * 1e-9);
    }

    void daysLeftNeedGrowth()
    {
        QVERIFY(!daysLeft(1e9, 0, 24 * hour));
        QVERIFY(!daysLeft(1e9, -5, 24 * hour));
        QVERIFY(!daysLeft(1e9, 5, hour / 2));
        QCOMPARE(daysLeft(1000, 100, 24 * hour), std::optional(10.0));
    }

private:
    ReadScope scope()
    {
        m_reader = m_series.openReader();
        return {*m_reader, defaultProject, nowMs, m_cancelled};
    }

    void request(const char *method, const char *route, const char *status, int64_t t, double seconds)
    {
        m_series.observe({{"__name__", "http_request_duration_seconds"},
                          {"method", method},
                          {"route", route},
                          {"status", status}},
                         t, seconds);
    }

    void call(const char *provider, const char *model, const char *endpoint, int64_t t,
              std::optional<double> cost)
    {
        const Labels labels{{"provider", provider}, {"model", model}, {"endpoint", endpoint}};
        addDelta("llm_calls_total", labels, t, 1);
        Labels tokens = labels;
        tokens.set("type", "input");
        addDelta("llm_tokens_total", tokens, t, 100);
        if (cost)
            addDelta("llm_cost_usd_total", labels, t, *cost);
    }

    void addDelta(const char *name, Labels labels, int64_t t, double value)
    {
        labels.set(nameLabel, name);
        m_series.add(labels, Kind::Delta, t, value);
    }

    static QJsonObject parse(const std::string &json)
    {
        return QJsonDocument::fromJson(QByteArray::fromStdString(json)).object();
    }

    test::MemorySeries m_series;
    std::unique_ptr<SeriesReader> m_reader;
    std::atomic<bool> m_cancelled{false};
};

QTEST_GUILESS_MAIN(ReportsTest)
#include "ReportsTest.moc"
