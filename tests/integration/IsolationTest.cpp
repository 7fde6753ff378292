#include "tests/support/ApplianceProcess.h"
#include "tests/support/RunProgram.h"
#include "tests/support/TenantClient.h"

#include <QTest>

using namespace plimsoll::test;
using plimsoll::tests::runProgram;

namespace {

constexpr const char *password = "correct horse battery";

/// What every route is given, so that it answers as much as it can.
QByteArray argumentsOf(const QString &path)
{
    static const QMap<QString, QByteArray> arguments{
        {"/api/v1/query", "query={__name__=~\".%2B\"}"},
        {"/api/v1/series", "match[]={__name__=~\".%2B\"}"},
        {"/federate", "match[]={__name__=~\".%2B\"}"},
        {"/metrics/query", "metric=orders&group_by=who&from=1h"},
        {"/metrics/export", "format=json"},
        {"/api/v1/status/tsdb", "limit=1000"},
        {"/api/v1/format_query", "query=orders"},
        {"/api/v1/parse_query", "query=orders"},
        {"/api/app/metrics", "limit=1000"},
    };
    if (path == u"/api/v1/query_range") {
        const qint64 now = QDateTime::currentSecsSinceEpoch();
        return "query={__name__=~\".%2B\"}&step=1&start=" + QByteArray::number(now - 60) +
               "&end=" + QByteArray::number(now);
    }
    return arguments.value(path);
}

} // namespace

/// Two projects with the same names in one real appliance: whatever is asked, in whatever way, tells nothing
/// of the other.
class IsolationTest : public QObject
{
    Q_OBJECT

private:
    ApplianceProcess m_appliance;
    QMap<QString, QString> m_keys; ///< "alpha ingest", "beta admin", …
    QStringList m_getPaths;
    QMap<QString, QString> m_shares;             ///< tokens of links to dashboards
    QMap<QString, QMap<QString, QString>> m_ids; ///< of alpha and beta: "/api/app/rules" -> id

    TenantClient key(const QString &name) const
    {
        return TenantClient::withKey(m_appliance.port(), m_keys[name]);
    }
    TenantClient session() const { return TenantClient::loggedIn(m_appliance.port(), password); }
    /// An admin of that project alone, who asks without naming it.
    TenantClient userOf(const QString &project) const
    {
        return TenantClient::loggedIn(m_appliance.port(), password, project == u"alpha" ? "mara" : "nils");
    }

