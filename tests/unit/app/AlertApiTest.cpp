#include "alerts/ProjectAlerts.h"
#include "app/AlertAdapter.h"
#include "server/api/AlertRoutes.h"
#include "tests/support/HttpFixture.h"
#include "tests/support/TemporaryEngine.h"
#include "tests/support/WebhookReceiver.h"

#include <QCoroTask>
#include <QCoroTimer>
#include <QJsonArray>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QTest>

using namespace plimsoll;

namespace {

/// A whole answer: the status and the JSON body.
struct Answer
{
    int status = 0;
    QJsonObject body;

    QString code() const { return error().value("code").toString(); }
    QString message() const { return error().value("message").toString(); }
    QString id() const { return body.value("id").toString(); }
    QJsonArray items() const { return body.value("items").toArray(); }

private:
    QJsonObject error() const { return body.value("error").toObject(); }
};

/// The alerts on a thread of their own behind real routes on a real socket.
class Api
{
public:
    test::TemporaryEngine engine;
    test::WebhookReceiver receiver;

    Api()
    {
        alerts::AlertOptions options;
        options.allowPrivate = true;
        m_alerts = std::make_unique<alerts::ProjectAlerts>(
            options, alerts::AlertParts{engine.engine(), engine.documents(), engine.clock, m_series});
        m_alerts->moveToThread(&m_thread);
        m_thread.start();
        onService([this] { m_opened = m_alerts->open().ok(); });
        m_adapter = std::make_unique<app::AlertAdapter>(*m_alerts, defaultProject);
        api::addAlertRoutes(m_http.router, *m_adapter);
        m_http.start();
    }
    ~Api()
    {
        m_http.stop();
        onService([this] { m_alerts->stop(); });
        m_alerts.release()->deleteLater();
        m_thread.quit();
        m_thread.wait();
    }

    bool opened() const { return m_opened; }

