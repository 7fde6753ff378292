#include "server/api/CostReport.h"
#include "server/api/EndpointReport.h"
#include "server/api/MetricsQuery.h"
#include "server/http/Request.h"
#include "storage/query/Query.h"
#include "tests/support/TemporaryEngine.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

#include <cmath>

using namespace plimsoll;
using namespace plimsoll::api;
using namespace plimsoll::test;

namespace {

constexpr int64_t minute = 60'000;
constexpr int64_t hour = 60 * minute;
constexpr int64_t day = 24 * hour;
constexpr int64_t startMs =
    1'774'224'000'000; // Monday, 2026-03-23 00:00 UTC; Berlin changes its clocks on the 29th
constexpr int days = 12;

EngineOptions shortRetention()
{
    EngineOptions options;
    options.rawRetentionMs = 4 * day;
    options.hourlyRetentionMs = 8 * day;
    return options;
}

/// What was sent, as sums over time.
struct Sent
{
    std::map<int64_t, double> revenue; ///< cents by time
};

} // namespace

/// The plain API over the same data while all samples are kept, and after the older ones became hours and
/// days; by UTC and by a zone whose clocks change in between.
class StoredFormsTest : public QObject
{
    Q_OBJECT

    std::unique_ptr<TemporaryEngine> m_engine;
    Sent m_sent;
    std::atomic<bool> m_cancelled = false;

    /// One increment of every kind each ten minutes, for some days.
    void fill(const EngineOptions &options)
    {
        m_engine = std::make_unique<TemporaryEngine>(options);
        m_sent = {};
        TemporaryEngine &engine = *m_engine;
        double total = 0;
        for (int64_t t = startMs; t < startMs + days * day; t += 10 * minute) {
            engine.clock.set(t);
            const auto i = double((t - startMs) / (10 * minute));
            Batch batch;
            const auto add = [&](const Labels &labels, Kind kind, double value) {
                batch.series.push_back({labels.key(), kind, false, batch.itemCount});
                batch.floats.push_back({uint32_t(batch.series.size() - 1), t, value, batch.itemCount++});
            };
            const double cents = double((t / minute) % 97);
            m_sent.revenue[t] = cents;
            total += i == 700 ? -total : 3;
            add({{"__name__", "revenue"}, {"plan", "pro"}}, Kind::Delta, cents / 100);
            add({{"__name__", "revenue"}, {"plan", "free"}}, Kind::Delta, 0.01);
            add({{"__name__", "temperature"}}, Kind::Gauge, 20 + 5 * std::sin(i / 20));
            add({{"__name__", "jobs_total"}}, Kind::Counter, total);
            add({{"__name__", "http_request_duration_seconds"},
                 {"method", "GET"},
                 {"route", "/"},
                 {"status", "200"}},
                Kind::Distribution, 0.010 + 0.001 * std::fmod(i, 10));
            add({{"__name__", "llm_calls_total"}, {"provider", "p"}, {"model", "m"}}, Kind::Delta, 1);
            add({{"__name__", "llm_cost_usd_total"}, {"provider", "p"}, {"model", "m"}}, Kind::Delta, 0.1);
            add({{"__name__", "llm_calls_total"}, {"provider", "p"}, {"model", "free"}}, Kind::Delta, 2);
            QVERIFY(engine.commit(std::move(batch)).status.ok());
            engine->maintain();
        }
        for (int i = 0; i < 4; i++) {
            engine.clock.advance(2 * hour);
            engine->maintain();
            engine->drain();
            const Status done = engine->runUpkeep();
            QVERIFY2(done.ok(), done ? "" : done.error().message.c_str());
        }
    }

    QJsonObject query(const std::string &arguments)
    {
        http::Request request;
        request.rawQuery = arguments;
        const auto asked = MetricsQuery::fromRequest(request, m_engine->clock.nowMs());
        if (!asked)
            qFatal("%s", asked.error().message.c_str());
        const auto reader = (*m_engine)->openReader();
        const auto answer =
            answerMetricsQuery({*reader, defaultProject, m_engine->clock.nowMs(), m_cancelled}, *asked);
        if (!answer)
            qFatal("%s", answer.error().message.c_str());
        return QJsonDocument::fromJson(QByteArray::fromStdString(*answer)).object();
    }