    void makeProject(const QString &name)
    {
        const TenantClient admin = session();
        QCOMPARE(admin.post("/api/app/projects", {{"name", name}}).status, 201);
        for (const char *role : {"ingest", "read", "admin"}) {
            const auto made =
                admin.post("/api/app/keys", {{"name", "key of " + name}, {"role", role}, {"project", name}});
            QCOMPARE(made.status, 201);
            QVERIFY(made.object()["key"].toString().startsWith("plm_" + name + "_"));
            m_keys[name + u' ' + QLatin1String(role)] = made.object()["key"].toString();
        }
    }
    /// The same names in both; what is a project's own bears its name.
    void fill(const QString &name, double orders)
    {
        const TenantClient ingest = key(name + " ingest").with("Idempotency-Key: the-same-in-both");
        const auto taken = ingest.post(
            "/ingest",
            {{"metrics",
              QJsonArray{
                  QJsonObject{{"name", "orders"}, {"value", orders}, {"labels", QJsonObject{{"who", name}}}},
                  QJsonObject{{"name", name + "_only"}, {"value", 1}, {"type", "counter"}},
                  // Of another kind in each.
                  QJsonObject{{"name", "mixed"},
                              {"value", 1},
                              {"type", name == u"alpha" ? "gauge" : "counter"},
                              {"labels", QJsonObject{{name + "_label", name}}}}}},
             {"requests", QJsonArray{QJsonObject{{"method", "GET"},
                                                 {"route", "/" + name},
                                                 {"status", 200},
                                                 {"duration_ms", 5}}}},
             {"llm", QJsonArray{QJsonObject{{"provider", "openai"},
                                            {"model", name + "-model"},
                                            {"input_tokens", 10},
                                            {"output_tokens", 5}}}}});
        QCOMPARE(taken.status, 200);
        QCOMPARE(taken.object()["rejected"].toInt(-1), 0);
        QVERIFY(!taken.object()["accepted"].isUndefined());
        const auto pushed =
            key(name + " ingest")
                .post("/api/v1/import/prometheus",
                      "# HELP helped help of " + name.toLatin1() + "\n# TYPE helped gauge\nhelped 1\n");
        QVERIFY(pushed.status == 200 || pushed.status == 204);
        const TenantClient admin = key(name + " admin");
        const auto channel = admin.post("/api/app/channels",
                                        {{"name", "channel of " + name},
                                         {"kind", "webhook"},
                                         {"settings", QJsonObject{{"url", "http://127.0.0.1:1/" + name}}}});
        QCOMPARE(channel.status, 201);
        m_ids[name]["/api/app/channels"] = channel.object()["id"].toString();
        const auto rule = admin.post("/api/app/rules", {{"name", "rule of " + name},
                                                        {"expr", "orders"},
                                                        {"op", ">"},
                                                        {"threshold", 150},
                                                        {"severity", "warning"}});
        QCOMPARE(rule.status, 201);
        m_ids[name]["/api/app/rules"] = rule.object()["id"].toString();
        const auto annotation = admin.post("/api/app/annotations", {{"title", "annotation of " + name}});
        QCOMPARE(annotation.status, 201);
        m_ids[name]["/api/app/annotations"] = annotation.object()["id"].toString();
        const auto dashboard = admin.post(
            "/api/app/dashboards",
            {{"title", "dashboard of " + name},
             {"panels",
              QJsonArray{QJsonObject{{"queries", QJsonArray{QJsonObject{{"expr", name + "_only"}}}}}}}});
        QCOMPARE(dashboard.status, 201);
        m_ids[name]["/api/app/dashboards"] = dashboard.object()["id"].toString();
        const auto share =
            admin.post("/api/app/shares", {{"dashboard_id", dashboard.object()["id"]}, {"expires_in", "1d"}});
        QCOMPARE(share.status, 201);
        m_ids[name]["/api/app/shares"] = share.object()["id"].toString();
        m_shares[name] = share.object()["token"].toString();
        const auto target = admin.post("/api/app/targets", {{"url", "http://127.0.0.1:1/" + name}});
        QCOMPARE(target.status, 201);
        m_ids[name]["/api/app/targets"] = target.object()["id"].toString();
        const auto drop =
            admin.post("/api/app/cardinality/drops", {{"name", "mixed"}, {"label", name + "_label"}});
        QCOMPARE(drop.status, 201);
        m_ids[name]["/api/app/cardinality/drops"] = drop.object()["id"].toString();
        QCOMPARE(
            key(name + " ingest").post("/metrics/job/" + name.toLatin1(), QByteArray("pushed 1\n")).status,
            200);
        m_ids[name]["/api/app/keys"] =
            admin.get("/api/app/keys").object()["items"].toArray()[0].toObject()["id"].toString();
        m_ids[name]["/api/app/projects"] = name;
    }
    static bool speaksOf(const QByteArray &body, const char *name) { return body.toLower().contains(name); }

