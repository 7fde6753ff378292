#include "server/api/TargetRoutes.h"
#include "tests/support/IngestFixture.h"
#include "tests/support/RecordedReply.h"
#include "tests/support/WebhookReceiver.h"

#include <QJsonArray>
#include <QTest>

using namespace plimsoll;
using plimsoll::test::WebhookReceiver;

namespace {

struct Answer
{
    int status = 0;
    QByteArray text;
    QJsonObject json() const { return QJsonDocument::fromJson(text).object(); }
};

} // namespace

class TargetRoutesTest : public QObject
{
    Q_OBJECT

    struct Bench
    {
        Bench()
        {
            fixture.engine.clock.set(clock.nowMs());
            book.setLeads(true);
            api::addTargetRoutes(router, book);
        }

        Answer ask(http::Method method, const std::string &path, const QByteArray &body = {},
                   ProjectId project = defaultProject)
        {
            http::Request request;
            request.method = method;
            const size_t mark = path.find('?');
            request.path = path.substr(0, mark);
            request.rawQuery = mark == std::string::npos ? "" : path.substr(mark + 1);
            request.body = body;
            request.principal.project = project;
            const auto match = router.match(method, request.path);
            if (!match.route)
                return {};
            request.parameters = match.parameters;
            const auto recorder = std::make_shared<test::RecordedReply>();
            match.route->handler(std::make_shared<const http::Request>(request), http::Reply(recorder));
            const auto response = recorder->wait();
            return {response.status, response.body};
        }
        std::string make(const QByteArray &body, ProjectId project = defaultProject)
        {
            const Answer made = ask(http::Method::Post, "/api/app/targets", body, project);
            return made.status == 201 ? "/api/app/targets/" + made.json()["id"].toString().toStdString()
                                      : std::string();
        }

        SystemClock clock;
        test::IngestFixture fixture;
        MemoryDocumentStore documents;
        http::Router router;
        ingest::Scraper scraper{fixture.ingestThread(), clock, "Plimsoll/test"};
        ingest::TargetBook book{documents, scraper, clock, [] { return std::set<ProjectId>{1, 2}; }};
    };

    std::unique_ptr<Bench> m_shared; ///< of tests that change nothing

private Q_SLOTS:
    void cleanupTestCase() { m_shared.reset(); }

    void scrapesWhatIsMade()
    {
        Bench bench;
        WebhookReceiver receiver;
        receiver.answerAll(
            {WebhookReceiver::Plan::Kind::Answer, 200, "a 1\n", "Content-Type: text/plain\r\n"});
        const Answer made = bench.ask(
            http::Method::Post, "/api/app/targets",
            QJsonDocument(QJsonObject{{"url", receiver.url("")}, {"labels", QJsonObject{{"env", "x"}}}})
                .toJson());
        QCOMPARE(made.status, 201);
        QCOMPARE(made.json()["interval"].toString(), QString("15s"));
        QCOMPARE(made.json()["job"].toString(), QString("127.0.0.1"));
        const std::string path = "/api/app/targets/" + made.json()["id"].toString().toStdString();
        const auto state = [&] { return bench.ask(http::Method::Get, path).json()["state"].toObject(); };
        QTRY_COMPARE(state()["health"].toString(), QString("up"));
        QCOMPARE(state()["samples"].toInt(), 1);
        QCOMPARE(receiver.received().front().target, QByteArray("/metrics"));
        const auto reports = bench.scraper.reports(defaultProject);
        QCOMPARE(reports.front().target.labels.toString(),
                 "{env=\"x\",instance=\"127.0.0.1:" + std::to_string(receiver.port()) +
                     "\",job=\"127.0.0.1\"}");

        QCOMPARE(bench.ask(http::Method::Patch, path, "{\"enabled\":false}").status, 200);
        QTRY_VERIFY(bench.scraper.reports(defaultProject).empty());
        QCOMPARE(bench.ask(http::Method::Delete, path).status, 204);
        QCOMPARE(bench.ask(http::Method::Get, path).status, 404);
        QCOMPARE(bench.ask(http::Method::Delete, path).status, 404);
    }