    static std::string whole(const std::string &metric, const std::string &more)
    {
        return "metric=" + metric + "&from=" + std::to_string(startMs) +
               "&to=" + std::to_string(startMs + days * day) + more;
    }

    static QJsonArray buckets(const QJsonObject &answer)
    {
        return answer["series"].toArray()[0].toObject()["buckets"].toArray();
    }

    double sentBetween(int64_t fromMs, int64_t toMs) const
    {
        double cents = 0;
        for (auto it = m_sent.revenue.lower_bound(fromMs); it != m_sent.revenue.end() && it->first < toMs;
             ++it)
            cents += it->second;
        return cents / 100;
    }

    /// Sums by day of a zone against what was sent; the bounds of days against a calendar.
    void compareDays(const QByteArray &zoneName)
    {
        const QTimeZone zone(zoneName);
        const QJsonObject answer =
            query(whole("revenue", "&group_by=day&where=plan=pro&tz=" + zoneName.toStdString()));
        QCOMPARE(answer["resolution"].toString(), QStringLiteral("day"));
        const QJsonArray all = buckets(answer);
        QDate date = QDateTime::fromMSecsSinceEpoch(startMs, zone).date();
        for (const QJsonValue &value : all) {
            const QJsonObject bucket = value.toObject();
            const int64_t fromMs = date.startOfDay(zone).toMSecsSinceEpoch();
            date = date.addDays(1);
            const int64_t toMs = date.startOfDay(zone).toMSecsSinceEpoch();
            QCOMPARE(bucket["t"].toInteger(), fromMs);
            QCOMPARE(bucket["sum"].toDouble(), sentBetween(fromMs, toMs));
        }
        QVERIFY(all.size() >= days);
    }

private Q_SLOTS:
    void daysOfAnyZoneAreRightFromSamples_data()
    {
        QTest::addColumn<QByteArray>("zone");
        for (const char *zone :
             {"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"})
            QTest::newRow(zone) << QByteArray(zone);
    }
    void daysOfAnyZoneAreRightFromSamples()
    {
        if (!m_engine)
            fill({});
        QFETCH(const QByteArray, zone);
        compareDays(zone);
    }

    void theDayOfTheChangeHas23Hours()
    {
        const QJsonObject answer = query(
            "metric=revenue&from=2026-03-28&to=2026-03-31&group_by=day&tz=Europe/Berlin&where=plan=free");
        QCOMPARE(answer["tz"].toString(), QStringLiteral("Europe/Berlin"));
        const QJsonArray all = buckets(answer);
        QCOMPARE(all.size(), 3);
        QCOMPARE(all[0].toObject()["count"].toDouble(), 24.0 * 6);
        QCOMPARE(all[1].toObject()["count"].toDouble(), 23.0 * 6);
        QCOMPARE(all[2].toObject()["count"].toDouble(), 24.0 * 6);
        QCOMPARE(all[1].toObject()["sum"].toDouble(), 1.38);
        const QJsonArray hours = buckets(query(
            "metric=revenue&from=2026-03-29&to=2026-03-30&group_by=hour&tz=Europe/Berlin&where=plan=free"));
        QCOMPARE(hours.size(), 23);
    }

    void halfHourZonesHaveHoursAtHalfPast()
    {
        const QJsonArray all =
            buckets(query("metric=revenue&from=" + std::to_string(startMs) +
                          "&to=" + std::to_string(startMs + 3 * hour) + "&group_by=hour&tz=Asia/Kolkata"));
        QCOMPARE(all.size(), 4);
        QCOMPARE(all[1].toObject()["t"].toInteger(), startMs + hour / 2);
        QCOMPARE(all[0].toObject()["count"].toDouble(), 6.0);
        QCOMPARE(all[1].toObject()["count"].toDouble(), 12.0);
    }