    /// Every GET route, with arguments; what it answers, by path.
    QMap<QString, QByteArray> askAll(const TenantClient &who)
    {
        QMap<QString, QByteArray> answers;
        for (const QString &path : m_getPaths) {
            QString concrete = path;
            concrete.replace(QStringLiteral("/label/{name}"), QStringLiteral("/label/who"));
            static const QRegularExpression parameter(QStringLiteral("\\{[^}]*\\}"));
            concrete.replace(parameter, QStringLiteral("0"));
            const QByteArray arguments = argumentsOf(path);
            const auto answer =
                who.ask("GET", concrete.toLatin1() + (arguments.isEmpty() ? "" : "?" + arguments), {},
                        path.endsWith(u"/live") ? 10 : -1);
            QTest::qVerify(answer.status > 0, "answered", qPrintable(path), __FILE__, __LINE__);
            answers[path] = answer.body;
        }
        for (const char *type : {"text/plain", "application/openmetrics-text"})
            answers[QLatin1String(type)] = who.with(QByteArray("Accept: ") + type).get("/metrics").body;
        return answers;
    }
    int runCli(const QStringList &arguments, QByteArray *output = nullptr) const
    {
        const auto ran = runProgram(qEnvironmentVariable("PLIMSOLL_BIN"),
                                    arguments + QStringList{"--data", m_appliance.dataDirectory()});
        if (output)
            *output = ran.output;
        return ran.exitCode;
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY2(m_appliance.start({"--alert-interval", "1s", "--statsd", "off"},
                                   {{"PLIMSOLL_ADMIN_PASSWORD", password}}),
                 m_appliance.output().constData());
        const QJsonObject paths =
            TenantClient(m_appliance.port()).get("/api/openapi.json").object()["paths"].toObject();
        for (auto path = paths.begin(); path != paths.end(); ++path) {
            const QJsonObject get = path.value().toObject()["get"].toObject();
            if (!get.isEmpty() && get["x-plimsoll-access"].toString() != u"public")
                m_getPaths << path.key();
        }
        for (const char *name : {"alpha", "beta"})
            makeProject(name);
        for (const auto &[name, project] : {std::pair("mara", "alpha"), std::pair("nils", "beta")})
            QCOMPARE(session()
                         .post("/api/app/users", {{"name", name},
                                                  {"password", password},
                                                  {"role", "admin"},
                                                  {"projects", QJsonArray{project}}})
                         .status,
                     201);
        fill("alpha", 111);
        fill("beta", 222);
    }

    void oneIdempotencyKeyCountsInBoth()
    {
        for (const auto &[name, orders] : {std::pair("alpha", "111"), std::pair("beta", "222")}) {
            const auto sum = key(QString(name) + " read").get("/api/v1/query?query=sum(orders)").body;
            QVERIFY2(sum.contains(QByteArray("\"") + orders + "\""), sum.constData());
        }
    }

    void noRouteTellsOfTheOther_data()
    {
        QTest::addColumn<QString>("own");
        QTest::addColumn<QString>("other");
        QTest::addColumn<QString>("by");
        for (const auto &[own, other] : {std::pair("alpha", "beta"), std::pair("beta", "alpha")}) {
            for (const char *by : {"key", "session", "user"})
                QTest::addRow("%s by %s", own, by) << own << other << by;
        }
    }
    void noRouteTellsOfTheOther()
    {
        QFETCH(QString, own);
        QFETCH(QString, other);
        QFETCH(QString, by);
        const bool bySession = by == u"session";
        // The list of projects is of whoever manages the appliance.
        const QStringList ofTheAppliance{"/api/app/projects", "/api/app/projects/{id}", "/api/app/backups",
                                         "/api/app/jobs", "/api/app/users"};
        const auto answers = askAll(bySession      ? session().with("X-Plimsoll-Project: " + own.toLatin1())
                                    : by == u"key" ? key(own + " admin")
                                                   : userOf(own));
        QStringList told;
        for (auto it = answers.begin(); it != answers.end(); ++it) {
            if (speaksOf(*it, other.toLatin1()) && !(bySession && ofTheAppliance.contains(it.key())))
                told << it.key() + ": " + QString::fromUtf8(it->left(500));
        }
        QVERIFY2(told.isEmpty(), qPrintable(told.join(u'\n')));
        // That these say what is their own shows that the silence of the others means something.
        for (const char *path : {"text/plain",
                                 "application/openmetrics-text",
                                 "/metrics",
                                 "/metrics/query",
                                 "/metrics/export",
                                 "/metrics/endpoints",
                                 "/metrics/costs",
                                 "/federate",
                                 "/api/v1/query",
                                 "/api/v1/query_range",
                                 "/api/v1/series",
                                 "/api/v1/labels",
                                 "/api/v1/metadata",
                                 "/api/v1/label/{name}/values",
                                 "/api/v1/rules",
                                 "/api/v1/status/tsdb",
                                 "/api/app/metrics",
                                 "/api/app/rules",
                                 "/api/app/channels",
                                 "/api/app/keys",
                                 "/api/app/dashboards",
                                 "/api/app/shares",
                                 "/api/app/cardinality",
                                 "/api/app/cardinality/drops",
                                 "/api/app/projects"})
            QVERIFY2(speaksOf(answers[path], own.toLatin1()), path);
    }