    void neverTellsSecrets()
    {
        Bench bench;
        const std::string path =
            bench.make("{\"url\":\"http://127.0.0.1:1/"
                       "\",\"auth\":{\"type\":\"basic\",\"username\":\"u\",\"password\":\"hunter2\"},"
                       "\"headers\":{\"X-Key\":\"hunter3\"},\"tls\":{\"cert\":\"c\",\"key\":\"hunter4\"}}");
        QVERIFY(!path.empty());
        for (const std::string &where : {path, std::string("/api/app/targets")})
            QVERIFY(!bench.ask(http::Method::Get, where).text.contains("hunter"));
        const auto kept = [&] { return bench.scraper.reports(defaultProject).front().target; };
        QTRY_VERIFY(!bench.scraper.reports(defaultProject).empty());
        QCOMPARE(kept().auth.secret.text, std::string("hunter2"));

        // What comes back masked stays as it was.
        QJsonObject shown = bench.ask(http::Method::Get, path).json();
        shown.insert("interval", "30s");
        QCOMPARE(bench.ask(http::Method::Put, path, QJsonDocument(shown).toJson()).status, 200);
        QTRY_COMPARE(kept().intervalMs, int64_t(30'000));
        QCOMPARE(kept().auth.secret.text, std::string("hunter2"));
        QCOMPARE(kept().headers.front().second.text, std::string("hunter3"));
        QCOMPARE(kept().tls.key.text, std::string("hunter4"));

        // But it does not follow to another place.
        const Answer moved = bench.ask(http::Method::Patch, path, "{\"url\":\"http://127.0.0.2:1/\"}");
        QCOMPARE(moved.status, 422);
        QVERIFY2(moved.text.contains("must be given"), moved.text);
        QCOMPARE(bench
                     .ask(http::Method::Patch, path,
                          "{\"url\":\"http://127.0.0.2:1/\",\"auth\":null,\"headers\":null,\"tls\":null}")
                     .status,
                 200);
    }

    void saysWhatIsWrong_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("word");
        const auto row = [](const char *body, const char *word) {
            QTest::newRow(body) << QByteArray(body) << QByteArray(word);
        };
        row("{}", "`url`");
        row("{\"url\":\"ftp://x/\"}", "`url`");
        row("{\"url\":\"http://u:p@x/\"}", "`auth`");
        row("{\"url\":\"http://169.254.169.254/\"}", "metadata");
        row("{\"url\":\"http://x/\",\"interval\":\"1ms\"}", "`interval`");
        row("{\"url\":\"http://x/\",\"interval\":\"5s\",\"timeout\":\"6s\"}", "`timeout`");
        row("{\"url\":\"http://x/\",\"labels\":{\"__a\":\"b\"}}", "`labels`");
        row("{\"url\":\"http://x/\",\"colour\":\"red\"}", "`colour`");
        row("{\"url\":\"http://x/\",\"auth\":{\"type\":\"magic\"}}", "`auth.type`");
        row("{\"url\":\"http://x/\",\"headers\":{\"A\\r\\nB\":\"c\"}}", "`headers.");
        row("{\"url\":\"http://x/\",\"headers\":{\"Host\":\"c\"}}", "`headers.Host`");
        row("{\"url\":\"http://x/\",\"tls\":{\"cert\":\"c\"}}", "`tls.key`");
        row("{\"url\":\"http://x/\",\"body_size_limit\":\"9GiB\"}", "`body_size_limit`");
        row("{\"url\":\"http://x/\",\"metric_relabel_configs\":[{\"action\":\"keep\",\"regex\":\"(\"}]}",
            "regular expression");
        row("{\"url\":\"http://x/\",\"metric_relabel_configs\":5}", "metric_relabel_configs");
        row("{\"url\":\"http://x/\",\"auth\":{\"type\":\"bearer\",\"token\":\"***\"}}", "must be given");
    }
    void saysWhatIsWrong()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, word);
        if (!m_shared)
            m_shared = std::make_unique<Bench>();
        Bench &bench = *m_shared;
        const Answer answer = bench.ask(http::Method::Post, "/api/app/targets", body);
        QCOMPARE(answer.status, 422);
        QVERIFY2(answer.text.contains(word), answer.text);
        QCOMPARE(bench.ask(http::Method::Get, "/api/app/targets").json()["items"].toArray().size(), 0);
    }

    void keepsProjectsApart()
    {
        Bench bench;
        const std::string path = bench.make("{\"url\":\"http://127.0.0.1:1/\"}", 2);
        QCOMPARE(bench.ask(http::Method::Get, path).status, 404);
        QCOMPARE(bench.ask(http::Method::Put, path, "{\"url\":\"http://127.0.0.1:1/\"}").status, 404);
        QCOMPARE(bench.ask(http::Method::Delete, path).status, 404);
        QCOMPARE(bench.ask(http::Method::Get, "/api/app/targets").json()["items"].toArray().size(), 0);
        QCOMPARE(bench.ask(http::Method::Get, path, {}, 2).status, 200);
        QTRY_COMPARE(bench.scraper.reports(2).size(), size_t(1));
        QVERIFY(bench.scraper.reports(1).empty());
    }

    void listsInPages()
    {
        Bench bench;
        for (int i = 0; i < 5; i++)
            QVERIFY(!bench.make("{\"url\":\"http://127.0.0.1:1/\",\"enabled\":false}").empty());
        std::set<QString> ids;
        QString cursor;
        do {
            const QJsonObject page =
                bench.ask(http::Method::Get, "/api/app/targets?limit=2&cursor=" + cursor.toStdString())
                    .json();
            for (const auto item : page["items"].toArray())
                ids.insert(item.toObject()["id"].toString());
            cursor = page["next_cursor"].toString();
        } while (!cursor.isEmpty());
        QCOMPARE(ids.size(), size_t(5));
        QCOMPARE(bench.ask(http::Method::Get, "/api/app/targets?limit=0").status, 400);
    }
};

QTEST_GUILESS_MAIN(TargetRoutesTest)
#include "TargetRoutesTest.moc"