    /// The answer names PromQL expressions; evaluated at the ends of buckets they give its figures.
    void agreesWithItsPromQL_data()
    {
        QTest::addColumn<QString>("arguments");
        for (const char *metric : {"revenue", "temperature", "jobs_total", "http_request_duration_seconds"})
            for (const char *more : {"&group_by=hour", "&group_by=day", "&group_by=hour,plan,status"})
                QTest::addRow("%s%s", metric, more) << QString::fromStdString(whole(metric, more));
        QTest::newRow("narrowed") << QString::fromStdString(
            whole("revenue", "&group_by=day,plan&where=plan!=free"));
    }
    void agreesWithItsPromQL()
    {
        QFETCH(const QString, arguments);
        const QJsonObject answer = query(arguments.toStdString());
        const int64_t widthMs = answer["resolution"].toString() == u"day" ? day : hour;
        const QJsonObject promql = answer["promql"].toObject();
        QVERIFY(!promql.isEmpty());
        const auto reader = (*m_engine)->openReader();
        int compared = 0;
        for (auto it = promql.begin(); it != promql.end(); ++it) {
            const auto parsed = Query::parse(it.value().toString().toStdString());
            QVERIFY2(parsed.ok(), qPrintable(it.value().toString()));
            const auto result = parsed->range(*reader, defaultProject, startMs + widthMs - 1,
                                              startMs + days * day - 1, widthMs, {});
            QVERIFY2(result.ok(), result ? "" : result.error().message.c_str());
            for (const QuerySeries &line : result->series) {
                for (const QueryPoint &point : line.points)
                    compared += comparesAt(answer, line.labels, point.timestampMs + 1 - widthMs, it.key(),
                                           point.value);
            }
        }
        QVERIFY2(compared >= days, qPrintable(QString::number(compared)));
    }

    void answersTheSameOnceSamplesAreGone()
    {
        const std::vector<std::string> all{
            whole("revenue", "&group_by=day"), whole("revenue", "&group_by=day,plan"),
            whole("temperature", "&group_by=day"), whole("jobs_total", "&group_by=day"),
            whole("http_request_duration_seconds", "&group_by=day")};
        std::vector<QJsonObject> before;
        for (const std::string &arguments : all)
            before.push_back(query(arguments));
        const QJsonObject costs = costsOf();
        const QJsonObject endpoints = endpointsOf();
        QCOMPARE(before[0]["stored"].toArray(), QJsonArray{"samples"});
        QVERIFY(before[0]["infos"].toArray().isEmpty());
        fill(shortRetention());
        const auto reader = (*m_engine)->openReader();
        for (size_t i = 0; i < all.size(); i++) {
            const QJsonObject now = query(all[i]);
            QCOMPARE(now["stored"].toArray(), (QJsonArray{"samples", "hours", "days"}));
            QVERIFY(!now["infos"].toArray().isEmpty());
            compareFigures(now, before[i], i == 3);
        }
        for (const QString &name :
             {QStringLiteral("total"), QStringLiteral("unpriced_calls"), QStringLiteral("by")})
            QCOMPARE(costsOf()[name], costs[name]);
        QCOMPARE(costsOf()["stored"].toArray().size(), 3);
        QCOMPARE(endpointsOf()["endpoints"].toArray()[0].toObject()["count"],
                 endpoints["endpoints"].toArray()[0].toObject()["count"]);
    }

    void bucketsAreAsWideAsWhatIsStored()
    {
        const int64_t nowMs = m_engine->clock.nowMs();
        const auto ago = [&](int from, int to, const char *width) {
            return query("metric=revenue&from=" + std::to_string(nowMs - from * day) +
                         "&to=" + std::to_string(nowMs - to * day) + "&group_by=" + width);
        };
        QCOMPARE(ago(2, 1, "minute")["resolution"].toString(), QStringLiteral("minute"));
        QCOMPARE(ago(6, 5, "minute")["resolution"].toString(), QStringLiteral("hour"));
        QCOMPARE(ago(12, 10, "minute")["resolution"].toString(), QStringLiteral("day"));
        QCOMPARE(ago(12, 10, "hour")["resolution"].toString(), QStringLiteral("day"));
        const QString info = ago(6, 5, "minute")["infos"].toArray().last().toString();
        QVERIFY2(info.contains("one hour wide"), qPrintable(info));
    }

