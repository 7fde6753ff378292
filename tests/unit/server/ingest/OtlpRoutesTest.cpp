#include "server/http/ContentCoding.h"
#include "tests/support/IngestFixture.h"
#include "tests/support/OtlpBody.h"

#include <QTest>

#include <protozero/pbf_reader.hpp>

using namespace plimsoll;
using namespace plimsoll::test;
using plimsoll::tests::RawAnswer;
using plimsoll::tests::RawClient;
namespace otlp = plimsoll::tests::otlp;

namespace {

const QByteArray protobuf = "Content-Type: application/x-protobuf\r\n";
const QByteArray json = "Content-Type: application/json; charset=utf-8\r\n";

/// The fields of a message as text: "1=3 2=words ".
QByteArray fieldsOf(const QByteArray &message)
{
    QByteArray out;
    protozero::pbf_reader reader(message.constData(), size_t(message.size()));
    while (reader.next()) {
        out += QByteArray::number(reader.tag()) + '=';
        if (reader.wire_type() == protozero::pbf_wire_type::varint)
            out += QByteArray::number(qint64(reader.get_int64()));
        else
            out += QByteArray::fromStdString(reader.get_string());
        out += ' ';
    }
    return out;
}

/// The values of a float series, in order.
std::vector<double> valuesOf(const Engine &engine, const std::string &name)
{
    const auto reader = engine.openReader();
    const Matcher matcher{"__name__", Matcher::Op::Equal, name};
    FloatColumns floats;
    const auto found = reader->select(defaultProject, {&matcher, 1}, 0, INT64_MAX);
    for (const auto &series : *found) {
        if (!reader->readFloats(series.id, 0, INT64_MAX, floats).ok())
            qFatal("cannot read");
    }
    return {floats.values.begin(), floats.values.end()};
}

} // namespace

class OtlpRoutesTest : public QObject
{
    Q_OBJECT

    static QByteArray gauges(const std::vector<double> &values, int64_t nowMs)
    {
        std::vector<std::string> points;
        for (const double value : values)
            points.push_back(otlp::number(value, uint64_t(nowMs + int64_t(points.size())) * 1'000'000));
        return QByteArray::fromStdString(otlp::request({otlp::metric("depth", "", 5, points)}));
    }

private Q_SLOTS:
    void takesProtobufPlainGzippedAndChunked()
    {
        IngestFixture fixture;
        const int64_t nowMs = fixture.engine.clock.nowMs();
        const QByteArray body = gauges({1, 2}, nowMs);
        const auto answer = fixture.post("/v1/metrics", body, protobuf);
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.body, QByteArray());
        QCOMPARE(answer.header("content-type"), QByteArray("application/x-protobuf"));
        const QByteArray zipped = http::encodeContent(http::Coding::Gzip, gauges({3}, nowMs + 10));
        QCOMPARE(
            fixture.post("/api/v1/otlp/v1/metrics", zipped, protobuf + "Content-Encoding: gzip\r\n").status,
            200);
        const QByteArray third = gauges({4}, nowMs + 20);
        RawClient client(fixture.port());
        const auto chunked =
            client.ask("POST /v1/metrics HTTP/1.1\r\nHost: localhost\r\n" + protobuf +
                       "Transfer-Encoding: chunked\r\n\r\n5\r\n" + third.left(5) + "\r\n" +
                       QByteArray::number(third.size() - 5, 16) + "\r\n" + third.mid(5) + "\r\n0\r\n\r\n");
        QVERIFY(chunked && chunked->status == 200);
        QCOMPARE(valuesOf(*fixture.engine, "depth"), (std::vector<double>{1, 2, 3, 4}));
    }

    void answersJsonInJson()
    {
        IngestFixture fixture;
        const QByteArray now = QByteArray::number(qint64(fixture.engine.clock.nowMs())) + "000000";
        const auto body = [&](const QByteArray &points) {
            return "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"a\",\"gauge\":{"
                   "\"dataPoints\":[" +
                   points + "]}}]}]}]}";
        };
        const QByteArray good = "{\"asInt\":\"7\",\"timeUnixNano\":\"" + now + "\"}";
        const QByteArray bad = "{\"asInt\":\"8\",\"timeUnixNano\":\"1000000\"}";
        const auto whole = fixture.post("/v1/metrics", body(good), json);
        QCOMPARE(whole.status, 200);
        QCOMPARE(whole.body, QByteArray("{}"));
        QCOMPARE(whole.header("content-type"), QByteArray("application/json"));
        const auto partly = fixture.post("/v1/metrics", body(good + ',' + bad), json);
        QCOMPARE(partly.status, 200);
        QCOMPARE(partly.body, QByteArray("{\"partialSuccess\":{\"rejectedDataPoints\":1,\"errorMessage\":"
                                         "\"The timestamp is older than anything that is kept.\"}}"));
        const auto none = fixture.post("/v1/metrics", body(bad), json);
        QCOMPARE(none.status, 400);
        QCOMPARE(
            none.body,
            QByteArray("{\"code\":3,\"message\":\"The timestamp is older than anything that is kept.\"}"));
        QCOMPARE(valuesOf(*fixture.engine, "a"), (std::vector<double>{7}));
    }

    void answersProtobufInProtobuf()
    {
        IngestFixture fixture;
        const int64_t nowMs = fixture.engine.clock.nowMs();
        const auto post = [&](const std::vector<std::string> &points) {
            return fixture.post(
                "/v1/metrics",
                QByteArray::fromStdString(otlp::request({otlp::metric("sold", "", 7, points, 1, true)})),
                protobuf);
        };
        const std::string good = otlp::number(1, uint64_t(nowMs) * 1'000'000);
        const std::string bad = otlp::number(-1, uint64_t(nowMs) * 1'000'000);
        const QByteArray why = "Metric \"sold\": An increment of a monotonic sum is negative.";
        const auto partly = post({good, bad});
        QCOMPARE(partly.status, 200);
        protozero::pbf_reader answer(partly.body.constData(), size_t(partly.body.size()));
        QVERIFY(answer.next(1));
        QCOMPARE(fieldsOf(QByteArray::fromStdString(answer.get_string())), "1=1 2=" + why + ' ');
        const auto none = post({bad});
        QCOMPARE(none.status, 400);
        QCOMPARE(fieldsOf(none.body), "1=3 2=" + why + ' ');
        QVERIFY(
            fieldsOf(fixture.post("/v1/metrics", "nonsense", protobuf).body).startsWith("1=3 2=The body"));
    }

    void refusesOtherTypesAndTooMuch()
    {
        IngestFixture fixture;
        QCOMPARE(fixture.post("/v1/metrics", "x", "Content-Type: text/plain\r\n").status, 415);
        QCOMPARE(fixture.post("/v1/metrics", "x").status, 415);
        QCOMPARE(fixture.post("/v1/metrics", "x", protobuf + "Content-Encoding: lz4\r\n").status, 415);
        const QByteArray bomb = http::encodeContent(http::Coding::Gzip, QByteArray(21 << 20, ' '));
        const auto large = fixture.post("/v1/metrics", bomb, json + "Content-Encoding: gzip\r\n");
        QCOMPARE(large.status, 413);
        QVERIFY2(large.body.startsWith("{\"code\":8,\"message\":"), large.body.constData());
    }
};

QTEST_GUILESS_MAIN(OtlpRoutesTest)
#include "OtlpRoutesTest.moc"
