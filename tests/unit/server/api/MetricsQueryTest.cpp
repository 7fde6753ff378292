#include "server/api/MetricsQuery.h"
#include "server/http/Request.h"
#include "tests/support/MemorySeries.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::api;

namespace {

constexpr int64_t t0 = 1'767'700'800'000; // a full hour
constexpr int64_t minute = 60'000;
constexpr int64_t hour = 60 * minute;

} // namespace

class MetricsQueryTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_series = {};
        m_cancelled = false;
    }

    void sumsAGauge()
    {
        const Labels cpu{{"__name__", "cpu"}};
        for (int i = 0; i < 10; i++)
            m_series.add(cpu, Kind::Gauge, t0 + i * 1000, i + 1);
        const QJsonObject bucket = bucketAt(ask(range("cpu", t0, t0 + 2 * minute, "minute")), 0);
        QCOMPARE(bucket["t"].toInteger(), t0);
        QCOMPARE(bucket["count"].toDouble(), 10.0);
        QCOMPARE(bucket["sum"].toDouble(), 55.0);
        QCOMPARE(bucket["avg"].toDouble(), 5.5);
        QCOMPARE(bucket["min"].toDouble(), 1.0);
        QCOMPARE(bucket["max"].toDouble(), 10.0);
        QCOMPARE(bucket["p50"].toDouble(), 5.0);
        QCOMPARE(bucket["p95"].toDouble(), 10.0);
        QCOMPARE(bucket["p99"].toDouble(), 10.0);
    }

    void emptyBucketsAreThere()
    {
        m_series.add({{"__name__", "cpu"}}, Kind::Gauge, t0 + 2 * minute, 1);
        const QJsonObject answer = ask(range("cpu", t0, t0 + 4 * minute, "minute"));
        QCOMPARE(buckets(answer).size(), 4);
        const QJsonObject empty = bucketAt(answer, 1);
        QCOMPARE(empty["t"].toInteger(), t0 + minute);
        QCOMPARE(empty["count"].toDouble(-1), 0.0);
        for (const char *figure : {"sum", "avg", "min", "max", "p50", "p95", "p99"})
            QVERIFY2(empty.contains(QLatin1String(figure)) && empty[QLatin1String(figure)].isNull(), figure);
        QCOMPARE(bucketAt(answer, 2)["count"].toDouble(), 1.0);
    }

    void bucketsAreHalfOpen()
    {
        const Labels hits{{"__name__", "hits"}};
        m_series.add(hits, Kind::Delta, t0 - 1, 1000);
        m_series.add(hits, Kind::Delta, t0, 1);
        m_series.add(hits, Kind::Delta, t0 + minute - 1, 2);
        m_series.add(hits, Kind::Delta, t0 + minute, 4);
        m_series.add(hits, Kind::Delta, t0 + 2 * minute, 1000);
        const QJsonObject answer = ask(range("hits", t0, t0 + 2 * minute, "minute"));
        QCOMPARE(buckets(answer).size(), 2);
        QCOMPARE(bucketAt(answer, 0)["sum"].toDouble(), 3.0);
        QCOMPARE(bucketAt(answer, 1)["sum"].toDouble(), 4.0);
    }

    void anUnalignedRangeCutsItsBuckets()
    {
        const Labels hits{{"__name__", "hits"}};
        for (int i = 0; i < 120; i++)
            m_series.add(hits, Kind::Delta, t0 + i * minute, 1);
        const QJsonObject answer = ask(range("hits", t0 + 30 * minute, t0 + 90 * minute, "hour"));
        QCOMPARE(buckets(answer).size(), 2);
        QCOMPARE(bucketAt(answer, 0)["t"].toInteger(), t0);
        QCOMPARE(bucketAt(answer, 0)["sum"].toDouble(), 30.0);
        QCOMPARE(bucketAt(answer, 1)["sum"].toDouble(), 30.0);
    }

    void deltaMoneyIsExact()
    {
        const Labels revenue{{"__name__", "revenue"}};
        for (int i = 0; i < 1000; i++)
            m_series.add(revenue, Kind::Delta, t0 + i, 0.1);
        QCOMPARE(bucketAt(ask(range("revenue", t0, t0 + minute, "minute")), 0)["sum"].toDouble(), 100.0);
    }

    void distributionMoneyIsExact()
    {
        for (int i = 0; i < 1000; i++)
            m_series.observe({{"__name__", "revenue"}}, t0 + i, 0.1);
        const QJsonObject bucket = bucketAt(ask(range("revenue", t0, t0 + minute, "minute")), 0);
        QCOMPARE(bucket["sum"].toDouble(), 100.0);
        QCOMPARE(bucket["count"].toDouble(), 1000.0);
        QCOMPARE(bucket["min"].toDouble(), 0.1);
        QCOMPARE(bucket["max"].toDouble(), 0.1);
        QCOMPARE(bucket["p99"].toDouble(), 0.1);
    }

    void daysOfADistributionAreExactToo()
    {
        const int64_t day = 24 * hour;
        const int64_t midnight = t0 - t0 % day;
        for (int i = 0; i < 1000; i++)
            m_series.observe({{"__name__", "revenue"}}, midnight + i * 240'000, 0.1);
        const QJsonObject answer = ask(range("revenue", midnight + hour, midnight + 2 * day, "day"));
        QCOMPARE(buckets(answer).size(), 2);
        QCOMPARE(bucketAt(answer, 0)["count"].toDouble(), 345.0);
        QCOMPARE(bucketAt(answer, 0)["sum"].toDouble(), 34.5);
        QCOMPARE(bucketAt(answer, 1)["sum"].toDouble(), 36.0);
    }

    void distributionQuantilesAreClose()
    {
        for (int i = 1; i <= 2000; i++)
            m_series.observe({{"__name__", "ms"}}, t0 + i, i);
        const QJsonObject bucket = bucketAt(ask(range("ms", t0, t0 + minute, "minute")), 0);
        QVERIFY(std::abs(bucket["p50"].toDouble() - 1000) <= 12);
        QVERIFY(std::abs(bucket["p95"].toDouble() - 1900) <= 23);
        QVERIFY(std::abs(bucket["p99"].toDouble() - 1980) <= 24);
    }

    void manyGaugeSamplesStayClose()
    {
        for (int i = 1; i <= 3000; i++)
            m_series.add({{"__name__", "ms"}}, Kind::Gauge, t0 + i, i);
        const QJsonObject bucket = bucketAt(ask(range("ms", t0, t0 + minute, "minute")), 0);
        QCOMPARE(bucket["count"].toDouble(), 3000.0);
        QVERIFY(std::abs(bucket["p50"].toDouble() - 1500) <= 18);
        QVERIFY(std::abs(bucket["p99"].toDouble() - 2970) <= 36);
    }

    void counterIncreaseCountsResets()
    {
        const Labels total{{"__name__", "bytes_total"}};
        m_series.add(total, Kind::Counter, t0 - 10'000, 90);
        m_series.add(total, Kind::Counter, t0, 100);
        m_series.add(total, Kind::Counter, t0 + 10'000, 110);
        m_series.add(total, Kind::Counter, t0 + 20'000, 5);
        m_series.add(total, Kind::Counter, t0 + minute, 7);
        const QJsonObject answer = ask(range("bytes_total", t0, t0 + 2 * minute, "minute"));
        QCOMPARE(bucketAt(answer, 0)["sum"].toDouble(), 25.0); // 10 + 10 + 5
        QCOMPARE(bucketAt(answer, 0)["count"].toDouble(), 3.0);
        QCOMPARE(bucketAt(answer, 0)["max"].toDouble(), 110.0);
        QVERIFY(bucketAt(answer, 0)["avg"].isNull());
        QVERIFY(bucketAt(answer, 0)["p50"].isNull());
        QCOMPARE(bucketAt(answer, 1)["sum"].toDouble(), 2.0);
        QCOMPARE(answer["kind"].toString(), QStringLiteral("counter"));
    }

    void cumulativeHistogramsAreDifferenced()
    {
        const Labels name{{"__name__", "latency"}};
        Histogram total(Histogram::ownSchema);
        total.observe(1, 5);
        m_series.add(name, Kind::Histogram, t0 - 1000, total);
        total.observe(3, 2);
        m_series.add(name, Kind::Histogram, t0 + 1000, total);
        const QJsonObject bucket = bucketAt(ask(range("latency", t0, t0 + minute, "minute")), 0);
        QCOMPARE(bucket["count"].toDouble(), 2.0);
        QCOMPARE(bucket["sum"].toDouble(), 6.0);
    }

    void groupsByLabels()
    {
        for (const auto &[method, status, value] :
             {std::tuple{"GET", "200", 1.0}, {"GET", "500", 2.0}, {"POST", "200", 4.0}})
            m_series.add({{"__name__", "hits"}, {"method", method}, {"status", status}}, Kind::Delta, t0,
                         value);
        QCOMPARE(sumsOf(ask(range("hits", t0, t0 + minute, "minute"))), (QMap<QString, double>{{"", 7.0}}));
        QCOMPARE(sumsOf(ask(range("hits", t0, t0 + minute, "minute, method"))),
                 (QMap<QString, double>{{"method=GET", 3.0}, {"method=POST", 4.0}}));
        QCOMPARE(sumsOf(ask(range("hits", t0, t0 + minute, "status"))),
                 (QMap<QString, double>{{"status=200", 5.0}, {"status=500", 2.0}}));
    }

    void filtersByEndpointAndLabels()
    {
        m_series.add({{"__name__", "hits"}, {"route", "/a"}}, Kind::Delta, t0, 1);
        m_series.add({{"__name__", "hits"}, {"endpoint", "/a"}}, Kind::Delta, t0, 2);
        m_series.add({{"__name__", "hits"}, {"route", "/b"}}, Kind::Delta, t0, 4);
        const std::string base = range("hits", t0, t0 + minute, "minute");
        QCOMPARE(sumsOf(ask(base + "&endpoint=/a"))[""], 3.0);
        QCOMPARE(sumsOf(ask(base + "&where=route%3D/b"))[""], 4.0);
        QCOMPARE(sumsOf(ask(base + "&where=route!%3D/b"))[""], 3.0);
        QCOMPARE(sumsOf(ask(base + "&where=route%3D~/.*"))[""], 5.0);
        QCOMPARE(errorOf(base + "&where=route").code, ErrorCode::Invalid);
        QVERIFY(ask(base + "&endpoint=/none")["series"].toArray().isEmpty());
    }

    void choosesABucket()
    {
        m_series.add({{"__name__", "x"}}, Kind::Gauge, t0, 1);
        const auto resolution = [&](int64_t span) {
            return ask(range("x", t0, t0 + span, ""))["resolution"].toString();
        };
        QCOMPARE(resolution(6 * hour), QStringLiteral("minute"));
        QCOMPARE(resolution(24 * hour), QStringLiteral("hour"));
        QCOMPARE(resolution(30 * 24 * hour), QStringLiteral("day"));
    }

    void refusesTooManyBuckets()
    {
        m_series.add({{"__name__", "x"}}, Kind::Gauge, t0, 1);
        const Error error = errorOf(range("x", t0, t0 + 11'001 * minute, "minute"));
        QCOMPARE(error.code, ErrorCode::Unprocessable);
        QVERIFY(error.message.find("11001") != std::string::npos);
        QVERIFY(error.hint.find("group_by=hour") != std::string::npos);
        QCOMPARE(buckets(ask(range("x", t0, t0 + 11'000 * minute, "minute"))).size(), 11'000);
    }

    void refusesTooManyGroups()
    {
        for (int i = 0; i < 100; i++)
            m_series.add({{"__name__", "x"}, {"id", std::to_string(i)}}, Kind::Gauge, t0, 1);
        QCOMPARE(errorOf(range("x", t0, t0 + 5'000 * minute, "minute,id")).code, ErrorCode::Unprocessable);
    }

    void anUnknownMetricNamesTheClose()
    {
        m_series.add({{"__name__", "checkout_total"}}, Kind::Delta, t0, 1);
        const QJsonObject answer = ask(range("chekout_total", t0, t0 + minute, ""));
        QVERIFY(answer["series"].isArray() && answer["series"].toArray().isEmpty());
        QVERIFY(answer["kind"].isNull());
        QCOMPARE(answer["hint"].toString(),
                 QStringLiteral("Nothing is called 'chekout_total' yet. Close: checkout_total."));
    }

    void aKnownMetricWithoutSamplesIsEmpty()
    {
        m_series.add({{"__name__", "x"}}, Kind::Delta, t0 - 24 * hour, 1);
        const QJsonObject answer = ask(range("x", t0, t0 + minute, "minute"));
        QVERIFY(answer["series"].toArray().isEmpty());
        QCOMPARE(answer["kind"].toString(), QStringLiteral("delta"));
    }

    void otherProjectsAreNotSeen()
    {
        m_series.add({{"__name__", "x"}}, Kind::Delta, t0, 1, 7);
        const QJsonObject answer = ask(range("x", t0, t0 + minute, ""));
        QVERIFY(answer["series"].toArray().isEmpty());
        QCOMPARE(answer["hint"].toString(),
                 QStringLiteral("Nothing is called 'x' yet. Nothing was sent to this project so far."));
    }

    void endsWhenCancelled()
    {
        m_series.add({{"__name__", "x"}}, Kind::Delta, t0, 1);
        m_cancelled = true;
        QCOMPARE(errorOf(range("x", t0, t0 + minute, "")).code, ErrorCode::Cancelled);
    }

    void refusesTwoWidths()
    {
        QCOMPARE(errorOf(range("x", t0, t0 + minute, "minute,hour")).code, ErrorCode::Invalid);
        QCOMPARE(errorOf("from=1&to=2").code, ErrorCode::Invalid);
    }

private:
    static std::string range(const std::string &metric, int64_t from, int64_t to, const std::string &groupBy)
    {
        return "metric=" + metric + "&from=" + std::to_string(from) + "&to=" + std::to_string(to) +
               "&group_by=" + groupBy;
    }

    Result<std::string> evaluate(const std::string &arguments)
    {
        http::Request request;
        request.rawQuery = arguments;
        const auto query = MetricsQuery::fromRequest(request, t0 + 24 * hour);
        if (!query)
            return query.error();
        const auto reader = m_series.openReader();
        return answerMetricsQuery({*reader, defaultProject, t0 + 24 * hour, m_cancelled}, *query);
    }

    QJsonObject ask(const std::string &arguments)
    {
        const auto answer = evaluate(arguments);
        if (!answer)
            qWarning("%s", answer.error().message.c_str());
        return answer ? QJsonDocument::fromJson(QByteArray::fromStdString(*answer)).object() : QJsonObject();
    }

    Error errorOf(const std::string &arguments)
    {
        const auto answer = evaluate(arguments);
        return answer ? Error{ErrorCode::Internal, "It succeeded.", {}} : answer.error();
    }

    static QJsonArray buckets(const QJsonObject &answer)
    {
        return answer["series"].toArray().at(0).toObject()["buckets"].toArray();
    }

    static QJsonObject bucketAt(const QJsonObject &answer, int i) { return buckets(answer).at(i).toObject(); }

    static QMap<QString, double> sumsOf(const QJsonObject &answer)
    {
        QMap<QString, double> sums;
        for (const QJsonValue &line : answer["series"].toArray()) {
            QStringList labels;
            const QJsonObject object = line["labels"].toObject();
            for (auto each = object.begin(); each != object.end(); ++each)
                labels += each.key() + "=" + each.value().toString();
            sums[labels.join(",")] += line["buckets"].toArray().at(0).toObject()["sum"].toDouble();
        }
        return sums;
    }

    test::MemorySeries m_series;
    std::atomic<bool> m_cancelled{false};
};

QTEST_GUILESS_MAIN(MetricsQueryTest)
#include "MetricsQueryTest.moc"