    void storedDaysStandInTheDayThatHoldsTheirNoon()
    {
        const QJsonObject answer =
            query(whole("revenue", "&group_by=day&where=plan=free&tz=America/New_York"));
        double sum = 0;
        for (const QJsonValue &bucket : buckets(answer))
            sum += bucket.toObject()["sum"].toDouble();
        QCOMPARE(std::round(sum * 100), double(days * 144));
        QVERIFY(answer["infos"].toArray().last().toString().contains("another time"));
    }

private:
    bool comparesAt(const QJsonObject &answer, const Labels &labels, int64_t startsMs, const QString &figure,
                    double value) const
    {
        for (const QJsonValue &line : answer["series"].toArray()) {
            Labels own;
            const QJsonObject object = line.toObject()["labels"].toObject();
            for (auto it = object.begin(); it != object.end(); ++it)
                own.set(it.key().toStdString(), it.value().toString().toStdString());
            if (own != labels)
                continue;
            for (const QJsonValue &each : line.toObject()["buckets"].toArray()) {
                const QJsonObject bucket = each.toObject();
                if (bucket["t"].toInteger() != startsMs)
                    continue;
                const double ours = bucket[figure].toDouble(NAN);
                if (!(std::abs(ours - value) <=
                      1e-9 * std::abs(value) + (figure.startsWith('p') ? 0.012 * value : 0)))
                    qFatal("%s at %lld: %.17g, PromQL says %.17g", qPrintable(figure),
                           static_cast<long long>(startsMs), ours, value);
                return true;
            }
        }
        return false;
    }

    static void compareFigures(const QJsonObject &now, const QJsonObject &before, bool counter)
    {
        const QJsonArray lines = before["series"].toArray();
        QCOMPARE(now["series"].toArray().size(), lines.size());
        for (int line = 0; line < lines.size(); line++) {
            const QJsonArray was = lines[line].toObject()["buckets"].toArray();
            const QJsonArray is = now["series"].toArray()[line].toObject()["buckets"].toArray();
            QCOMPARE(is.size(), was.size());
            for (int i = 0; i < was.size(); i++) {
                for (const char *figure : {"count", "min", "max"})
                    QCOMPARE(is[i].toObject()[QLatin1String(figure)],
                             was[i].toObject()[QLatin1String(figure)]);
                const double left = is[i].toObject()["sum"].toDouble();
                const double right = was[i].toObject()["sum"].toDouble();
                QVERIFY2(std::abs(left - right) <= (counter ? 3.0 : 1e-9 * std::abs(right)),
                         qPrintable(QString::number(i) + ": " + QString::number(left, 'g', 17) + " for " +
                                    QString::number(right, 'g', 17)));
            }
        }
    }

    QJsonObject costsOf()
    {
        const auto reader = (*m_engine)->openReader();
        const auto report = CostReport::make({*reader, defaultProject, m_engine->clock.nowMs(), m_cancelled},
                                             {startMs, startMs + days * day}, {"model"});
        return QJsonDocument::fromJson(QByteArray::fromStdString(report->toJson())).object();
    }

    QJsonObject endpointsOf()
    {
        const auto reader = (*m_engine)->openReader();
        const auto report =
            EndpointReport::make({*reader, defaultProject, m_engine->clock.nowMs(), m_cancelled},
                                 {startMs, startMs + days * day}, {}, {});
        return QJsonDocument::fromJson(QByteArray::fromStdString(report->toJson())).object();
    }
};

QTEST_GUILESS_MAIN(StoredFormsTest)
#include "StoredFormsTest.moc"
