#include "tests/support/ApplianceProcess.h"
#include "tests/support/HttpClient.h"
#include "tests/support/RawClient.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <algorithm>

using namespace plimsoll::test;

/// Bounds of senders, dead letters, the inbox and the report of cardinality, on the real program.
class GuardTest : public QObject
{
    Q_OBJECT

    ApplianceProcess m_appliance;
    std::unique_ptr<HttpClient> m_client;

    QJsonObject call(const char *method, const std::string &path, const std::string &body, int expected,
                     const HttpClient::Headers &headers = {})
    {
        const auto answer = m_client->request(method, path, body, headers);
        if (!answer)
            qWarning("%s %s was not answered", method, path.c_str());
        else if (answer->status != expected)
            qWarning("%s %s: %d %s", method, path.c_str(), answer->status, answer->body.c_str());
        if (!answer || answer->status != expected)
            return {{"failed", true}};
        return QJsonDocument::fromJson(QByteArray::fromStdString(answer->body)).object();
    }
    QJsonObject get(const std::string &path) { return call("GET", path, {}, 200); }
    QJsonArray letters(const std::string &query = {})
    {
        return get("/api/app/dead-letters" + query)["items"].toArray();
    }
    void setLimits(const char *limits)
    {
        QVERIFY(!call("PATCH", "/api/app/limits", std::string("{\"limits\":") + limits + "}", 200)
                     .contains("failed"));
    }
    /// The newest value of a metric, by its labels as JSON text; -1 where there is none.
    double newest(const std::string &metric, const QJsonObject &labels)
    {
        const QJsonArray metrics = get("/metrics?metric=" + metric)["metrics"].toArray();
        for (const auto &series :
             metrics.isEmpty() ? QJsonArray() : metrics[0].toObject()["series"].toArray()) {
            if (series.toObject()["labels"].toObject() == labels)
                return series.toObject()["value"].toDouble();
        }
        return -1;
    }
    int seriesOf(const std::string &metric)
    {
        const QJsonArray metrics = get("/metrics?metric=" + metric)["metrics"].toArray();
        return metrics.isEmpty() ? 0 : int(metrics[0].toObject()["series"].toArray().size());
    }

    /// Of the newest arrival of a door, what came and what it became.
    QJsonObject bodyOf(const std::string &source)
    {
        for (const auto &item : get("/api/app/inbox?key=")["items"].toArray()) {
            const QJsonObject arrival = item.toObject();
            if (arrival["source"].toString().toStdString() == source && arrival["has_body"].toBool())
                return get("/api/app/inbox/body?key=&source=" + source +
                           "&at=" + std::to_string(arrival["at_ms"].toInteger()));
        }
        return {};
    }

