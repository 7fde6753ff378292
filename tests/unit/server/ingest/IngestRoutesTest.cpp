#include "server/http/ContentCoding.h"
#include "server/ingest/ImportSinks.h"
#include "tests/support/IngestFixture.h"
#include "tests/support/RemoteWriteBody.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <thread>

using namespace plimsoll;
using namespace plimsoll::test;
using plimsoll::tests::RawAnswer;
using plimsoll::tests::RawClient;
namespace prw = plimsoll::tests::prw;

namespace {

QJsonObject jsonOf(const RawAnswer &answer) { return QJsonDocument::fromJson(answer.body).object(); }

/// The observations of a distribution, or the samples of a float series: how many, and their sum.
std::pair<double, double> countAndSum(const Engine &engine, const std::string &name)
{
    const auto reader = engine.openReader();
    const Matcher matcher{"__name__", Matcher::Op::Equal, name};
    const auto found = reader->select(defaultProject, {&matcher, 1}, 0, INT64_MAX);
    double count = 0;
    double sum = 0;
    for (const auto &series : *found) {
        FloatColumns floats;
        HistogramColumns histograms;
        const bool read = holdsHistograms(series.kind)
                              ? reader->readHistograms(series.id, 0, INT64_MAX, histograms).ok()
                              : reader->readFloats(series.id, 0, INT64_MAX, floats).ok();
        if (!read)
            qFatal("cannot read");
        count += double(floats.size());
        for (const double value : floats.values)
            sum += value;
        for (const Histogram &histogram : histograms.values) {
            count += histogram.count();
            sum += histogram.sum();
        }
    }
    return {count, sum};
}

} // namespace

class IngestRoutesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void takesAMetric()
    {
        IngestFixture fixture;
        const auto answer = fixture.post("/ingest", "{\"metrics\":[{\"name\":\"cpu\",\"value\":0.5}]}");
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.body, QByteArray("{\"accepted\":1,\"rejected\":0,\"errors\":[]}"));
        QCOMPARE(countAndSum(*fixture.engine, "cpu"), std::make_pair(1.0, 0.5));
    }

    void takesRemoteWrite()
    {
        IngestFixture fixture;
        const int64_t nowMs = fixture.engine.clock.nowMs();
        const auto body = [&](const std::string &message) {
            return QByteArray::fromStdString(prw::compressed(message));
        };
        const auto series = prw::series({{"__name__", "up"}, {"job", "a"}}, {{2, nowMs}, {3, nowMs + 1}});
        const QByteArray headers = "Content-Encoding: snappy\r\nContent-Type: application/x-protobuf\r\n"
                                   "X-Prometheus-Remote-Write-Version: 0.1.0\r\n";
        const auto answer = fixture.post("/api/v1/write", body(series), headers);
        QCOMPARE(answer.status, 204);
        QCOMPARE(answer.body, QByteArray());
        QCOMPARE(fixture.post("/api/v1/write", body(prw::series({{"__name__", "up"}}, {{5, nowMs}}))).status,
                 204);
        QCOMPARE(countAndSum(*fixture.engine, "up"), std::make_pair(3.0, 10.0));

        const auto partly = fixture.post(
            "/api/v1/write", body(prw::series({{"__name__", "up"}}, {{1, 5}, {7, nowMs + 2}})), headers);
        QCOMPARE(partly.status, 400);
        QVERIFY2(partly.body.startsWith("1 of 2 samples were refused"), partly.body.constData());
        QCOMPARE(countAndSum(*fixture.engine, "up"), std::make_pair(4.0, 17.0));

        QCOMPARE(fixture.post("/api/v1/write", "nonsense", headers).status, 400);
        QCOMPARE(fixture
                     .post("/api/v1/write", body(series),
                           "Content-Type: application/x-protobuf;proto=some.other.Message\r\n")
                     .status,
                 415);
    }

    void tellsSendersOfRemoteWrite2WhatWasWritten()
    {
        IngestFixture fixture;
        const int64_t nowMs = fixture.engine.clock.nowMs();
        const QByteArray headers =
            "Content-Encoding: snappy\r\n"
            "Content-Type: application/x-protobuf;proto=io.prometheus.write.v2.Request\r\n"
            "X-Prometheus-Remote-Write-Version: 2.0.0\r\n";
        std::string histogram;
        protozero::pbf_writer writer(histogram);
        writer.add_uint64(1, 0);
        writer.add_int64(15, nowMs);
        std::string late = histogram;
        protozero::pbf_writer(late).add_int64(15, 5);
        prw::Request2 request;
        request.add({{"__name__", "up"}},
                    prw::field(2, prw::sample(1, nowMs)) + prw::field(2, prw::sample(2, nowMs + 1)));
        request.add({{"__name__", "h"}}, prw::field(3, histogram));
        const auto post = [&](const std::string &message) {
            return fixture.post("/api/v1/write", QByteArray::fromStdString(prw::compressed(message)),
                                headers);
        };
        const auto written = [](const RawAnswer &answer) {
            const QByteArray start = "X-Prometheus-Remote-Write-";
            return answer.header(start + "Samples-Written") + ' ' +
                   answer.header(start + "Histograms-Written") + ' ' +
                   answer.header(start + "Exemplars-Written");
        };
        const auto whole = post(request.message());
        QCOMPARE(whole.status, 204);
        QCOMPARE(written(whole), QByteArray("2 1 0"));
        request.add({{"__name__", "up"}}, prw::field(2, prw::sample(2, 5)));
        request.add({{"__name__", "h"}}, prw::field(3, late));
        const auto partly = post(request.message());
        QCOMPARE(partly.status, 400);
        QCOMPARE(written(partly), QByteArray("2 1 0"));
        const auto none = post("nonsense");
        QCOMPARE(none.status, 400);
        QCOMPARE(written(none), QByteArray("0 0 0"));
    }

    /// What metadata says counts for names that were untyped, before and after their first sample.
    void takesKindsFromMetadata()
    {
        IngestFixture fixture;
        const int64_t nowMs = fixture.engine.clock.nowMs();
        const auto post = [&](const std::string &message) {
            return fixture.post("/api/v1/write", QByteArray::fromStdString(prw::compressed(message))).status;
        };
        const auto kindOf = [&](const std::string &name) {
            const Matcher matcher{"__name__", Matcher::Op::Equal, name};
            return fixture.engine->openReader()
                ->select(defaultProject, {&matcher, 1}, 0, INT64_MAX)
                ->at(0)
                .kind;
        };
        QCOMPARE(post(prw::series({{"__name__", "old"}}, {{1, nowMs}})), 204);
        QCOMPARE(kindOf("old"), Kind::Untyped);
        QCOMPARE(post(prw::metadata(1, "old") + prw::metadata(2, "young")), 204);
        QCOMPARE(kindOf("old"), Kind::Counter);
        QCOMPARE(post(prw::series({{"__name__", "young"}}, {{1, nowMs}})), 204);
        QCOMPARE(kindOf("young"), Kind::Gauge);
        QCOMPARE(post(prw::metadata(2, "old")), 204);
        QCOMPARE(kindOf("old"), Kind::Counter);
        QCOMPARE(post(prw::series({{"__name__", "old"}}, {{2, nowMs + 1}})), 204);
    }

    void takesInfluxLines()
    {
        IngestFixture fixture;
        const QByteArray now = QByteArray::number(qint64(fixture.engine.clock.nowMs()));
        const QByteArray lines = "cpu,host=a usage=1,idle=2 " + now + "\nload value=3 " + now;
        QCOMPARE(fixture.post("/write?db=x&precision=ms", lines).status, 204);
        QCOMPARE(fixture.post("/api/v2/write?org=o&bucket=b&precision=ms", "cpu,host=a usage=4 " + now + "1")
                     .status,
                 400); // ten times as late as now
        const QByteArray zipped = http::encodeContent(http::Coding::Gzip, "load value=5 " + now + "000000");
        QCOMPARE(fixture.post("/api/v2/write?bucket=b", zipped, "Content-Encoding: gzip\r\n").status, 204);
        QCOMPARE(countAndSum(*fixture.engine, "cpu_usage"), std::make_pair(1.0, 1.0));
        QCOMPARE(countAndSum(*fixture.engine, "load").second, 5.0);

        const auto partly = fixture.post("/write", "load value=\nload value=6");
        QCOMPARE(partly.status, 400);
        QCOMPARE(jsonOf(partly)["error"].toString(),
                 QString("partial write: unable to parse 'load value=': missing field value dropped=0"));
        const auto none = fixture.post("/write", "load value=");
        QCOMPARE(none.status, 400);
        QCOMPARE(jsonOf(none)["error"].toString(),
                 QString("unable to parse 'load value=': missing field value"));
        QCOMPARE(fixture.post("/write", "").status, 204);
    }

    void answersWhatInfluxClientsAsk()
    {
        IngestFixture fixture;
        tests::RawClient client(fixture.port());
        const auto ping = client.ask("GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n");
        QCOMPARE(ping->status, 204);
        const auto create = fixture.post("/query", "q=CREATE+DATABASE+%22telegraf%22",
                                         "Content-Type: application/x-www-form-urlencoded\r\n");
        QCOMPARE(create.status, 200);
        QCOMPARE(create.body, QByteArray("{\"results\":[{\"statement_id\":0}]}"));
        QCOMPARE(fixture.post("/query?q=create%20database%20x", "").status, 200);
        QCOMPARE(fixture.post("/query?q=SELECT%20*%20FROM%20cpu", "").status, 400);
    }

    void tracksTheOneLineWay()
    {
        IngestFixture fixture;
        const auto answer = fixture.post("/track/revenue?plan=pro&note=a%20b", "49",
                                         "Content-Type: application/x-www-form-urlencoded\r\n");
        QCOMPARE(answer.status, 200);
        QCOMPARE(jsonOf(answer)["accepted"].toInt(), 1);
        QCOMPARE(fixture.post("/track/revenue?plan=pro&note=a%20b", "0.1").status, 200);
        QCOMPARE(countAndSum(*fixture.engine, "revenue"), std::make_pair(2.0, 49.1));
        const auto reader = fixture.engine->openReader();
        const auto series = reader->select(defaultProject, {}, 0, INT64_MAX);
        QCOMPARE(series->size(), size_t(1));
        QCOMPARE(series->at(0).labels->toString(), std::string("revenue{note=\"a b\",plan=\"pro\"}"));
        QCOMPARE(series->at(0).kind, Kind::Distribution);
    }

    void tracksIntoTheKindThatExists()
    {
        IngestFixture fixture;
        QCOMPARE(fixture.post("/track/level", "{\"value\":3,\"type\":\"gauge\"}").status, 200);
        QCOMPARE(fixture.post("/track/level", "4").status, 200);
        QCOMPARE(fixture.post("/track/sold", "{\"value\":3,\"type\":\"counter\"}").status, 200);
        QCOMPARE(fixture.post("/track/sold", "4").status, 200);
        QCOMPARE(fixture.post("/track/paid", "4").status, 200);
        QCOMPARE(fixture.post("/ingest", "{\"name\":\"paid\",\"value\":5}").status, 200);
        QCOMPARE(countAndSum(*fixture.engine, "level").second, 4.0); // same instant: the last one wins
        QCOMPARE(countAndSum(*fixture.engine, "sold").second, 7.0);
        QCOMPARE(countAndSum(*fixture.engine, "paid"), std::make_pair(2.0, 9.0));
        const auto conflict = fixture.post("/track/paid", "{\"value\":3,\"type\":\"gauge\"}");
        QCOMPARE(conflict.status, 400);
        QVERIFY2(conflict.body.contains("kind_conflict"), conflict.body.constData());
    }

    void saysWhatWasWrong()
    {
        IngestFixture fixture;
        auto answer =
            fixture.post("/ingest", "{\"metrics\":[{\"name\":\"a\"},{\"name\":\"b\",\"value\":1}]}");
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.body,
                 QByteArray("{\"accepted\":1,\"rejected\":1,\"errors\":[{\"index\":0,\"error\":\"metrics[0]: "
                            "value is missing.\",\"code\":\"bad_value\"}]}"));
        answer = fixture.post("/ingest", "{\"metrics\":[{\"name\":\"a\"}]}");
        QCOMPARE(answer.status, 400);
        QCOMPARE(jsonOf(answer)["rejected"].toInt(), 1);
        answer = fixture.post("/ingest", "");
        QCOMPARE(answer.status, 400);
        QVERIFY(jsonOf(answer)["error"].toObject()["hint"].toString().size() > 0);
        answer = fixture.post("/track/x", "hello");
        QCOMPARE(answer.status, 400);
        answer = fixture.post("/ingest", "{\"name\":\"a\",\"value\":1,\"ts\":\"2001-01-01T00:00:00Z\"}");
        QCOMPARE(answer.status, 400);
        QVERIFY(answer.body.contains("too_old"));
    }

    void capsTheListOfErrors()
    {
        IngestFixture fixture;
        QByteArray body = "[";
        for (int i = 0; i < 1000; i++)
            body += "{\"name\":\"\",\"value\":1},";
        const auto answer = fixture.post("/ingest", body + "{\"name\":\"a\",\"value\":1}]");
        QCOMPARE(answer.status, 200);
        QCOMPARE(jsonOf(answer)["rejected"].toInt(), 1000);
        QCOMPARE(jsonOf(answer)["errors"].toArray().size(), 100);
    }

    void replaysAKey()
    {
        IngestFixture fixture;
        const QByteArray key = "Idempotency-Key: abc-1\r\n";
        const QByteArray body =
            "{\"metrics\":[{\"name\":\"n\",\"value\":2,\"type\":\"counter\"},{\"name\":\"\"}]}";
        const auto first = fixture.post("/ingest", body, key);
        const auto second = fixture.post("/ingest", body, key);
        QCOMPARE(first.status, 200);
        QCOMPARE(second.status, 200);
        QCOMPARE(second.body, first.body);
        QVERIFY(!first.hasHeader("Idempotent-Replayed"));
        QCOMPARE(second.header("Idempotent-Replayed"), QByteArray("true"));
        QCOMPARE(fixture.post("/ingest", body + " ", key).status, 422);
        QCOMPARE(fixture.post("/track/n", "2", key).status, 422);
        QCOMPARE(countAndSum(*fixture.engine, "n").second, 2.0);
        QCOMPARE(fixture.post("/ingest", body, "Idempotency-Key: \r\n").status, 400);
        QCOMPARE(fixture.post("/ingest", body, "Idempotency-Key: " + QByteArray(256, 'x') + "\r\n").status,
                 400);
    }

    void takesCompressedAndLargeBodies()
    {
        IngestFixture fixture;
        QByteArray body = "{\"metrics\":[";
        for (int i = 0; i < 5000; i++)
            body += "{\"name\":\"n\",\"value\":1,\"type\":\"counter\",\"labels\":{\"i\":\"" +
                    QByteArray::number(i) + "\"}},";
        body.back() = ']';
        body += '}';
        QVERIFY(body.size() > 100000);
        QCOMPARE(fixture.post("/ingest", body).status, 200);
        QCOMPARE(
            fixture
                .post("/ingest", http::encodeContent(http::Coding::Gzip, body), "Content-Encoding: gzip\r\n")
                .status,
            200);
        QCOMPARE(
            fixture
                .post("/ingest", http::encodeContent(http::Coding::Zstd, body), "Content-Encoding: zstd\r\n")
                .status,
            200);
        QCOMPARE(countAndSum(*fixture.engine, "n").second, 15000.0);
        QCOMPARE(fixture.post("/ingest", "not gzip", "Content-Encoding: gzip\r\n").status, 400);
        QCOMPARE(fixture.post("/ingest", "x", "Content-Encoding: br\r\n").status, 415);
        const QByteArray bomb = http::encodeContent(http::Coding::Zstd, QByteArray(200 << 20, ' '));
        QCOMPARE(fixture.post("/ingest", bomb, "Content-Encoding: zstd\r\n").status, 413);
        QTRY_COMPARE_WITH_TIMEOUT(fixture.ingestThread().pendingBytes(), size_t(0), 30000);
    }

    void takesTextExposition()
    {
        IngestFixture fixture;
        const auto answer =
            fixture.post("/api/v1/import/prometheus", "# TYPE a_total counter\na_total{b=\"c\"} 5\nbroken\n");
        QCOMPARE(answer.status, 200);
        QCOMPARE(jsonOf(answer)["accepted"].toInt(), 1);
        QVERIFY(answer.body.contains("line 3"));
        QCOMPARE(countAndSum(*fixture.engine, "a_total"), std::make_pair(1.0, 5.0));
    }

    void answersPipelinedRequestsInOrder()
    {
        IngestFixture fixture;
        RawClient client(fixture.port());
        const QByteArray large = "[" + QByteArray(100000, ' ') + "{\"name\":\"big\",\"value\":1}]";
        client.send(IngestFixture::postBytes("/ingest", large) +
                    IngestFixture::postBytes("/track/small", "2") +
                    IngestFixture::postBytes("/ingest", "{\"x\":1}"));
        QCOMPARE(client.receive()->status, 200);
        QCOMPARE(client.receive()->status, 200);
        QCOMPARE(client.receive()->status, 400);
    }

    void countsOnceUnderConcurrency()
    {
        IngestFixture fixture;
        constexpr int clients = 8;
        constexpr int requests = 100;
        std::atomic<int> good = 0;
        std::vector<std::thread> threads;
        for (int c = 0; c < clients; c++) {
            threads.emplace_back([&, c] {
                RawClient client(fixture.port());
                for (int r = 0; r < requests; r++) {
                    const QByteArray key = "Idempotency-Key: k" + QByteArray::number(c / 2) + "-" +
                                           QByteArray::number(r) + "\r\n";
                    const auto answer = client.ask(IngestFixture::postBytes("/track/hits", "1", key));
                    good += answer && answer->status == 200;
                }
            });
        }
        for (auto &thread : threads)
            thread.join();
        QCOMPARE(good.load(), clients * requests);
        // Every two clients send the same keys.
        QCOMPARE(countAndSum(*fixture.engine, "hits").first, double(clients / 2 * requests));
    }

    void importsOverHttpOnce()
    {
        IngestFixture fixture;
        QTemporaryDir directory;
        QFile file(directory.filePath("data.ndjson"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        for (int i = 0; i < 20000; i++)
            file.write("{\"name\":\"imported\",\"value\":1,\"type\":\"counter\"}\n");
        file.close();
        ingest::ImportOptions options;
        options.path = file.fileName().toStdString();
        options.partBytes = 100000;
        for (int round = 0; round < 2; round++) {
            ingest::HttpImportTarget target;
            target.url = fixture.url();
            const auto result = ingest::importFile(options, ingest::httpImportSink(target));
            QVERIFY(result.ok());
            QCOMPARE(result->accepted, uint64_t(20000));
            QCOMPARE(result->replayedParts, round == 0 ? 0 : result->parts);
            QCOMPARE(countAndSum(*fixture.engine, "imported").second, 20000.0);
        }
    }

    void importsIntoAnEngineOnce()
    {
        TemporaryEngine engine;
        QTemporaryDir directory;
        QFile file(directory.filePath("data.txt"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("# TYPE imported counter\n");
        for (int i = 0; i < 20000; i++)
            file.write("imported{i=\"" + QByteArray::number(i) + "\"} 1\n");
        file.close();
        ingest::ImportOptions options;
        options.path = file.fileName().toStdString();
        options.partBytes = 100000;
        const ingest::Prices prices;
        for (int round = 0; round < 2; round++) {
            const auto result =
                ingest::importFile(options, ingest::engineImportSink(*engine, prices, engine.clock));
            QVERIFY(result.ok());
            QCOMPARE(result->accepted, uint64_t(20000));
            QCOMPARE(result->replayedParts, round == 0 ? 0 : result->parts);
        }
        QCOMPARE(countAndSum(*engine, "imported").second, 20000.0);
    }
};

QTEST_GUILESS_MAIN(IngestRoutesTest)
#include "IngestRoutesTest.moc"
