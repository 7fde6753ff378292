#include "server/ingest/LabelDrops.h"

#include "server/ingest/Decoder.h"
#include "server/ingest/Prices.h"
#include "server/ingest/SeriesRules.h"
#include "tests/support/TemporaryEngine.h"

#include <QTest>

#include <map>

using namespace plimsoll;
using namespace plimsoll::ingest;
using plimsoll::test::TemporaryEngine;

namespace {

class NoBounds final : public http::Quotas
{
public:
    http::QuotaPtr of(ProjectId, std::string_view) const override { return m_none; }

private:
    const http::QuotaPtr m_none = std::make_shared<const http::Quota>();
};

constexpr ProjectId other = 7;

} // namespace

class LabelDropsTest : public QObject
{
    Q_OBJECT

    std::unique_ptr<LabelDrops> m_drops;

    QString without(const plimsoll::Labels &labels, ProjectId project = defaultProject)
    {
        const auto key = m_drops->without(project, labels.key());
        return key ? QString::fromStdString(plimsoll::Labels::fromKey(*key)->toString()) : QString();
    }

private Q_SLOTS:
    void init() { m_drops = std::make_unique<LabelDrops>(); }

    void labelsOfOneMetricOfOneProjectGo()
    {
        m_drops->set(defaultProject, {{"logins", {"user_id", "tab"}}});
        QCOMPARE(without({{"__name__", "logins"}, {"plan", "pro"}, {"tab", "1"}, {"user_id", "7"}}),
                 QString(R"(logins{plan="pro"})"));
        QCOMPARE(without({{"__name__", "logins"}, {"user_id", "7"}}), QString("logins"));
        QCOMPARE(without({{"__name__", "logins"}, {"plan", "pro"}}), QString());
        QCOMPARE(without({{"__name__", "visits"}, {"user_id", "7"}}), QString());
        QCOMPARE(without({{"__name__", "logins"}, {"user_id", "7"}}, other), QString());
        QVERIFY(m_drops->any(defaultProject));
        QVERIFY(!m_drops->any(other));
    }

    void onlyAChangeCountsAsOne()
    {
        m_drops->set(defaultProject, {});
        QCOMPARE(m_drops->version(), uint64_t(0));
        m_drops->set(defaultProject, {{"logins", {"user_id"}}});
        m_drops->set(defaultProject, {{"logins", {"user_id"}}});
        QCOMPARE(m_drops->version(), uint64_t(1));
        m_drops->set(defaultProject, {});
        QCOMPARE(m_drops->version(), uint64_t(2));
        QVERIFY(!m_drops->any(defaultProject));
    }

    void whatMayNotBeDroppedIsToldInWords_data()
    {
        QTest::addColumn<QString>("metric");
        QTest::addColumn<QString>("label");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("part"); // of the message; empty where it may
        const auto row = [](const char *metric, const char *label, Kind kind, const char *part) {
            QTest::addRow("%s %s %s", metric, label, std::string(kindName(kind)).c_str())
                << metric << label << int(kind) << part;
        };
        row("logins", "user_id", Kind::Delta, "");
        row("logins", "user_id", Kind::Distribution, "");
        row("logins", "user_id", Kind::Gauge, "");
        row("logins", "user_id", Kind::Counter, "Counters of several sources");
        row("logins", "user_id", Kind::Histogram, "Histograms of several sources");
        row("logins", "user_id", Kind::Untyped, "Nobody said what");
        row("logins", "le", Kind::Delta, "what each value means");
        row("logins", "quantile", Kind::Gauge, "what each value means");
        row("logins", "__name__", Kind::Gauge, "two underscores");
        row("http_request_duration_seconds", "route", Kind::Distribution, "requests and costs");
        row("http_request_duration_seconds", "user", Kind::Distribution, "");
        row("llm_cost_usd_total", "model", Kind::Delta, "requests and costs");
        row("llm_tokens_total", "type", Kind::Delta, "requests and costs");
        row("llm_tokens_total", "user", Kind::Delta, "");
        row("plimsoll_refused_total", "reason", Kind::Gauge, "itself");
        row("host_disk_used_bytes", "path", Kind::Gauge, "itself");
        row("check_up", "check", Kind::Gauge, "itself");
        row("ALERTS", "alertname", Kind::Gauge, "itself");
    }
    void whatMayNotBeDroppedIsToldInWords()
    {
        QFETCH(QString, metric);
        QFETCH(QString, label);
        QFETCH(int, kind);
        QFETCH(QString, part);
        const Status may = mayDrop(metric.toStdString(), label.toStdString(), Kind(kind));
        QCOMPARE(may.ok(), part.isEmpty());
        if (may)
            return;
        QCOMPARE(may.error().code, ErrorCode::Unprocessable);
        const QString message = QString::fromStdString(may.error().message);
        QVERIFY2(message.contains(part), qPrintable(message));
    }

    /// Through a decoder that remembers its series, as senders come back with the same ones.
    void samplesOfKnownSeriesFollowADropAtOnce()
    {
        TemporaryEngine engine;
        const Prices prices;
        Decoders decoders(prices);
        const NoBounds quotas;
        PersonalDataGuard guard;
        SeriesRules rules(quotas, guard, *m_drops);
        const auto send = [&](ProjectId project, int64_t afterMs) {
            Payload payload;
            payload.body = R"({"metrics":[
                {"name":"logins","type":"counter","value":1,"labels":{"user_id":"1","plan":"pro"}},
                {"name":"logins","type":"counter","value":1,"labels":{"user_id":"2","plan":"pro"}},
                {"name":"visits","type":"counter","value":1,"labels":{"user_id":"1"}}]})";
            payload.project = project;
            payload.nowMs = engine.clock.nowMs() + afterMs;
            Batch batch;
            if (!decoders.of("ingest").decode(payload, batch))
                qFatal("not decoded");
            batch.rule = rules.of(project);
            return engine.commit(std::move(batch)).accepted;
        };
        const auto sums = [&](ProjectId project) {
            std::map<std::string, double> sums;
            const auto reader = engine->openReader();
            const auto all = reader->select(project, {}, 0, INT64_MAX / 2);
            for (const SelectedSeries &series : *all)
                sums[series.labels->toString()] = *reader->totalBefore(series.id, INT64_MAX / 2);
            return sums;
        };
        QCOMPARE(send(defaultProject, 0), 3U);
        m_drops->set(defaultProject, {{"logins", {"user_id"}}});
        for (int i = 1; i <= 3; i++)
            QCOMPARE(send(defaultProject, i), 3U);
        QCOMPARE(send(other, 4), 3U);
        m_drops->set(defaultProject, {});
        QCOMPARE(send(defaultProject, 5), 3U);
        const std::map<std::string, double> expected{{R"(logins{plan="pro"})", 6},
                                                     {R"(logins{plan="pro",user_id="1"})", 2},
                                                     {R"(logins{plan="pro",user_id="2"})", 2},
                                                     {R"(visits{user_id="1"})", 5}};
        QCOMPARE(sums(defaultProject), expected);
        QCOMPARE(sums(other).size(), size_t(3));
    }
};

QTEST_GUILESS_MAIN(LabelDropsTest)
#include "LabelDropsTest.moc"