    /// A link shows its own project's series, whatever else a request names and whoever asks.
    void linksStayInTheirProject()
    {
        for (const auto &[own, other] : {std::pair("alpha", "beta"), std::pair("beta", "alpha")}) {
            const QByteArray address = "/api/share/" + m_shares[own].toLatin1();
            for (const TenantClient &who : {TenantClient(m_appliance.port()), key(QString(other) + " admin"),
                                            session().with(QByteArray("X-Plimsoll-Project: ") + other)}) {
                const auto shown = who.get(address + "?project=" + other);
                const auto points = who.get(address + "/query?panel=p1&step=60&project=" + other);
                QVERIFY2(shown.status == 200 && points.status == 200, points.body.constData());
                QVERIFY(speaksOf(shown.body, own) && !speaksOf(shown.body, other));
                QVERIFY2(speaksOf(points.body, own) && !speaksOf(points.body, other),
                         points.body.constData());
            }
        }
    }

    /// What a form says is no more than what an address says.
    void formsStayInTheirProject()
    {
        const TenantClient alpha = key("alpha read").with("Content-Type: application/x-www-form-urlencoded");
        const QByteArray form =
            "query={__name__=~\".%2B\"}&match[]={__name__=~\".%2B\"}&start=1&end=now&step=1d"
            "&project=beta";
        for (const char *path : {"/api/v1/query", "/api/v1/series", "/api/v1/labels"}) {
            const auto answer = alpha.post(path, form);
            QVERIFY2(answer.status == 200 || answer.status == 400, path);
            QVERIFY2(!speaksOf(answer.body, "beta"), path);
        }
        QVERIFY(speaksOf(alpha.post("/api/v1/series", "match[]=orders").body, "alpha"));
    }

    void theDefaultProjectKnowsOfNeither()
    {
        const auto answers = askAll(session());
        for (auto it = answers.begin(); it != answers.end(); ++it) {
            // Who manages the appliance sees all keys and projects.
            if (it.key().startsWith(u"/api/app/keys") || it.key().startsWith(u"/api/app/projects") ||
                it.key().startsWith(u"/api/app/users"))
                continue;
            QVERIFY2(!speaksOf(*it, "alpha") && !speaksOf(*it, "beta"), qPrintable(it.key()));
        }
    }

    /// A user of one project finds no word by which he gets into the other, and none that makes him more.
    void aUserOfOneProjectStaysThere()
    {
        const TenantClient mara = userOf("alpha");
        QVERIFY(speaksOf(mara.get("/api/app/session").body, "alpha"));
        for (const char *elsewhere : {"beta", "default", "1", "nowhere"}) {
            QCOMPARE(mara.get(QByteArray("/metrics?project=") + elsewhere).code(),
                     QString("foreign_project"));
            const QByteArray session =
                mara.with(QByteArray("X-Plimsoll-Project: ") + elsewhere).get("/api/app/session").body;
            QVERIFY(speaksOf(session, "alpha") && !speaksOf(session, "beta"));
        }
        for (auto it = m_ids["beta"].begin(); it != m_ids["beta"].end(); ++it)
            QCOMPARE(mara.get(it.key().toLatin1() + '/' + it->toLatin1()).status, 404);
        for (const char *project : {"beta", "default"})
            QCOMPARE(
                mara.post("/api/app/keys", {{"name", "spy"}, {"role", "read"}, {"project", project}}).status,
                403);
        const QJsonObject nobody{{"name", "spy"}, {"password", password}, {"role", "admin"}};
        QCOMPARE(mara.post("/api/app/users", nobody).status, 403);
        QCOMPARE(mara.get("/api/app/users").status, 403);
        QCOMPARE(mara.get("/api/app/sessions?user=admin").status, 404);
        QCOMPARE(mara.post("/api/app/annotations", {{"title", "mine"}}).status, 201);
    }

