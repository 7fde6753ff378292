#include "server/api/PrometheusApi.h"
#include "storage/model/Staleness.h"
#include "tests/support/HttpFixture.h"
#include "tests/support/MemorySeries.h"
#include "tests/support/RawClient.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::api;
using tests::RawAnswer;
using tests::RawClient;

/// The Prometheus API over a real socket.
class PrometheusApiTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        for (int i = 0; i <= 60; i++) {
            m_series.add({{"__name__", "cpu"}, {"host", "a"}}, Kind::Gauge, i * 15'000, i);
            m_series.add({{"__name__", "cpu"}, {"host", "b"}}, Kind::Gauge, i * 15'000, 0.5);
        }
        for (int i = 0; i < 3; i++)
            m_series.add({{"__name__", "odd.name"}, {"a.b", "x"}}, Kind::Gauge, nowMs - 60'000 + i * 1000, i);
        m_series.add({{"__name__", "ended"}}, Kind::Gauge, nowMs - 60'000, 1);
        m_series.add({{"__name__", "ended"}}, Kind::Gauge, nowMs - 50'000, std::bit_cast<double>(staleBits));
        m_series.add({{"__name__", "sold_total"}}, Kind::Delta, nowMs - 90'000, 2);
        m_series.add({{"__name__", "sold_total"}}, Kind::Delta, nowMs - 60'000, 0.5);
        m_series.add({{"__name__", "revenue"}, {"plan", "pro"}}, Kind::Delta, 1000, 49);
        m_series.observe({{"__name__", "latency"}}, 1000, 0.25);
        m_series.add({{"__name__", "secret"}}, Kind::Gauge, 1000, 1, defaultProject + 1);
        for (int i = 0; i < 200'000; i++)
            m_series.add({{"__name__", "long"}}, Kind::Gauge, i * 100, i % 977);
        m_api.addRoutes(m_http.router);
        m_http.start();
    }

    void cleanupTestCase() { m_http.stop(); }

    void answersAsPrometheusDoes_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("data");
        const auto row = [](const char *target, const char *data) {
            QTest::newRow(target) << QByteArray(target) << QByteArray(data);
        };
        row("/api/v1/query?query=cpu%7Bhost%3D%22b%22%7D&time=30.5",
            R"({"resultType":"vector","result":[{"metric":{"__name__":"cpu","host":"b"},"value":[30.500,"0.5"]}]})");
        row("/api/v1/query?query=1%2B1&time=1970-01-01T00:00:10Z",
            R"({"resultType":"scalar","result":[10,"2"]})");
        row("/api/v1/query?query=%22x%22&time=7", R"({"resultType":"string","result":[7,"x"]})");
        row("/api/v1/query_range?query=sum(cpu)&start=0&end=30&step=15s",
            R"({"resultType":"matrix","result":[{"metric":{},"values":[[0,"0.5"],[15,"1.5"],[30,"2.5"]]}]})");
        row("/api/v1/query?query=cpu%7Bhost%3D%22a%22%7D[20s]&time=30",
            R"({"resultType":"matrix","result":[{"metric":{"__name__":"cpu","host":"a"},"values":[[15,"1"],[30,"2"]]}]})");
        row("/api/v1/query?query=increase(latency[1m])&time=60",
            R"({"resultType":"vector","result":[{"metric":{},"histogram":[60,{"count":"1","sum":"0.25","buckets":[[0,"0.24730700329849387","0.25","1"]]}]}]})");
        row("/api/v1/query?query=nothing&time=0", R"({"resultType":"vector","result":[]})");
        row("/api/v1/labels?end=1000", R"(["__name__","host","plan"])");
        row("/api/v1/labels?match[]=%7B%22odd.name%22%7D", R"(["__name__","a.b"])");
        row("/api/v1/label/U__a_2e_b/values", R"(["x"])");
        row("/api/v1/label/U__a_2_/values", R"([])");
        row("/api/v1/series?match[]=cpu&match[]=%7Bhost=%22a%22%7D",
            R"([{"__name__":"cpu","host":"a"},{"__name__":"cpu","host":"b"}])");
        row("/api/v1/"
            "series?match[]=cpu&start=-292273086-05-16T16:47:06Z&end=292277025-08-18T07:12:54.999999999Z",
            R"([{"__name__":"cpu","host":"a"},{"__name__":"cpu","host":"b"}])");
        row("/api/v1/series?match[]=cpu&start=1970-01-02T00:00:00Z", "[]");
        row("/api/v1/rules", R"({"groups":[]})");
        row("/api/v1/alerts", R"({"alerts":[]})");
        row("/api/v1/targets", R"({"activeTargets":[],"droppedTargets":[],"droppedTargetCounts":{}})");
        row("/api/v1/targets/metadata", "[]");
        row("/api/v1/scrape_pools", R"({"scrapePools":[]})");
        row("/api/v1/alertmanagers", R"({"activeAlertmanagers":[],"droppedAlertmanagers":[]})");
        row("/api/v1/status/flags", R"({"listen":"127.0.0.1:0"})");
        row("/api/v1/label/host/values", R"(["a","b"])");
        row("/api/v1/label/__name__/values?match[]=%7Bplan!=%22%22%7D", R"(["revenue"])");
        row("/api/v1/series?match[]=cpu%7Bhost=%22a%22%7D", R"([{"__name__":"cpu","host":"a"}])");
        row("/api/v1/metadata?metric=revenue", R"({"revenue":[{"type":"counter","help":"","unit":""}]})");
        row("/api/v1/format_query?query=SUM(x)by(a)", "\"sum by (a) (x)\"");
        row("/api/v1/parse_query?query=1", R"({"type":"numberLiteral","val":"1"})");
        row("/api/v1/query_exemplars?query=x", "[]");
        row("/api/v1/query?query=secret&time=1", R"({"resultType":"vector","result":[]})");
    }

    void answersAsPrometheusDoes()
    {
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, data);
        const auto answer = get(target);
        QVERIFY(answer);
        QCOMPARE(answer->status, 200);
        QCOMPARE(answer->body, QByteArray("{\"status\":\"success\",\"data\":" + data + "}"));
        QVERIFY(!QJsonDocument::fromJson(answer->body).isNull());
    }

    void errorsAreTyped_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("type");
        const auto row = [](const char *target, int status, const char *type) {
            QTest::newRow(target) << QByteArray(target) << status << QString::fromLatin1(type);
        };
        row("/api/v1/query", 400, "bad_data");
        row("/api/v1/query?query=sum(", 400, "bad_data");
        row("/api/v1/query?query=1&time=yesterday", 400, "bad_data");
        row("/api/v1/query?query=1&timeout=x", 400, "bad_data");
        row("/api/v1/query_range?query=1&start=0&end=10", 400, "bad_data");
        row("/api/v1/query_range?query=1&start=10&end=0&step=1", 400, "bad_data");
        row("/api/v1/query_range?query=1&start=0&end=10&step=0", 400, "bad_data");
        row("/api/v1/query_range?query=1&start=0&end=11001&step=1", 400, "bad_data");
        row("/api/v1/query_range?query=cpu[5m]&start=0&end=10&step=1", 400, "bad_data");
        row("/api/v1/series", 400, "bad_data");
        row("/api/v1/series?match[]=%7B%7D", 400, "bad_data");
        row("/api/v1/labels?limit=x", 400, "bad_data");
        row("/api/v1/rules?type=other", 400, "bad_data");
        row("/api/v1/status/tsdb?limit=10001", 400, "bad_data");
        row("/api/v1/query?query=1&limit=-1", 400, "bad_data");
        row("/api/v1/query_exemplars?query=x&start=2&end=1", 400, "bad_data");
        row("/api/v1/query?query=label_replace(cpu,%22host%22,%22%22,%22%22,%22%22)&time=1", 422,
            "execution");
        row("/api/v1/query_range?query=quantile_over_time(.5,long[5h])&start=0&end=20000&step=2&timeout=1ms",
            503, "timeout");
    }

    void errorsAreTyped()
    {
        QFETCH(QByteArray, target);
        QFETCH(int, status);
        QFETCH(QString, type);
        const auto answer = get(target);
        QVERIFY(answer);
        QCOMPARE(answer->status, status);
        const QJsonObject object = QJsonDocument::fromJson(answer->body).object();
        QCOMPARE(object["status"].toString(), QStringLiteral("error"));
        QCOMPARE(object["errorType"].toString(), type);
        QVERIFY(!object["error"].toString().isEmpty());
    }

    void formsAreReadToo()
    {
        const QByteArray body = "query=cpu%7Bhost%3D%22b%22%7D+*+2&time=15";
        RawClient client(m_http.port());
        client.send("POST /api/v1/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                    "application/x-www-form-urlencoded\r\n"
                    "Content-Length: " +
                    QByteArray::number(body.size()) + "\r\n\r\n" + body);
        const auto answer = client.receive();
        QVERIFY(answer);
        QVERIFY2(answer->body.contains(R"("value":[15,"1"])"), answer->body);
    }

    void tooManyPointsAreRefusedInPrometheusWords()
    {
        const auto answer = get("/api/v1/query_range?query=1&start=0&end=11001&step=1");
        QCOMPARE(answer->status, 400);
        QVERIFY2(answer->body.contains(
                     "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query "
                     "resolution (?step=XX)"),
                 answer->body);
        QCOMPARE(get("/api/v1/query_range?query=1&start=0&end=11000&step=1")->status, 200);
    }

    void whatALimitLeavesOutIsSaid_data()
    {
        QTest::addColumn<QByteArray>("target");
        for (const char *target : {"/api/v1/query?query=cpu&time=30&limit=1",
                                   "/api/v1/query_range?query=cpu&start=0&end=30&step=15&limit=1",
                                   "/api/v1/series?match[]=cpu&limit=1", "/api/v1/labels?limit=1",
                                   "/api/v1/label/host/values?limit=1"})
            QTest::newRow(target) << QByteArray(target);
    }

    void whatALimitLeavesOutIsSaid()
    {
        QFETCH(QByteArray, target);
        const auto answer = QJsonDocument::fromJson(get(target)->body).object();
        QCOMPARE(answer["warnings"].toArray(), QJsonArray{"results truncated due to limit"});
        const QJsonValue data = answer["data"];
        const QJsonArray shown = data.isArray() ? data.toArray() : data["result"].toArray();
        QCOMPARE(shown.size(), 1);
    }

    void statsTellWhatAQueryCost()
    {
        const auto answer = get("/api/v1/query?query=cpu&time=30&stats=all");
        const QJsonObject stats =
            QJsonDocument::fromJson(answer->body).object()["data"].toObject()["stats"].toObject();
        QVERIFY2(stats["samples"].toObject()["totalQueryableSamples"].toInt() >= 2, answer->body);
        QVERIFY(stats["timings"].toObject().contains("execTotalTime"));
    }

    void grafanaFindsWhatItLooksFor()
    {
        const QByteArray body = "start=0&end=15&match%5B%5D=cpu&match%5B%5D=revenue";
        RawClient client(m_http.port());
        const auto names = client.ask("POST /api/v1/labels HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                                      "application/x-www-form-urlencoded\r\nContent-Length: " +
                                      QByteArray::number(body.size()) + "\r\n\r\n" + body);
        QCOMPARE(names->body, QByteArray(R"({"status":"success","data":["__name__","host","plan"]})"));
        const QByteArray range = "query=cpu%7Bhost%3D%22b%22%7D&start=0&end=15&step=15";
        const auto points =
            client.ask("POST /api/v1/query_range HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                       "application/x-www-form-urlencoded\r\nContent-Length: " +
                       QByteArray::number(range.size()) + "\r\n\r\n" + range);
        QVERIFY2(points->body.contains(R"("values":[[0,"0.5"],[15,"0.5"]])"), points->body);
        QVERIFY(QJsonDocument::fromJson(get("/api/v1/status/runtimeinfo")->body)
                    .object()["data"]
                    .toObject()["storageRetention"]
                    .isString());
    }

    void tsdbCountsLabels()
    {
        const auto answer = get("/api/v1/status/tsdb?limit=1");
        const QJsonObject data = QJsonDocument::fromJson(answer->body).object()["data"].toObject();
        QCOMPARE(data["headStats"]["numSeries"].toInt(), 8);
        QCOMPARE(data["seriesCountByMetricName"].toArray(),
                 (QJsonArray{QJsonObject{{"name", "cpu"}, {"value", 2}}}));
        QCOMPARE(data["labelValueCountByLabelName"].toArray(),
                 (QJsonArray{QJsonObject{{"name", "__name__"}, {"value", 7}}}));
    }

    void rulesAndAlertsComeFromTheAlertsRoom()
    {
        const auto groups = [this](const QByteArray &target) {
            RawClient client(m_http.port());
            client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            return QJsonDocument::fromJson(client.receive()->body).object().value("data")["groups"].toArray();
        };
        const auto alert = [](const char *severity, const char *state, QJsonValue value) {
            return QJsonObject{{"labels", QJsonObject{{"mount", "/"}, {"alertname", "Disk"}}},
                               {"severity", severity},
                               {"state", state},
                               {"active_at_ms", 1000},
                               {"value", value}};
        };
        m_rules = {QJsonObject{{"id", "1"},
                               {"name", "Disk"},
                               {"expr", "a or b"},
                               {"op", ">"},
                               {"threshold", 0.9},
                               {"for", "5m"},
                               {"keep_firing_for", "1m"},
                               {"severity", "warning"},
                               {"enabled", true},
                               {"state", "firing"},
                               {"active", QJsonArray{alert("warning", "pending", 0.92),
                                                     alert("warning", "firing", 0.95)}},
                               {"last_duration_ms", 2},
                               {"last_evaluated_ms", 1000}},
                   QJsonObject{{"id", "2"}, {"name", "Off"}, {"expr", "x > 1"}, {"enabled", false}},
                   QJsonObject{{"id", "3"},
                               {"name", "Bad"},
                               {"expr", "x > 1"},
                               {"severity", "warning"},
                               {"state", "error"},
                               {"last_evaluated_ms", 1000},
                               {"error", "It failed."}}};
        const QJsonArray all = groups("/api/v1/rules?type=alert");
        QCOMPARE(all.size(), 1);
        QCOMPARE(all[0]["name"].toString(), QStringLiteral("plimsoll"));
        const QJsonArray rules = all[0]["rules"].toArray();
        QCOMPARE(rules.size(), 2);
        QCOMPARE(rules[0]["query"].toString(), QStringLiteral("(a or b) > 0.9"));
        QCOMPARE(rules[0]["duration"].toInt(), 300);
        QCOMPARE(rules[0]["keepFiringFor"].toInt(), 60);
        QCOMPARE(rules[0]["evaluationTime"].toDouble(), 0.002);
        QCOMPARE(rules[0]["type"].toString(), QStringLiteral("alerting"));
        QCOMPARE(rules[0]["state"].toString(), QStringLiteral("firing"));
        QCOMPARE(rules[0]["alerts"].toArray().size(), 2);
        QCOMPARE(rules[0]["alerts"][0]["state"].toString(), QStringLiteral("pending"));
        QCOMPARE(rules[0]["alerts"][1]["labels"]["alertname"].toString(), QStringLiteral("Disk"));
        QCOMPARE(rules[0]["alerts"][1]["value"].toString(), QStringLiteral("0.95"));
        QCOMPARE(rules[0]["alerts"][1]["activeAt"].toString(), QStringLiteral("1970-01-01T00:00:01.000Z"));
        QCOMPARE(rules[1]["health"].toString(), QStringLiteral("err"));
        QCOMPARE(rules[1]["lastError"].toString(), QStringLiteral("It failed."));
        QVERIFY(groups("/api/v1/rules?type=record").isEmpty());
        QVERIFY(groups("/api/v1/rules?rule_group[]=other").isEmpty());
        QVERIFY(groups("/api/v1/rules?file[]=other").isEmpty());
        QVERIFY(!groups("/api/v1/rules?exclude_alerts=true").at(0)["rules"][0].toObject().contains("alerts"));
        QCOMPARE(groups("/api/v1/rules?rule_name[]=Bad").at(0)["rules"].toArray().size(), 1);
        const auto alerts = QJsonDocument::fromJson(get("/api/v1/alerts")->body).object();
        QCOMPARE(alerts["data"]["alerts"].toArray().size(), 2);

        const auto inGroup = [](const char *name, int position, QJsonObject more) {
            more.insert("interval_ms", 60'000);
            more.insert("group", QJsonObject{{"name", name},
                                             {"file", "host.yml"},
                                             {"interval", "1m"},
                                             {"limit", 7},
                                             {"position", position}});
            return more;
        };
        const auto level = [](const char *severity, double threshold) {
            return QJsonObject{{"severity", severity}, {"op", ">"}, {"threshold", threshold}, {"for", "30s"}};
        };
        m_rules = {inGroup("g", 1,
                           {{"name", "Load"},
                            {"expr", "load:max"},
                            {"levels", QJsonArray{level("critical", 2), level("warning", 1)}},
                            {"active", QJsonArray{alert("critical", "firing", 3)}}}),
                   inGroup("g", 0, {{"name", "load:max"}, {"record", "load:max"}, {"expr", "max(load)"}})};
        const QJsonArray grouped = groups("/api/v1/rules");
        QCOMPARE(grouped.size(), 1);
        QCOMPARE(grouped[0]["file"].toString(), QStringLiteral("host.yml"));
        QCOMPARE(grouped[0]["interval"].toInt(), 60);
        QCOMPARE(grouped[0]["limit"].toInt(), 7);
        const QJsonArray members = grouped[0]["rules"].toArray();
        QCOMPARE(members.size(), 3);
        QCOMPARE(members[0]["type"].toString(), QStringLiteral("recording"));
        QCOMPARE(members[0]["name"].toString(), QStringLiteral("load:max"));
        QCOMPARE(members[1]["query"].toString(), QStringLiteral("load:max > 2"));
        QCOMPARE(members[1]["labels"]["severity"].toString(), QStringLiteral("critical"));
        QCOMPARE(members[1]["state"].toString(), QStringLiteral("firing"));
        QCOMPARE(members[2]["state"].toString(), QStringLiteral("inactive"));
        QCOMPARE(groups("/api/v1/rules?type=record").at(0)["rules"].toArray().size(), 1);
        m_rules = {};
    }

    void federatesTheNewestSamples()
    {
        const auto answer =
            get("/federate?match[]=sold_total&match[]=ended&match[]=%7B__name__=~%22odd.*%22%7D");
        QCOMPARE(answer->status, 200);
        QCOMPARE(answer->header("content-type"), QByteArray("text/plain; version=0.0.4; charset=utf-8"));
        const QByteArray at = ' ' + QByteArray::number(nowMs - 58'000) + '\n';
        QVERIFY2(answer->body.contains("# TYPE odd_name gauge\nodd_name{a_b=\"x\"} 2" + at), answer->body);
        QVERIFY2(answer->body.contains("# TYPE sold_total counter\nsold_total 2.5 " +
                                       QByteArray::number(nowMs - 60'000) + '\n'),
                 answer->body);
        QVERIFY(!answer->body.contains("ended"));
        QCOMPARE(get("/federate")->status, 400);
    }

    void warningsComeAlong()
    {
        const auto answer = get("/api/v1/query?query=quantile(2,cpu)&time=1");
        const auto object = QJsonDocument::fromJson(answer->body).object();
        QCOMPARE(object["warnings"].toArray().size(), 1);
        QVERIFY(object["warnings"][0].toString().contains("between 0 and 1"));
    }

    void buildInfoNamesAVersion()
    {
        const auto answer = get("/api/v1/status/buildinfo");
        QCOMPARE(answer->status, 200);
        QVERIFY(answer->body.contains("\"version\":\"3.0.0+plimsoll.0.1.0\""));
    }

private:
    std::optional<RawAnswer> get(const QByteArray &target)
    {
        RawClient client(m_http.port());
        client.send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        return client.receive();
    }

    static constexpr int64_t nowMs = 1'700'000'000'000; // of the fixture's clock

    PrometheusParts parts()
    {
        PrometheusParts parts{m_series, m_http.clock, m_pool, "0.1.0"};
        parts.settings = {{"listen", "127.0.0.1:0"}};
        parts.listAlerts = [this](ProjectId, const std::string &resource,
                                  const AlertControl::Listing &listing, const AlertControl::Done &done) {
            const QJsonArray all = resource == "rules" ? m_rules : QJsonArray();
            const int at = listing.cursor.empty() ? 0 : std::stoi(listing.cursor); // pages of one
            const QJsonArray items = at < all.size() ? QJsonArray{all[at]} : QJsonArray();
            const QJsonValue next = at + 1 < all.size() ? QJsonValue(QString::number(at + 1)) : QJsonValue();
            done(QJsonObject{{"items", items}, {"next_cursor", next}});
        };
        return parts;
    }

    test::MemorySeries m_series;
    QJsonArray m_rules;
    QueryPool m_pool;
    tests::HttpFixture m_http;
    PrometheusApi m_api{parts()};
};

QTEST_GUILESS_MAIN(PrometheusApiTest)
#include "PrometheusApiTest.moc"