    Answer send(const QByteArray &method, const QString &path, const QByteArray &body = {})
    {
        QNetworkRequest request(QUrl("http://127.0.0.1:" + QString::number(m_http.port()) + path));
        request.setHeader(QNetworkRequest::ContentTypeHeader, "application/json");
        const std::unique_ptr<QNetworkReply> reply(m_network.sendCustomRequest(request, method, body));
        if (!QTest::qWaitFor([&] { return reply->isFinished(); }, 30'000))
            return {};
        return {reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(),
                QJsonDocument::fromJson(reply->readAll()).object()};
    }
    Answer send(const QByteArray &method, const QString &path, const QJsonObject &body)
    {
        return send(method, path, QJsonDocument(body).toJson(QJsonDocument::Compact));
    }

    /// Moves the clock on, with a value, and evaluates.
    void step(double value)
    {
        engine.clock.advance(15'000);
        engine.append({{"__name__", "cpu"}, {"host", "a"}}, Kind::Gauge, engine.clock.nowMs(), value);
        std::atomic<bool> done = false;
        onService([&] { evaluate(m_alerts->service(), engine.clock.nowMs(), done); });
        QVERIFY(QTest::qWaitFor([&] { return done.load(); }, 30'000));
    }

    QString createChannel()
    {
        const QJsonObject settings{{"url", receiver.url()},
                                   {"headers", QJsonObject{{"Authorization", "Bearer s3cret"}}}};
        return send("POST", "/api/app/channels",
                    {{"name", "ops"}, {"kind", "webhook"}, {"settings", settings}})
            .id();
    }
    Answer createRule(const QString &channel)
    {
        return send("POST", "/api/app/rules",
                    {{"name", "CPU is high"},
                     {"expr", "cpu"},
                     {"op", ">"},
                     {"threshold", 90},
                     {"channels", QJsonArray{channel}}});
    }

private:
    template<typename Act>
    void onService(Act act)
    {
        QMetaObject::invokeMethod(m_alerts.get(), act, Qt::BlockingQueuedConnection);
    }
    static QCoro::Task<void> evaluate(alerts::AlertService &service, int64_t nowMs, std::atomic<bool> &done)
    {
        auto ticking = service.tick(nowMs);
        co_await ticking;
        while (!service.settled()) {
            const auto waiting = QCoro::sleepFor(std::chrono::milliseconds(5));
            co_await waiting;
        }
        auto sending = service.tick(nowMs);
        co_await sending;
        done = true;
    }

    tests::HttpFixture m_http;
    QThread m_thread;
    alerts::NullSeriesSink m_series;
    std::unique_ptr<alerts::ProjectAlerts> m_alerts;
    std::unique_ptr<app::AlertAdapter> m_adapter;
    QNetworkAccessManager m_network;
    bool m_opened = false;
};

} // namespace

class AlertApiTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void followsARuleThroughItsLife()
    {
        Api api;
        QVERIFY(api.opened());
        QCOMPARE(api.send("GET", "/api/app/rules").items().size(), 0);
        const QString channel = api.createChannel();
        const Answer created = api.createRule(channel);
        QCOMPARE(created.status, 201);
        QCOMPARE(created.body.value("state").toString(), "inactive");
        QVERIFY(created.body.contains("highest"));
        const QString path = "/api/app/rules/" + created.id();

        api.step(95);
        QTRY_COMPARE_WITH_TIMEOUT(api.receiver.count("firing"), 1, 30'000);
        QCOMPARE(api.send("GET", path).body.value("state").toString(), "firing");
        const Answer firing = api.send("GET", "/api/app/episodes?state=firing&rule_id=" + created.id());
        QCOMPARE(firing.items().size(), 1);
        QCOMPARE(api.send("GET", "/api/app/episodes?state=resolved").items().size(), 0);
        QCOMPARE(api.send("GET", "/api/app/episodes?rule_id=other").items().size(), 0);
        const QString episode = firing.items().first().toObject().value("id").toString();

        const Answer seen =
            api.send("POST", "/api/app/episodes/" + episode + "/acknowledge", {{"by", "mia"}});
        QCOMPARE(seen.status, 200);
        QCOMPARE(seen.body.value("acknowledged_by").toString(), "mia");
        QCOMPARE(api.send("GET", "/api/app/episodes/" + episode).body.value("points").toArray().size(), 1);

        const Answer put = api.send("PUT", path, created.body);
        QCOMPARE(put.status, 200);
        QCOMPARE(put.body.value("version").toInt(), 2);
        QCOMPARE(put.body.value("state").toString(), "firing");
        const Answer patched = api.send("PATCH", path, {{"threshold", 99}});
        QCOMPARE(patched.status, 200);
        QCOMPARE(patched.body.value("state").toString(), "inactive");
        api.step(95);
        QTRY_COMPARE_WITH_TIMEOUT(api.receiver.count("resolved"), 1, 30'000);
        const Answer deliveries = api.send("GET", "/api/app/deliveries?episode_id=" + episode);
        QCOMPARE(deliveries.items().size(), 2);
        QCOMPARE(api.send("DELETE", path).status, 204);
        QCOMPARE(api.send("GET", path).status, 404);
        QCOMPARE(api.send("DELETE", path).status, 404);
    }

    void hidesSecretsAndKeepsUsedChannels()
    {
        Api api;
        const QString channel = api.createChannel();
        const QString path = "/api/app/channels/" + channel;
        const Answer shown = api.send("GET", path);
        QVERIFY(!QJsonDocument(shown.body).toJson().contains("s3cret"));
        QCOMPARE(api.send("PUT", path, shown.body).status, 200);
        const Answer tested = api.send("POST", path + "/test");
        QCOMPARE(tested.status, 200);
        QCOMPARE(tested.body.value("delivered").toBool(), true);
        QCOMPARE(tested.body.value("status").toInt(), 200);
        QCOMPARE(api.receiver.received().front().header("authorization"), "Bearer s3cret");

        const QString rule = api.createRule(channel).id();
        const Answer refused = api.send("DELETE", path);
        QCOMPARE(refused.status, 409);
        QVERIFY(refused.message().contains("\"CPU is high\""));
        QCOMPARE(api.send("DELETE", "/api/app/rules/" + rule).status, 204);
        QCOMPARE(api.send("DELETE", path).status, 204);
        QCOMPARE(api.send("GET", "/api/app/channels").items().size(), 0);
    }

    void refusesWhatIsWrong_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QString>("path");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("says");
        const auto row = [](const char *name, const char *method, const char *path, const char *body,
                            int status, const char *says) {
            QTest::newRow(name) << QByteArray(method) << QString(path) << QByteArray(body) << status
                                << QString(says);
        };
        row("no JSON", "POST", "/api/app/rules", "{\"name\":", 400, "not JSON");
        row("no object", "POST", "/api/app/rules", "[1]", 400, "JSON object");
        row("no fields", "POST", "/api/app/rules", "{}", 400, "`name` is missing.");
        row("bad query", "POST", "/api/app/rules", "{\"name\":\"n\",\"expr\":\"sum(x\"}", 400, "`expr` 1:");
        row("no line", "POST", "/api/app/rules", "{\"name\":\"n\",\"expr\":\"x\"}", 422, "`threshold`");
        row("no such channel", "POST", "/api/app/rules",
            "{\"name\":\"n\",\"expr\":\"x > 1\",\"channels\":[\"nope\"]}", 422, "`channels`");
        row("unknown policy", "POST", "/api/app/rules",
            "{\"name\":\"n\",\"expr\":\"x > 1\",\"no_data\":\"shout\"}", 400, "`no_data` must be");
        row("bad channel", "POST", "/api/app/channels",
            "{\"name\":\"n\",\"kind\":\"webhook\",\"settings\":{\"url\":\"http://169.254.169.254/\"}}", 400,
            "`settings.url`");
        row("unknown rule", "GET", "/api/app/rules/nope", "", 404, "no rule");
        row("unknown rule to put", "PUT", "/api/app/rules/nope", "{}", 404, "no rule");
        row("unknown channel", "POST", "/api/app/channels/nope/test", "", 404, "no channel");
        row("unknown episode", "GET", "/api/app/episodes/nope", "", 404, "no episode");
        row("unknown episode to see", "POST", "/api/app/episodes/nope/acknowledge", "{}", 404, "no episode");
        row("bad limit", "GET", "/api/app/rules?limit=0", "", 400, "`limit`");
        row("bad cursor", "GET", "/api/app/rules?cursor=x", "", 400, "`cursor`");
        row("bad state", "GET", "/api/app/episodes?state=open", "", 400, "`state`");
        row("episodes are not made", "POST", "/api/app/episodes", "{}", 405, "");
    }

    void refusesWhatIsWrong()
    {
        QFETCH(QByteArray, method);
        QFETCH(QString, path);
        QFETCH(QByteArray, body);
        QFETCH(int, status);
        QFETCH(QString, says);
        Api api;
        const Answer answer = api.send(method, path, body);
        QCOMPARE(answer.status, status);
        QVERIFY2(answer.message().contains(says), qPrintable(answer.message()));
        QVERIFY(!answer.code().isEmpty());
    }
};

QTEST_GUILESS_MAIN(AlertApiTest)
#include "AlertApiTest.moc"