    void resourcesOfTheOtherAreNotFound()
    {
        const TenantClient alpha = key("alpha admin");
        for (auto it = m_ids["beta"].begin(); it != m_ids["beta"].end(); ++it) {
            const QByteArray path = it.key().toLatin1() + '/' + it->toLatin1();
            QCOMPARE(alpha.get(path).status, 404);
            const int changed = alpha.ask("PATCH", path, "{\"name\":\"mine\"}").status;
            QVERIFY2(changed == 404 || changed == 403 || changed == 405, path.constData());
            const int removed = alpha.ask("DELETE", path).status;
            QVERIFY2(removed == 404 || removed == 403, path.constData());
            QCOMPARE(key("beta admin").get(path).status, 200);
            QCOMPARE(alpha.get(it.key().toLatin1() + '/' + m_ids["alpha"][it.key()].toLatin1()).status, 200);
        }
        // A rule may not notify through the other's channel.
        QCOMPARE(alpha
                     .post("/api/app/rules", {{"name", "spy"},
                                              {"expr", "orders > 1"},
                                              {"channels", QJsonArray{m_ids["beta"]["/api/app/channels"]}}})
                     .status,
                 422);
        QCOMPARE(alpha.post("/api/app/keys", {{"name", "spy"}, {"role", "read"}, {"project", "beta"}}).status,
                 403);
        QCOMPARE(alpha.post("/api/app/projects", {{"name", "gamma"}}).status, 403);
    }

