#include "alerts/ProjectAlerts.h"
#include "app/AlertAdapter.h"
#include "app/BacktestAdapter.h"
#include "server/api/AlertRoutes.h"
#include "server/api/BacktestRoute.h"
#include "tests/support/HttpFixture.h"
#include "tests/support/TemporaryEngine.h"

#include <QCoroTask>
#include <QJsonArray>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QTest>
#include <QThread>

using namespace plimsoll;

namespace {

constexpr int64_t minuteMs = 60'000;

struct Answer
{
    int status = 0;
    QByteArray type;
    QByteArray text;
    QJsonObject body;

    QString message() const { return body.value("error").toObject().value("message").toString(); }
};

/// Alarms of a project on their thread, behind real routes on a real socket, and an hour of a gauge that was
/// high from minute 10 to 20.
class Api
{
public:
    test::TemporaryEngine engine;
    api::Jobs jobs{engine.clock};

    Api()
    {
        const int64_t nowMs = engine.clock.nowMs();
        m_fromMs = nowMs - nowMs % minuteMs - 60 * minuteMs;
        std::vector<Sample> samples;
        for (int64_t atMs = m_fromMs; atMs <= nowMs; atMs += 15'000) {
            const int64_t minute = (atMs - m_fromMs) / minuteMs;
            samples.push_back({atMs, minute >= 10 && minute < 20 ? 95.0 : 10.0});
        }
        engine.commit(
            test::TemporaryEngine::batchOf({{"__name__", "cpu"}, {"host", "a"}}, Kind::Gauge, samples));
        m_alerts = std::make_unique<alerts::ProjectAlerts>(
            alerts::AlertOptions{},
            alerts::AlertParts{engine.engine(), engine.documents(), engine.clock, m_series});
        m_alerts->moveToThread(&m_thread);
        m_thread.start();
        onThread([this] { m_opened = m_alerts->open().ok(); });
        const app::AlertAdapter::Post post = [this](ProjectId project, app::AlertAdapter::Work work) {
            QMetaObject::invokeMethod(
                m_alerts.get(),
                [this, same = project == defaultProject, work = std::move(work)] {
                    work(same ? m_alerts.get() : nullptr);
                },
                Qt::QueuedConnection);
        };
        m_adapter = std::make_unique<app::AlertAdapter>(post);
        m_backtests = std::make_unique<app::BacktestAdapter>(
            app::BacktestAdapter::Parts{post, engine.engine(), engine.clock});
        api::addAlertRoutes(m_http.router, *m_adapter);
        api::addBacktestRoute(m_http.router, *m_backtests, jobs);
        m_http.start();
    }
    ~Api()
    {
        m_http.stop();
        jobs.stop();
        onThread([this] { m_alerts->stop(); });
        m_alerts.release()->deleteLater();
        m_thread.quit();
        m_thread.wait();
    }

    bool opened() const { return m_opened; }
    qint64 at(int minute) const { return m_fromMs + minute * minuteMs; }