    void checkBodies()
    {
        const QJsonObject refused = bodyOf("influx");
        QCOMPARE(refused["body"].toString(), "neither a line\nnor another\n");
        QVERIFY(refused["became"].toArray().isEmpty());
        QCOMPARE(refused["refusals"].toArray().size(), 2);

        QTest::qWait(300); // so that this one begins an arrival of its own
        const std::string secret = std::string("ghp_") + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8";
        const std::string body = "[{\"name\":\"shown_whole\",\"value\":5,\"labels\":{\"note\":\"" + secret +
                                 "\"}},{\"name\":\"shown_too\",\"value\":6}]" + std::string(2'000, ' ');
        call("POST", "/ingest", body, 200);
        const QJsonObject shown = bodyOf("ingest");
        QVERIFY2(shown["body"].toString().contains("shown_whole"), QJsonDocument(shown).toJson().constData());
        QVERIFY(!shown["body"].toString().contains("a1B2c3D4"));
        QVERIFY(shown["body"].toString().contains(QString::fromUtf8("••••")));
        QVERIFY(shown["body"].toString().toUtf8().size() <= 1'024);
        QCOMPARE(shown["bytes"].toInt(), int(body.size()));
        QCOMPARE(shown["became"].toArray().size(), 2);
        QCOMPARE(shown["became"].toArray().at(1).toObject()["series"].toString(), "shown_too");
        QCOMPARE(shown["became"].toArray().at(1).toObject()["value"].toInt(), 6);
        call("GET", "/api/app/inbox/body?at=1&source=ingest&key=", {}, 404);
        call("GET", "/api/app/inbox/body?at=x", {}, 400);
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY2(m_appliance.start(), m_appliance.output());
        m_client = std::make_unique<HttpClient>(m_appliance.port());
    }
    void init() { call("DELETE", "/api/app/dead-letters", {}, 204); }
    void cleanup()
    {
        setLimits(R"({"max_labels":null,"max_name_bytes":null,"max_value_bytes":null,"max_active_series":null,
                      "requests_per_second":null,"samples_per_second":null,"max_body_bytes":null,
                      "max_age_ms":null,"max_future_ms":null,"personal_data":null})");
    }

    void aRefusedItemIsKeptPutRightAndSentAgain()
    {
        const QJsonObject answer = call(
            "POST", "/ingest",
            R"({"metrics":[{"name":"letters_ok","value":1,"type":"counter"},{"name":"letters_bad"}]})", 200);
        QCOMPARE(answer["rejected"].toInt(), 1);
        const QJsonArray kept = letters();
        QCOMPARE(kept.size(), 1);
        const QJsonObject letter = kept[0].toObject();
        QCOMPARE(letter["source"].toString(), QString("ingest"));
        QCOMPARE(letter["code"].toString(), QString("bad_value"));
        QCOMPARE(letter["path"].toString(), QString("/ingest"));
        QCOMPARE(letter["payload"].toString(), QString(R"({"metrics":[{"name":"letters_bad"}]})"));
        QVERIFY(!letter["whole"].toBool());
        const std::string path = "/api/app/dead-letters/" + letter["id"].toString().toStdString();

        QJsonObject again = call("POST", path + "/replay", {}, 200);
        QCOMPARE(again["status"].toInt(), 400);
        QCOMPARE(letters().size(), 1);

        call("PATCH", path, "{\"payload\":\"{\\\"name\\\":\\\"letters_bad\\\",\\\"value\\\":7}\"}", 200);
        QVERIFY(get(path)["edited"].toBool());
        again = call("POST", path + "/replay", {}, 200);
        QCOMPARE(again["status"].toInt(), 200);
        QCOMPARE(again["answer"].toObject()["accepted"].toInt(), 1);
        QCOMPARE(letters().size(), 0);
        QCOMPARE(newest("letters_bad", {}), 7.0);
        QCOMPARE(newest("letters_ok", {}), 1.0);
        call("GET", path, {}, 404);
    }

    void everyDoorKeepsWhatItRefuses()
    {
        call("POST", "/ingest", "nonsense", 400);
        call("POST", "/track/t?a=b", "x", 400);
        call("POST", "/write", "m,a=b v=1\nbroken\n", 400);
        call("POST", "/api/v1/import/prometheus", "fine 1\nbroken{ 1\n", 200);
        call("POST", "/api/v1/write", std::string("\x05nonsense"), 400);
        QSet<QString> sources;
        for (const auto &letter : letters())
            sources << letter.toObject()["source"].toString();
        QCOMPARE(sources, (QSet<QString>{"ingest", "track", "influx", "import", "remote_write"}));
        const QJsonArray lines = letters("?source=influx");
        QCOMPARE(lines.size(), 1);
        QCOMPARE(lines[0].toObject()["payload"].toString(), QString("broken\n"));
        QCOMPARE(letters("?limit=2").size(), 2);
        const QString cursor = get("/api/app/dead-letters?limit=2")["next_cursor"].toString();
        QCOMPARE(letters("?cursor=" + cursor.toStdString()).size(), 3);
    }

    void lettersSurviveARestart()
    {
        call("POST", "/ingest", "nonsense", 400);
        QCOMPARE(letters().size(), 1);
        m_client.reset();
        QVERIFY(m_appliance.stop());
        QVERIFY2(m_appliance.start(), m_appliance.output());
        m_client = std::make_unique<HttpClient>(m_appliance.port());
        QCOMPARE(letters().size(), 1);
        QCOMPARE(letters()[0].toObject()["payload"].toString(), QString("nonsense"));
    }

    void manyAreSentAgainAtOnce()
    {
        setLimits(R"({"max_value_bytes":3})");
        std::string items;
        for (int i = 0; i < 10; i++)
            items += std::string(i ? "," : "") +
                     "{\"name\":\"again\",\"value\":1,\"type\":\"counter\",\"labels\":{\"a\":\"long" +
                     std::to_string(i) + "\"}}";
        call("POST", "/ingest", "{\"metrics\":[" + items + "]}", 400);
        QCOMPARE(letters("?code=value_too_long").size(), 10);
        setLimits(R"({"max_value_bytes":null})");
        const QJsonObject answer =
            call("POST", "/api/app/dead-letters/replay", R"({"code":"value_too_long"})", 200);
        QCOMPARE(answer["replayed"].toInt(), 10);
        QCOMPARE(letters().size(), 0);
        QCOMPARE(seriesOf("again"), 10);
    }

    void aPartlyStoredBodyIsNotSentAgainUnasked()
    {
        // Remote write is one block: the item cannot be kept alone. `up` is fine, the other has no name.
        const std::string body(
            "\x0a\x1d\x0a\x0e\x0a\x08__name__\x12\x02up\x12\x0b\x09\x00\x00\x00\x00\x00\x00\xf0"
            "\x3f\x10\x00\x0a\x14\x0a\x06\x0a\x01"
            "a\x12\x01"
            "b\x12\x0a\x09\x00\x00\x00\x00\x00\x00\xf0\x3f\x10",
            51);
        const auto answer = m_client->post("/api/v1/write", body);
        QVERIFY(answer);
        QCOMPARE(answer->status, 400);
        QCOMPARE(letters().size(), 1);
    }

    void boundsOfAProjectHold()
    {
        setLimits(
            R"({"max_labels":2,"max_name_bytes":10,"max_value_bytes":5,"max_age_ms":60000,"max_future_ms":60000})");
        const auto codeOf = [&](const char *item) {
            const QJsonObject answer =
                call("POST", "/ingest", std::string("{\"metrics\":[") + item + "]}", 400);
            return answer["errors"].toArray()[0].toObject()["code"].toString();
        };
        QCOMPARE(codeOf(R"({"name":"l","value":1,"labels":{"a":"1","b":"2","c":"3"}})"),
                 QString("too_many_labels"));
        QCOMPARE(codeOf(R"({"name":"elevenbytes","value":1})"), QString("name_too_long"));
        QCOMPARE(codeOf(R"({"name":"l","value":1,"labels":{"a":"123456"}})"), QString("value_too_long"));
        QCOMPARE(codeOf(R"({"name":"l","value":1,"ts":1600000000})"), QString("too_old"));
        QCOMPARE(codeOf(R"({"name":"l","value":1,"ts":99999999999999})"), QString("in_future"));
        QVERIFY(!call("POST", "/ingest", R"({"name":"l","value":1,"labels":{"a":"12345","b":"2"}})", 200)
                     .contains("failed"));
        QTRY_VERIFY_WITH_TIMEOUT(
            newest("plimsoll_refused_total", {{"project", "1"}, {"reason", "too_many_labels"}}) >= 1, 30'000);
    }

    void sizesAndRatesHold()
    {
        setLimits(R"({"max_body_bytes":1000})");
        call("POST", "/ingest", std::string(1001, ' '), 413);
        const auto chunked = [&] {
            plimsoll::tests::RawClient client(quint16(m_appliance.port()));
            return client.ask(
                "POST /ingest HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
                QByteArray(2000, ' ') + "\r\n0\r\n\r\n");
        }();
        QVERIFY(chunked);
        QCOMPARE(chunked->status, 413);

        setLimits(R"({"max_body_bytes":null,"requests_per_second":0.5})");
        QVERIFY(m_client->post("/track/rated", "1"));
        std::optional<HttpAnswer> answer;
        for (int i = 0; i < 10; i++)
            answer = m_client->post("/track/rated", "1");
        QVERIFY(answer);
        QCOMPARE(answer->status, 429);
        QVERIFY(std::stoi(answer->headers.at("retry-after")) >= 1);

        setLimits(R"({"requests_per_second":null,"samples_per_second":1})");
        std::string many;
        for (int i = 0; i < 500; i++)
            many += "{\"name\":\"rated\",\"value\":1}\n";
        QVERIFY(!call("POST", "/ingest", many, 200).contains("failed"));
        QCOMPARE(m_client->post("/track/rated", "1")->status, 429);
        QCOMPARE(letters("?source=track").size(), 0); // it comes again by itself
    }

    void theBudgetFoldsOrRefusesAndNamesTheLabel()
    {
        const int before = get("/api/app/cardinality")["active"].toInt();
        setLimits(("{\"max_active_series\":" + std::to_string(before + 10) + "}").c_str());
        std::string counters;
        for (int i = 0; i < 40; i++)
            counters += "{\"name\":\"sold\",\"value\":2.5,\"type\":\"counter\",\"labels\":{\"user\":\"u" +
                        std::to_string(i) + "\"}}\n";
        QCOMPARE(call("POST", "/ingest", counters, 200)["accepted"].toInt(), 40);
        QCOMPARE(seriesOf("sold"), 11);
        QCOMPARE(newest("sold", {{"user", "__other__"}}), 30 * 2.5);

        const QJsonObject refused =
            call("POST", "/ingest", R"({"name":"gauge_over","value":1,"labels":{"user":"x"}})", 400);
        QCOMPARE(refused["errors"].toArray()[0].toObject()["code"].toString(), QString("over_series_budget"));
        const auto lines = m_client->post("/write", "gauge_over,user=y value=1\nsold_gauge value=1\n");
        QVERIFY(lines);
        QCOMPARE(lines->status, 400);

        const QJsonObject report = get("/api/app/cardinality");
        QCOMPARE(report["budget"].toInt(), before + 10);
        QVERIFY(report["active"].toInt() >= before + 10);
        bool named = false;
        for (const auto &row : report["excess"].toArray())
            named = named ||
                    (row.toObject()["name"].toString() == "sold" &&
                     row.toObject()["label"].toString() == "user" && row.toObject()["folded"].toInt() == 30);
        QVERIFY2(named, QJsonDocument(report).toJson().constData());
        QVERIFY(std::ranges::any_of(report["names"].toArray(), [](const QJsonValue &row) {
            return row.toObject()["name"] == QLatin1String("sold") &&
                   row.toObject()["label"] == QLatin1String("user") && row.toObject()["values"].toInt() == 11;
        }));
        QVERIFY(std::ranges::any_of(report["labels"].toArray(), [](const QJsonValue &row) {
            return row.toObject()["name"] == QLatin1String("user") && row.toObject()["values"].toInt() >= 11;
        }));
    }

    void personalDataIsFlaggedHashedOrDropped()
    {
        QVERIFY(!call("POST", "/ingest",
                      R"({"name":"pd_flag","value":1,"labels":{"user":"ann@example.com"}})", 200)
                     .contains("failed"));
        QCOMPARE(newest("pd_flag", {{"user", "ann@example.com"}}), 1.0);
        setLimits(R"({"personal_data":"drop"})");
        for (int i = 0; i < 3; i++)
            call("POST", "/ingest",
                 R"({"name":"pd_drop","value":1,"type":"counter","labels":{"user":"ann@example.com"}})", 200);
        QCOMPARE(newest("pd_drop", {{"user", "__removed__"}}), 3.0);
        setLimits(R"({"personal_data":"hash"})");
        call("POST", "/write", "pd_hash,card=4111111111111111 value=1\n", 204);
        call("POST", "/write", "pd_hash,card=4111111111111111 value=2\n", 204);
        QCOMPARE(seriesOf("pd_hash"), 1);
        const QJsonArray found = get("/api/app/cardinality")["personal_data"].toArray();
        QHash<QString, QString> looks;
        for (const auto &row : found)
            looks[row.toObject()["name"].toString()] = row.toObject()["looks_like"].toString();
        QCOMPARE(looks.value("pd_flag"), QString("email"));
        QCOMPARE(looks.value("pd_drop"), QString("email"));
        QCOMPARE(looks.value("pd_hash"), QString("card"));
    }

    void aDroppedLabelIsLeftOutThroughEachDoorAndOverAKill()
    {
        const auto text = [](const QJsonObject &object) {
            return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
        };
        const auto send = [this, text](int round) {
            const std::string at = std::to_string(round);
            std::string calls;
            for (int i = 0; i < 20; i++)
                calls +=
                    text({{"name", "logins"},
                          {"value", 0.1},
                          {"type", "counter"},
                          {"labels", QJsonObject{{"plan", "pro"}, {"user_id", QString("u%1").arg(i)}}}}) +
                    '\n';
            QCOMPARE(call("POST", "/ingest", calls, 200)["accepted"].toInt(), 20);
            QCOMPARE(call("POST", "/track/waited?user_id=a" + at, "2", 200)["accepted"].toInt(), 1);
            const std::string exposed = "# TYPE level gauge\nlevel{user_id=\"a" + at +
                                        "\"} 1\nlevel{user_id=\"b" + at +
                                        "\"} 7\n# TYPE done counter\ndone{user_id=\"a" + at + "\"} 5\n";
            QVERIFY(!call("POST", "/api/v1/import/prometheus", exposed, 200).contains("failed"));
            const QJsonObject who{{"key", "user_id"},
                                  {"value", QJsonObject{{"stringValue", QString("a%1").arg(round)}}}};
            const QJsonObject point{{"asInt", "3"}, {"attributes", QJsonArray{who}}};
            const QJsonObject sum{
                {"aggregationTemporality", 1}, {"isMonotonic", true}, {"dataPoints", QJsonArray{point}}};
            const QJsonObject scope{{"metrics", QJsonArray{QJsonObject{{"name", "orders"}, {"sum", sum}}}}};
            const QJsonObject resource{{"scopeMetrics", QJsonArray{scope}}};
            const auto answer =
                m_client->post("/v1/metrics", text({{"resourceMetrics", QJsonArray{resource}}}),
                               {{"Content-Type", "application/json"}});
            QVERIFY(answer);
            QCOMPARE(answer->status, 200);
        };
        const auto drop = [this, text](const char *name, const char *label, int status) {
            return call("POST", "/api/app/cardinality/drops", text({{"name", name}, {"label", label}}),
                        status);
        };
        const auto row = [this](const char *name) {
            for (const auto &each : get("/api/app/cardinality?limit=1000")["names"].toArray()) {
                if (each.toObject()["name"].toString() == QLatin1String(name))
                    return each.toObject();
            }
            return QJsonObject();
        };
        send(0);
        send(1);
        QCOMPARE(row("logins")["without"].toObject(),
                 (QJsonObject{{"label", "user_id"}, {"series", 1}, {"of", 20}, {"refusal", QJsonValue()}}));
        QVERIFY(
            row("done")["without"].toObject()["refusal"].toObject()["message"].toString().contains("apart"));

        const QJsonObject made = drop("logins", "user_id", 201);
        QCOMPARE(made["by"].toString(), QString("this machine"));
        for (const char *name : {"waited", "level", "orders_total"})
            QVERIFY2(!drop(name, "user_id", 201)["id"].toString().isEmpty(), name);
        drop("logins", "user_id", 409);
        const QJsonObject error = drop("done", "user_id", 422)["error"].toObject();
        drop("logins", "nothing", 422);
        drop("nobody", "user_id", 422);
        call("POST", "/api/app/cardinality/drops", "[]", 400);
        call("POST", "/api/app/cardinality/drops", R"({"name":"logins"})", 400);
        call("POST", "/api/app/cardinality/drops", R"({"name":7,"label":"user_id"})", 400);
        QVERIFY2(error["message"].toString().contains("Counters of several sources"),
                 QJsonDocument(error).toJson().constData());

        send(2);
        QCOMPARE(seriesOf("logins"), 21);
        QCOMPARE(newest("logins", {{"plan", "pro"}}), 2.0);
        QCOMPARE(newest("level", {}), 7.0);
        QCOMPARE(newest("orders_total", {}), 3.0);
        QCOMPARE(seriesOf("waited"), 3);
        QCOMPARE(seriesOf("done"), 3);
        QCOMPARE(row("logins")["dropped"].toArray(), QJsonArray{"user_id"});
        QVERIFY(row("logins")["without"].isNull());

        m_appliance.kill();
        QVERIFY2(m_appliance.start(), m_appliance.output());
        m_client = std::make_unique<HttpClient>(m_appliance.port());
        send(3);
        QCOMPARE(seriesOf("logins"), 21);
        QCOMPARE(newest("logins", {{"plan", "pro"}}), 4.0);
        QCOMPARE(seriesOf("waited"), 3);

        const std::string one = "/api/app/cardinality/drops/" + made["id"].toString().toStdString();
        QCOMPARE(get(one)["label"].toString(), QString("user_id"));
        QCOMPARE(get("/api/app/cardinality/drops")["items"].toArray().size(), 4);
        call("DELETE", one, {}, 204);
        call("DELETE", one, {}, 404);
        send(4);
        QCOMPARE(newest("logins", {{"plan", "pro"}}), 4.0);
        QVERIFY(std::abs(newest("logins", {{"plan", "pro"}, {"user_id", "u7"}}) - 0.3) < 1e-12);
    }

    void theInboxShowsWhatArrived()
    {
        plimsoll::tests::RawClient stream{quint16(m_appliance.port())};
        QVERIFY(stream.send("GET /api/app/inbox/live HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        QVERIFY(stream.fill(20'000));
        call("POST", "/track/inbox_seen?a=b", "5", 200);
        call("POST", "/track/inbox_seen", "nonsense", 400);
        const QJsonArray items = get("/api/app/inbox?key=")["items"].toArray();
        QVERIFY(!items.isEmpty());
        uint64_t accepted = 0;
        QString series;
        QString code;
        for (const auto &item : items) {
            const QJsonObject arrival = item.toObject();
            if (arrival["source"].toString() != "track")
                continue;
            accepted += uint64_t(arrival["accepted"].toInt());
            if (series.isEmpty())
                series = arrival["sample"].toObject()["series"].toString();
            if (code.isEmpty())
                code = arrival["error"].toObject()["code"].toString();
        }
        QVERIFY(accepted >= 1);
        QVERIFY(series.startsWith("inbox_seen") || series.startsWith("rated"));
        QVERIFY(!code.isEmpty());
        const QJsonObject nobody = get("/api/app/inbox?key=nobody");
        QVERIFY(nobody["items"].toArray().isEmpty());
        QVERIFY2(nobody["since_ms"].toInteger() > 0 &&
                     nobody["since_ms"].toInteger() <= items.last()["at_ms"].toInteger(),
                 "an empty inbox says since when it is empty");
        call("POST", "/write", "neither a line\nnor another\n", 400);
        bool found = false;
        for (const auto &item : get("/api/app/inbox?key=")["items"].toArray()) {
            const QJsonObject arrival = item.toObject();
            found = found ||
                    (arrival["source"] == "influx" && arrival["requests"] == 1 && arrival["rejected"] == 2 &&
                     arrival["error"].toObject()["message"].toString().contains("neither a line"));
        }
        QVERIFY2(found, "a body whose every line is refused shows up with its reason");
        checkBodies();
        for (int i = 0; i < 100 && !stream.pending().contains("event: arrival"); i++)
            stream.fill(200);
        QVERIFY(stream.pending().contains("event: arrival"));
    }
};

QTEST_GUILESS_MAIN(GuardTest)
#include "GuardTest.moc"