    void alarmsWatchTheirOwnSeries()
    {
        const auto episodes = [this](const char *name) {
            return key(QString(name) + " read").get("/api/app/episodes").object()["items"].toArray();
        };
        QTRY_VERIFY_WITH_TIMEOUT(episodes("beta").size() == 1, 30'000);
        QCOMPARE(episodes("beta")[0].toObject()["rule_name"].toString(), QString("rule of beta"));
        QCOMPARE(episodes("alpha").size(), 0);
        const QByteArray id = episodes("beta")[0].toObject()["id"].toString().toLatin1();
        QCOMPARE(key("alpha admin").get("/api/app/episodes/" + id).status, 404);
        QCOMPARE(key("alpha admin").post("/api/app/episodes/" + id + "/acknowledge", "{}").status, 404);
        QVERIFY(speaksOf(key("beta read").get("/api/v1/alerts").body, "beta"));
        QVERIFY(!speaksOf(key("alpha read").get("/api/v1/alerts").body, "beta"));
    }

    void streamsTellTheirOwnAndEndWithTheirKey()
    {
        const auto spare = session().post("/api/app/keys",
                                          {{"name", "alpha stream"}, {"role", "read"}, {"project", "alpha"}});
        const TenantClient who = TenantClient::withKey(m_appliance.port(), spare.object()["key"].toString());
        QTcpSocket stream;
        stream.connectToHost(QStringLiteral("127.0.0.1"), quint16(m_appliance.port()));
        QVERIFY(stream.waitForConnected(30'000));
        stream.write("GET /api/app/live?self=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n" + who.headers() + "\r\n");
        QByteArray got;
        const QDeadlineTimer deadline(60'000);
        const auto until = [&](const QByteArray &word) {
            while (!got.contains(word) && !deadline.hasExpired() && stream.waitForReadyRead(10'000))
                got += stream.readAll();
            return got.contains(word);
        };
        QVERIFY2(until("event: hello"), got.constData());
        for (const char *name : {"beta", "alpha"})
            QCOMPARE(key(QString(name) + " ingest")
                         .post("/track/seen?who=" + QByteArray(name), QByteArray("1"))
                         .status,
                     200);
        QVERIFY2(until("alpha"), got.constData());
        QVERIFY(!speaksOf(got, "beta"));
        const QByteArray id = spare.object()["id"].toString().toLatin1();
        QCOMPARE(session().ask("DELETE", "/api/app/keys/" + id).status, 204);
        QCOMPARE(who.get("/metrics").status, 401);
        QVERIFY2(until("\r\n0\r\n\r\n"), got.right(500).constData());
        QVERIFY(!speaksOf(got, "beta"));
    }

    void theShellKeepsThemApart()
    {
        QByteArray output;
        const QString file = m_appliance.dataDirectory() + "/alpha.ndjson";
        QCOMPARE(runCli({"export", file, "--project", "alpha"}), 0);
        QFile exported(file);
        QVERIFY(exported.open(QIODevice::ReadOnly));
        const QByteArray lines = exported.readAll();
        QVERIFY(speaksOf(lines, "alpha_only"));
        QVERIFY(!speaksOf(lines, "beta"));
        QCOMPARE(runCli({"project", "create", "copy"}, &output), 0);
        QCOMPARE(runCli({"import", file, "--project", "copy"}), 0);
        QCOMPARE(runCli({"import", file, "--project", "nowhere"}, &output), 1);
        QVERIFY(output.contains("nowhere"));
        QCOMPARE(runCli({"key", "create", "--role", "read", "--project", "copy", "--expires", "1h"}, &output),
                 0);
        const TenantClient copy =
            TenantClient::withKey(m_appliance.port(), QString::fromLatin1(output.trimmed()));
        QVERIFY(copy.get("/api/v1/query?query=sum(orders)").body.contains("\"111\""));
        QCOMPARE(runCli({"key", "list", "--project", "copy", "--json"}, &output), 0);
        const QJsonArray keys = QJsonDocument::fromJson(output).object()["items"].toArray();
        QCOMPARE(keys.size(), 1);
        QVERIFY(keys[0].toObject()["expires_ms"].toDouble() > 0);
        QCOMPARE(runCli({"key", "revoke", keys[0].toObject()["id"].toString()}), 0);
        QCOMPARE(copy.get("/metrics").status, 401);
        QCOMPARE(runCli({"key", "revoke", "nothing"}, &output), 1);
        QVERIFY2(output.contains("no such key"), output.constData());
    }

    /// Its keys stop, nothing serves its series, also not to a later project of its name, nor after a
    /// restart.
    void aRemovedProjectIsGone()
    {
        const TenantClient beta = key("beta read");
        QCOMPARE(session().ask("DELETE", "/api/app/projects/default").status, 409);
        const auto removed = session().ask("DELETE", "/api/app/projects/beta");
        QCOMPARE(removed.status, 200);
        QCOMPARE(removed.object()["keys_withdrawn"].toInt(), 3);
        QCOMPARE(beta.get("/metrics").status, 401);
        QCOMPARE(key("beta ingest").post("/track/x", QByteArray("1")).status, 401);
        QCOMPARE(session().get("/metrics?project=beta").status, 404);

        const auto again = [&] {
            const TenantClient newBeta = session().with("X-Plimsoll-Project: beta");
            for (const char *path : {"/metrics", "/api/v1/labels", "/metrics/export?format=json",
                                     "/api/app/rules", "/api/app/channels", "/api/app/episodes",
                                     "/api/app/deliveries", "/api/app/annotations", "/api/app/targets"}) {
                const auto answer = newBeta.get(path);
                QCOMPARE(answer.status, 200);
                QVERIFY2(!speaksOf(answer.body, "beta"), path);
            }
        };
        QCOMPARE(session().post("/api/app/projects", {{"name", "beta"}}).status, 201);
        again();
        QVERIFY(m_appliance.stop());
        QByteArray output;
        QCOMPARE(runCli({"project", "list", "--json"}, &output), 0); // nobody holds the directory now
        QCOMPARE(QJsonDocument::fromJson(output).object()["items"].toArray().size(), 4);
        QVERIFY2(m_appliance.start({"--statsd", "off"}), m_appliance.output().constData());
        QCOMPARE(key("beta read").get("/metrics").status, 401);
        again();
        QVERIFY(key("alpha read").get("/api/v1/query?query=sum(orders)").body.contains("\"111\""));
    }
};

QTEST_GUILESS_MAIN(IsolationTest)
#include "IsolationTest.moc"