    Answer send(const QByteArray &method, const QString &path, const QJsonObject &body = {})
    {
        QNetworkRequest request(QUrl("http://127.0.0.1:" + QString::number(m_http.port()) + path));
        request.setHeader(QNetworkRequest::ContentTypeHeader, "application/json");
        const std::unique_ptr<QNetworkReply> reply(m_network.sendCustomRequest(
            request, method,
            method == "GET" ? QByteArray() : QJsonDocument(body).toJson(QJsonDocument::Compact)));
        if (!QTest::qWaitFor([&] { return reply->isFinished(); }, 30'000))
            return {};
        Answer answer;
        answer.status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
        answer.type = reply->header(QNetworkRequest::ContentTypeHeader).toByteArray();
        answer.text = reply->readAll();
        answer.body = QJsonDocument::fromJson(answer.text).object();
        return answer;
    }
    Answer backtest(const QJsonObject &body) { return send("POST", "/api/app/rules/backtest", body); }

    /// Moves the clock on, with a value, and evaluates.
    void step(double value)
    {
        engine.clock.advance(15'000);
        engine.append({{"__name__", "cpu"}, {"host", "a"}}, Kind::Gauge, engine.clock.nowMs(), value);
        std::atomic<bool> done = false;
        onThread([&] { tick(m_alerts->service(), engine.clock.nowMs(), done); });
        QVERIFY(QTest::qWaitFor([&] { return done.load(); }, 30'000));
    }

private:
    template<typename Act>
    void onThread(Act act)
    {
        QMetaObject::invokeMethod(m_alerts.get(), act, Qt::BlockingQueuedConnection);
    }
    static QCoro::Task<void> tick(alerts::AlertService &service, int64_t nowMs, std::atomic<bool> &done)
    {
        auto ticking = service.tick(nowMs);
        co_await ticking;
        done = true;
    }

    QThread m_thread;
    alerts::NullSeriesSink m_series;
    std::unique_ptr<alerts::ProjectAlerts> m_alerts;
    bool m_opened = false;
    int64_t m_fromMs = 0;
    std::unique_ptr<app::AlertAdapter> m_adapter;
    std::unique_ptr<app::BacktestAdapter> m_backtests;
    tests::HttpFixture m_http;
    QNetworkAccessManager m_network;
};

const QJsonObject rule{{"expr", "cpu"}, {"op", ">"}, {"threshold", 90}, {"for", "2m"}};

} // namespace

class BacktestApiTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tellsWhatADefinitionWouldHaveDone()
    {
        Api api;
        QVERIFY(api.opened());
        const Answer answer = api.backtest({{"rule", rule}, {"from", api.at(0)}, {"to", api.at(59)}});
        QCOMPARE(answer.status, 200);
        const QJsonArray episodes = answer.body.value("episodes").toArray();
        QCOMPARE(episodes.size(), 1);
        QCOMPARE(episodes[0]["start"].toInteger(), api.at(12));
        QCOMPARE(episodes[0]["end"].toInteger(), api.at(20));
        QCOMPARE(episodes[0]["peak"].toDouble(), 95.0);
        QCOMPARE(answer.body.value("total_seconds").toDouble(), 480.0);
        // What was answered at once is not kept as a job.
        QTRY_VERIFY(api.jobs.list().isEmpty());
    }

    void changesAnAlarmThatExists()
    {
        Api api;
        QJsonObject definition = rule;
        definition.insert("name", "CPU is high");
        const QString id = api.send("POST", "/api/app/rules", definition).body.value("id").toString();
        const QJsonObject span{{"rule_id", id}, {"from", api.at(0)}, {"to", api.at(59)}};
        QCOMPARE(api.backtest(span).body.value("episodes_total").toInt(), 1);
        QJsonObject higher = span;
        higher.insert("rule", QJsonObject{{"threshold", 96}});
        QCOMPARE(api.backtest(higher).body.value("episodes_total").toInt(-1), 0);
        const Answer unknown = api.backtest({{"rule_id", "nobody"}});
        QCOMPARE(unknown.status, 404);
    }

    void saysWhatIsWrong()
    {
        Api api;
        QCOMPARE(api.backtest({}).message(), "`rule` or `rule_id` is missing.");
        QCOMPARE(api.backtest({{"rule", rule}, {"from", api.at(5)}, {"to", api.at(4)}}).status, 400);
        QCOMPARE(api.backtest({{"rule", rule}, {"wait_seconds", -1}}).status, 400);
        const Answer unparsed = api.backtest({{"rule", QJsonObject{{"expr", "cpu >"}}}});
        QCOMPARE(unparsed.status, 400);
        QVERIFY(unparsed.message().contains("`expr`"));
        QCOMPARE(api.backtest({{"rule", QJsonObject{{"expr", "cpu"}, {"record", "a:b"}}}}).status, 422);
    }

    void goesOnAsAJobThatCanBeCancelled()
    {
        Api api;
        const QJsonObject years{
            {"rule", rule}, {"from", api.at(0) - 1'800 * 1440 * minuteMs}, {"wait_seconds", 0}};
        const Answer answer = api.backtest(years);
        QCOMPARE(answer.status, 202);
        const QJsonObject job = answer.body.value("job").toObject();
        QCOMPARE(job.value("kind").toString(), "backtest");
        const std::string id = job.value("id").toString().toStdString();
        QCOMPARE(api.jobs.list(ProjectId(defaultProject)).size(), 1);
        QVERIFY(api.jobs.list(ProjectId(7)).isEmpty());
        QVERIFY(!api.jobs.get(id, ProjectId(7)).ok());
        QVERIFY(!api.jobs.cancel(id, ProjectId(7)).ok());
        QVERIFY(api.jobs.cancel(id, ProjectId(defaultProject)).ok());
        const auto state = [&] { return api.jobs.get(id)->value("state").toString(); };
        QTRY_COMPARE_WITH_TIMEOUT(state() != "running", true, 20'000);
        QVERIFY(state() == "cancelled" || state() == "done");
    }

    void aJobKeepsItsAnswer()
    {
        Api api;
        const Answer answer =
            api.backtest({{"rule", rule}, {"from", api.at(0)}, {"to", api.at(59)}, {"wait_seconds", 0}});
        const std::string id = answer.body.value("job").toObject().value("id").toString().toStdString();
        const auto job = [&] { return api.jobs.get(id).value(); };
        QTRY_COMPARE_WITH_TIMEOUT(job().value("state").toString(), "done", 20'000);
        QCOMPARE(job().value("result").toObject().value("episodes_total").toInt(), 1);
        QCOMPARE(job().value("progress").toDouble(), 1.0);
    }

    void makesAStarterSetOnce()
    {
        Api api;
        const auto set = [&] { return api.send("GET", "/api/app/starters/host").body; };
        QCOMPARE(set().value("installed").toBool(true), false);
        const Answer made = api.send("POST", "/api/app/starters/host");
        QCOMPARE(made.status, 200);
        QCOMPARE(made.body.value("created").toArray().size(), set().value("rules").toArray().size());
        QCOMPARE(set().value("installed").toBool(), true);
        const Answer again = api.send("POST", "/api/app/starters/host");
        QVERIFY(again.body.value("created").toArray().isEmpty());
        QCOMPARE(again.body.value("kept").toArray().size(), made.body.value("created").toArray().size());
        QCOMPARE(api.send("GET", "/api/app/rules").body.value("items").toArray().size(),
                 made.body.value("created").toArray().size());
        QCOMPARE(api.send("POST", "/api/app/starters/none").status, 404);
        QCOMPARE(api.send("GET", "/api/app/starters").body.value("items").toArray().size(), 9);
    }

    /// A receipt holds what was measured before, and draws itself.
    void drawsAnEpisode()
    {
        Api api;
        QJsonObject definition = rule;
        definition.insert("name", "CPU is high");
        definition.insert("for", "0s");
        api.send("POST", "/api/app/rules", definition);
        api.step(97);
        const auto items = [&] { return api.send("GET", "/api/app/episodes").body.value("items").toArray(); };
        QTRY_COMPARE_WITH_TIMEOUT(items().size(), 1, 20'000);
        const QString path = "/api/app/episodes/" + items().at(0).toObject().value("id").toString();
        const auto before = [&] { return api.send("GET", path).body.value("before").toArray(); };
        QTRY_VERIFY_WITH_TIMEOUT(before().size() > 50, 20'000);
        const Answer chart = api.send("GET", path + "/chart.svg");
        QCOMPARE(chart.status, 200);
        QVERIFY2(chart.type.startsWith("image/svg+xml"), chart.type.constData());
        QVERIFY(chart.text.startsWith("<svg"));
        QVERIFY(chart.text.contains("polyline class=\"before\""));
        QCOMPARE(api.send("GET", "/api/app/episodes/none/chart.svg").status, 404);
    }
};

QTEST_GUILESS_MAIN(BacktestApiTest)
#include "BacktestApiTest.moc"
