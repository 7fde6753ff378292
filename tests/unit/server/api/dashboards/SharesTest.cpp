#include "server/api/dashboards/Shares.h"

#include "server/api/PrometheusApi.h"
#include "tests/support/ApiFixture.h"
#include "tests/support/MemorySeries.h"

#include <QJsonArray>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::api;
using tests::ApiAnswer;

namespace {

constexpr int64_t minuteMs = 60'000;
constexpr int64_t dayMs = 24 * 60 * minuteMs;
constexpr ProjectId otherProject = 77;

/// The routes over a real port, with two projects' series behind them.
class Fixture
{
public:
    tests::HttpFixture http;
    test::MemorySeries series;
    QueryPool pool{2};
    Dashboards dashboards{http.documents, http.clock, pool};
    Shares shares{{http.documents, http.clock, pool, dashboards, series, QueryLimits(),
                   [] { return std::set<ProjectId>{defaultProject}; }}};
    PrometheusApi prometheus{PrometheusParts{series, http.clock, pool, "0"}};
    QByteArray dashboard;

    Fixture()
    {
        const int64_t nowMs = http.clock.nowMs();
        for (int i = 0; i < 3 * 24 * 60; i += 5) {
            for (const char *host : {"web1", "web2"})
                series.add({{"__name__", "load"}, {"host", host}}, Kind::Gauge, nowMs - i * minuteMs, i);
            series.add({{"__name__", "secret"}}, Kind::Gauge, nowMs - i * minuteMs, 42);
            series.add({{"__name__", "load"}, {"host", "foreign"}}, Kind::Gauge, nowMs - i * minuteMs, 1,
                       otherProject);
        }
        dashboards.onRemoved(
            [this](ProjectId project, const std::string &id) { shares.removeOf(project, id); });
        dashboards.addRoutes(http.router);
        shares.addRoutes(http.router);
        prometheus.addRoutes(http.router);
        http.start();
        dashboard = make("Shop", "load{host=~\\\"$host\\\"}");
    }
    ~Fixture() { http.stop(); }

    ApiAnswer ask(const QByteArray &method, const QByteArray &path, const QByteArray &body = {},
                  const QByteArray &headers = {}) const
    {
        return tests::ask(http, method, path, body, headers);
    }
    QByteArray make(const QByteArray &title, const QByteArray &expr) const
    {
        return ask("POST", "/api/app/dashboards",
                   "{\"title\":\"" + title +
                       "\",\"range\":\"6h\",\"panels\":[{\"id\":\"load\",\"title\":\"Load\","
                       "\"queries\":[{\"expr\":\"" +
                       expr +
                       "\",\"legend\":\"{{host}}\"}]}],"
                       "\"variables\":[{\"name\":\"host\",\"label\":\"Host\",\"label_name\":\"host\","
                       "\"value\":\"web1\"}]}")
            .body["id"]
            .toString()
            .toUtf8();
    }
    ApiAnswer share(const QByteArray &more = {}, const QByteArray &expiry = "\"expires_in\":\"7d\"") const
    {
        return ask("POST", "/api/app/shares",
                   "{\"dashboard_id\":\"" + dashboard + "\"," + expiry + more + "}");
    }
    QByteArray token(const QByteArray &more = {}) const
    {
        return share(more).body["token"].toString().toUtf8();
    }
    ApiAnswer query(const QByteArray &token, const QByteArray &arguments = "panel=load&step=5m") const
    {
        return ask("GET", "/api/share/" + token + "/query?" + arguments);
    }
    /// The hosts of an answer, with commas between.
    static QString hosts(const ApiAnswer &answer)
    {
        QStringList out;
        const QJsonArray lines = answer.body["data"].toObject()["result"].toArray();
        for (const auto &line : lines)
            out << line.toObject()["metric"].toObject()["host"].toString();
        out.sort();
        return out.join(',');
    }
};

} // namespace

class SharesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void showsADashboard()
    {
        Fixture f;
        const ApiAnswer made = f.share();
        QCOMPARE(made.status, 201);
        const QByteArray token = made.body["token"].toString().toUtf8();
        QCOMPARE(token.size(), 43);
        QCOMPARE(made.body["path"].toString(), QString("/share/" + token));
        QCOMPARE(made.body["range"].toString(), QString("6h"));
        QCOMPARE(made.body["created_by"].toString(), QString("this machine"));
        const ApiAnswer shown = f.ask("GET", "/api/share/" + token);
        QCOMPARE(shown.status, 200);
        QCOMPARE(shown.body["title"].toString(), QString("Shop"));
        QVERIFY2(!shown.raw.contains("expr") && !shown.raw.contains("load{"), shown.raw.constData());
        QCOMPARE(shown.body["panels"].toArray()[0].toObject()["queries"].toArray(),
                 (QJsonArray{QJsonObject{{"legend", "{{host}}"}}}));
        QCOMPARE(shown.body["variables"].toArray(),
                 (QJsonArray{QJsonObject{{"label", "Host"}, {"text", "web1"}}}));
        QCOMPARE(shown.headers.at("cache-control"), QByteArray("no-store"));
        QCOMPARE(shown.headers.at("referrer-policy"), QByteArray("no-referrer"));
        const ApiAnswer points = f.query(token);
        QCOMPARE(points.status, 200);
        QCOMPARE(f.hosts(points), QString("web1"));
        QCOMPARE(points.headers.at("cache-control"), QByteArray("no-store"));
        const QJsonArray values =
            points.body["data"].toObject()["result"].toArray()[0].toObject()["values"].toArray();
        QVERIFY2(values.size() >= 72 && values.size() <= 74, qPrintable(QString::number(values.size())));
    }

    void onlyAHashIsKept()
    {
        Fixture f;
        const std::string token = f.token().toStdString();
        const auto kept = f.http.documents.list(defaultProject, "shares");
        QCOMPARE(kept->size(), size_t(1));
        QVERIFY(kept->front().id.find(token) == std::string::npos);
        QVERIFY(kept->front().body.find(token) == std::string::npos);
        QVERIFY(kept->front().body.find(token.substr(0, 7)) == std::string::npos);
    }

    void variablesAreFrozen()
    {
        Fixture f;
        QCOMPARE(f.hosts(f.query(f.token(",\"variables\":{\"host\":\"web2\"}"))), QString("web2"));
        QCOMPARE(f.hosts(f.query(f.token(",\"variables\":{\"host\":null}"))), QString("web1,web2"));
        QCOMPARE(f.hosts(f.query(f.token(",\"variables\":{\"host\":[\"web1\",\"web2\"]}"))),
                 QString("web1,web2"));
        QCOMPARE(f.share(",\"variables\":{\"other\":\"x\"}").status, 422);
        QCOMPARE(f.share(",\"variables\":{\"host\":7}").status, 422);
        QCOMPARE(f.share(",\"variables\":[]").status, 422);
        // What a request says of them counts for nothing.
        const QByteArray token = f.token();
        QCOMPARE(
            f.hosts(f.query(token, "panel=load&step=5m&host=web2&var-host=web2&variables={\"host\":null}")),
            QString("web1"));
    }

    /// Whoever has the link has nothing else.
    void nothingElseIsReachable()
    {
        Fixture f;
        f.make("Other", "secret");
        const QByteArray token = f.token();
        QVERIFY(f.http.access.setPassword("correct horse battery").ok());
        for (const char *arguments : {"panel=p1&step=5m", "panel=other&step=5m", "panel=load&query=1&step=5m",
                                      "panel=load&query=-1&step=5m", "panel=load&query=x&step=5m", "step=5m"})
            QCOMPARE(f.query(token, arguments).status, 404);
        const QByteArray asked =
            "panel=load&step=5m&expr=secret&query=0&q=secret&promql=secret&match[]=secret&project=other";
        const ApiAnswer altered = f.query(token, asked);
        QCOMPARE(altered.status, 200);
        QCOMPARE(f.hosts(altered), QString("web1"));
        QVERIFY(!altered.raw.contains("secret") && !altered.raw.contains("foreign"));
        QCOMPARE(f.ask("POST", "/api/share/" + token + "/query", "query=secret").status, 405);
        for (const QByteArray &header :
             {"Authorization: Bearer " + token, "Authorization: Basic " + (":" + token).toBase64(),
              "Cookie: plimsoll_session=" + token, "X-Plimsoll-Share: " + token}) {
            for (const char *path :
                 {"/api/v1/query?query=secret", "/api/app/dashboards", "/api/app/shares", "/api/v1/labels"}) {
                const int status = f.ask("GET", path, {}, header + "\r\n").status;
                QVERIFY2(status == 401 || status == 429, path);
            }
        }
        QCOMPARE(f.ask("GET", "/api/v1/query?query=secret&key=" + token).status, 401);
        // Nor does the dashboard of another link open by it.
        QCOMPARE(f.query(token, "panel=load&step=5m&dashboard=Other").status, 200);
    }

    void messagesTellNoExpression()
    {
        Fixture f;
        f.dashboard = f.make("Rates", "rate(secret[5m]) + topk(1, load)");
        const ApiAnswer answer = f.query(f.token(), "panel=load&step=5m");
        QCOMPARE(answer.status, 200);
        QVERIFY2(!answer.raw.contains("secret"), answer.raw.constData());
        f.dashboard =
            f.make("Broken",
                   "label_replace(load, \\\"host\\\", \\\"same\\\", \\\"host\\\", \\\".*\\\") + on () load");
        const ApiAnswer failed = f.query(f.token(), "panel=load&step=5m");
        QCOMPARE(failed.status, 422);
        QVERIFY2(!failed.raw.contains("host"), failed.raw.constData());
    }

    void theRangeIsWhatWasShared()
    {
        Fixture f;
        const QByteArray token = f.token(",\"range\":\"1h\"");
        QCOMPARE(f.query(token, "panel=load&step=1m&from=now-1h&to=now").status, 200);
        const ApiAnswer older = f.query(token, "panel=load&step=1m&from=now-2h");
        QCOMPARE(older.status, 422);
        QCOMPARE(older.code(), QString("outside_range"));
        QCOMPARE(older.message(), QString("This link shows the last 1h only."));
        QCOMPARE(f.query(token, "panel=load&step=1m&from=now-3d&to=now-2d").status, 422);
        const qint64 nowMs = f.http.clock.nowMs();
        const QByteArray from = QByteArray::number(nowMs - 2 * dayMs);
        const QByteArray to = QByteArray::number(nowMs - dayMs);
        const QByteArray fixed = f.token(",\"from_ms\":" + from + ",\"to_ms\":" + to);
        QCOMPARE(f.query(fixed, "panel=load&step=5m").status, 200);
        QCOMPARE(f.query(fixed, "panel=load&step=5m&from=" + from + "&to=" + to).status, 200);
        QCOMPARE(f.query(fixed, "panel=load&step=5m&from=now-1h").code(), QString("outside_range"));
        QCOMPARE(f.share(",\"from_ms\":5").status, 422);
        QCOMPARE(f.share(",\"range\":\"soon\"").status, 422);
    }

    void pointsAreBounded()
    {
        Fixture f;
        const QByteArray token = f.token();
        QCOMPARE(f.query(token, "panel=load&step=10").status, 422);
        QCOMPARE(f.query(token, "panel=load&step=11").status, 200);
        for (const char *step : {"0", "-5", "x", "nan", "1e99"})
            QCOMPARE(f.query(token, QByteArray("panel=load&step=") + step).status, 400);
        QCOMPARE(f.query(token, "panel=load").status, 200);
        // A step that is as long as you like widens the range by itself only, never beyond a point of it.
        QCOMPARE(f.query(token, "panel=load&from=now-3d&step=2d").code(), QString("outside_range"));
    }

    void linksEnd()
    {
        Fixture f;
        const QByteArray token = f.share({}, "\"expires_in\":\"2m\"").body["token"].toString().toUtf8();
        QCOMPARE(f.ask("GET", "/api/share/" + token).status, 200);
        f.http.clock.advance(2 * minuteMs - 1);
        QCOMPARE(f.query(token).status, 200);
        f.http.clock.advance(1);
        const ApiAnswer gone = f.ask("GET", "/api/share/" + token);
        QCOMPARE(gone.status, 404);
        QCOMPARE(gone.message(), QString("This link shows nothing any more."));
        QCOMPARE(f.query(token).status, 404);
        for (const char *expiry : {"\"expires_in\":\"30s\"", "\"expires_in\":\"2y\"", "\"expires_in\":7",
                                   "\"expires_ms\":1", "\"x\":1"})
            QVERIFY2(f.share({}, expiry).status == 422, expiry);
    }

    void deletingEndsThem()
    {
        Fixture f;
        const ApiAnswer made = f.share();
        const QByteArray token = made.body["token"].toString().toUtf8();
        QCOMPARE(f.ask("DELETE", "/api/app/shares/" + made.body["id"].toString().toUtf8()).status, 204);
        QCOMPARE(f.query(token).status, 404);
        QCOMPARE(f.ask("DELETE", "/api/app/shares/" + made.body["id"].toString().toUtf8()).status, 404);
        const QByteArray second = f.token();
        QCOMPARE(f.query(second).status, 200);
        QCOMPARE(f.ask("DELETE", "/api/app/dashboards/" + f.dashboard).status, 204);
        QCOMPARE(f.query(second).status, 404);
        QVERIFY(f.ask("GET", "/api/app/shares").body["items"].toArray().isEmpty());
    }

    /// The link follows the dashboard, panel by panel.
    void showsWhatIsSaved()
    {
        Fixture f;
        const QByteArray token = f.token();
        QCOMPARE(
            f.ask("PUT", "/api/app/dashboards/" + f.dashboard, "{\"title\":\"New\",\"version\":1}").status,
            200);
        QCOMPARE(f.ask("GET", "/api/share/" + token).body["title"].toString(), QString("New"));
        QCOMPARE(f.query(token).status, 404);
    }

    void listsWithoutTokens()
    {
        Fixture f;
        const QByteArray token = f.token();
        f.http.clock.advance(minuteMs);
        QCOMPARE(f.query(token).status, 200);
        f.http.clock.advance(minuteMs);
        f.token();
        const ApiAnswer list = f.ask("GET", "/api/app/shares?dashboard_id=" + f.dashboard);
        const QJsonArray items = list.body["items"].toArray();
        QCOMPARE(items.size(), 2);
        QVERIFY(!list.raw.contains(token));
        QVERIFY(items[0].toObject()["last_used_ms"].isNull());
        QCOMPARE(items[1].toObject()["last_used_ms"].toInteger(), 1'700'000'000'000 + minuteMs);
        QCOMPARE(items[1].toObject()["prefix"].toString(), QString(token.left(6)));
        QCOMPARE(items[1].toObject()["dashboard_title"].toString(), QString("Shop"));
        QCOMPARE(f.ask("GET", "/api/app/shares/" + items[1].toObject()["id"].toString().toUtf8()).body,
                 items[1].toObject());
        QVERIFY(f.ask("GET", "/api/app/shares?dashboard_id=x").body["items"].toArray().isEmpty());
    }

    void atMostTwoHundred()
    {
        Fixture f;
        for (size_t i = 0; i < Shares::maxKept; i++)
            f.http.documents.put(defaultProject, "shares",
                                 {"s" + std::to_string(i), "{\"expires_ms\":9e14}", 0}, {});
        QCOMPARE(f.share().status, 422);
        f.http.documents.put(defaultProject, "shares", {"s7", "{\"expires_ms\":5}", 0}, {});
        QCOMPARE(f.share().status, 201);
        QVERIFY(!f.http.documents.get(defaultProject, "shares", "s7").ok());
    }

    void guessesAreSlowedDown()
    {
        Fixture f;
        const QByteArray token = f.token();
        for (int i = 0; i < 5; i++)
            QCOMPARE(f.ask("GET", "/api/share/" + QByteArray(43, char('a' + i))).status, 404);
        const ApiAnswer slowed = f.ask("GET", "/api/share/" + QByteArray(43, 'x'));
        QCOMPARE(slowed.status, 429);
        QVERIFY(slowed.headers.at("retry-after").toInt() > 0);
        // A right link still opens.
        QCOMPARE(f.ask("GET", "/api/share/" + token).status, 200);
        f.http.clock.advance(2 * minuteMs);
        QCOMPARE(f.ask("GET", "/api/share/" + QByteArray(43, 'x')).status, 404);
        QCOMPARE(f.ask("GET", "/api/share/" + token.left(42)).status, 404);
        QCOMPARE(f.ask("GET", "/api/share/" + token.toLower()).status, 404);
    }
};

QTEST_GUILESS_MAIN(SharesTest)
#include "SharesTest.moc"
