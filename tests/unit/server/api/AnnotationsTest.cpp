#include "server/api/Annotations.h"

#include "tests/support/HttpFixture.h"
#include "tests/support/RawClient.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::api;

namespace {

/// The routes over a real port, on records in memory.
class Fixture
{
public:
    tests::HttpFixture http;
    Annotations annotations{http.documents, http.clock};

    Fixture()
    {
        annotations.addRoutes(http.router);
        http.start();
    }

    std::pair<int, QJsonObject> ask(const char *method, const std::string &path, const char *body = "")
    {
        const QByteArray request = QByteArray(method) + ' ' + QByteArray::fromStdString(path) +
                                   " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                   "Content-Length: " +
                                   QByteArray::number(qstrlen(body)) + "\r\n\r\n" + body;
        tests::RawClient client(http.port());
        const auto answer = client.ask(request);
        if (!answer)
            return {0, {}};
        return {answer->status, QJsonDocument::fromJson(answer->body).object()};
    }
    /// The titles of a list, with commas between.
    QString titles(const std::string &query = {})
    {
        QStringList out;
        const QJsonArray items = ask("GET", "/api/app/annotations" + query).second["items"].toArray();
        for (const auto &item : items)
            out << item.toObject()["title"].toString();
        return out.join(',');
    }
};

ingest::StatsdEvent eventOf(const std::string &title)
{
    ingest::StatsdEvent out;
    out.title = title;
    return out;
}

constexpr qint64 startMs = 1'700'000'000'000;

} // namespace

class AnnotationsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsWhatIsPosted()
    {
        Fixture f;
        const auto [status, made] = f.ask(
            "POST", "/api/app/annotations",
            R"({"title":"v2 ü","text":"notes","kind":"success","tags":["env:prod"],"until_ms":1700000060000})");
        QCOMPARE(status, 201);
        const std::string path = "/api/app/annotations/" + made["id"].toString().toStdString();
        QCOMPARE(f.ask("GET", path).second, made);
        QCOMPARE(made["title"].toString(), QString("v2 ü"));
        QCOMPARE(made["at_ms"].toInteger(), startMs);
        QCOMPARE(made["until_ms"].toInteger(), startMs + 60'000);
        QCOMPARE(made["source"].toString(), QString("api"));
        QCOMPARE(made["host"].toString(), QString());
        QCOMPARE(f.ask("DELETE", path).first, 204);
        QCOMPARE(f.ask("DELETE", path).first, 404);
        QCOMPARE(f.ask("GET", path).first, 404);
        QCOMPARE(f.titles(), QString());
    }

    void saysWhatIsWrong()
    {
        Fixture f;
        for (const char *body :
             {"", "[]", "{}", R"({"title":7})", R"({"title":""})", R"({"title":"a","kind":"odd"})",
              R"({"title":"a","at_ms":"now"})", R"({"title":"a","at_ms":-1})", R"({"title":"a","tags":"x"})",
              R"({"title":"a","tags":[1]})", R"({"title":"a","at_ms":5,"until_ms":4})"})
            QVERIFY2(f.ask("POST", "/api/app/annotations", body).first == 400, body);
        const std::string longTitle =
            "{\"title\":\"" + std::string(Annotations::maxTitleBytes + 1, 'x') + "\"}";
        QCOMPARE(f.ask("POST", "/api/app/annotations", longTitle.c_str()).first, 400);
        QCOMPARE(f.ask("GET", "/api/app/annotations?limit=0").first, 400);
        QCOMPARE(f.ask("GET", "/api/app/annotations?from=nonsense").first, 400);
        QCOMPARE(f.titles(), QString());
    }

    void listsByTime()
    {
        Fixture f;
        for (const char *body :
             {R"({"title":"b","at_ms":1699999000000})", R"({"title":"c","at_ms":1699999500000})",
              R"({"title":"a","at_ms":1699990000000,"until_ms":1699999100000})",
              R"({"title":"old","at_ms":1690000000000})"})
            QCOMPARE(f.ask("POST", "/api/app/annotations", body).first, 201);
        QCOMPARE(f.titles(), QString("c,b,a"));
        QCOMPARE(f.titles("?from=1690000000&to=1699999500"), QString("b,a,old"));
        QCOMPARE(f.titles("?from=1699999050&to=1699999400"), QString("a"));
        const QJsonObject first = f.ask("GET", "/api/app/annotations?limit=2").second;
        const std::string cursor = first["next_cursor"].toString().toStdString();
        QVERIFY(!cursor.empty());
        QCOMPARE(f.titles("?limit=2&cursor=" + cursor), QString("a"));
    }

    void keepsEvents()
    {
        Fixture f;
        ingest::StatsdEvent full = eventOf("deploy");
        full.text = "line\nnext";
        full.timestampMs = startMs - 5000;
        full.host = "web1";
        full.aggregationKey = "key";
        full.priority = "low";
        full.source = "git";
        full.alertType = "error";
        full.tags = {"env:prod"};
        QVERIFY(f.annotations.note(defaultProject, full).ok());
        QVERIFY(f.annotations.note(2, eventOf("of another project")).ok());
        const QJsonArray items = f.ask("GET", "/api/app/annotations").second["items"].toArray();
        QCOMPARE(items.size(), 1);
        const QJsonObject kept = items[0].toObject();
        QCOMPARE(kept["at_ms"].toInteger(), startMs - 5000);
        QCOMPARE(kept["kind"].toString(), QString("error"));
        QCOMPARE(kept["source"].toString(), QString("statsd"));
        QCOMPARE(kept["text"].toString(), QString("line\nnext"));
        QCOMPARE(kept["tags"].toArray(),
                 (QJsonArray{"env:prod", "aggregation_key:key", "priority:low", "source_type:git"}));
        full.alertType = "odd";
        QVERIFY(!f.annotations.note(defaultProject, full).ok());
    }

    void boundsTheRateOfEvents()
    {
        Fixture f;
        size_t taken = 0;
        for (int i = 0; i < 300; i++)
            taken += f.annotations.note(defaultProject, eventOf("e")).ok();
        QCOMPARE(taken, size_t(Annotations::eventsAtOnce));
        f.http.clock.advance(1000);
        for (int i = 0; i < 300; i++)
            taken += f.annotations.note(defaultProject, eventOf("e")).ok();
        QCOMPARE(taken, size_t(Annotations::eventsAtOnce + Annotations::eventsPerSecond));
    }

    void makesRoom()
    {
        Fixture f;
        for (size_t i = 0; i < Annotations::maxKept; i++) {
            char id[32];
            std::snprintf(id, sizeof id, "%013zu-x", i);
            f.http.documents.put(defaultProject, "annotations", {id, "{}", 0}, [](const Status &) {});
        }
        QVERIFY(f.annotations.note(defaultProject, eventOf("newest")).ok());
        const auto left = f.http.documents.list(defaultProject, "annotations").value();
        QCOMPARE(left.size(), Annotations::maxKept - Annotations::maxKept / 10);
        QVERIFY(left.back().body.find("newest") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(AnnotationsTest)
#include "AnnotationsTest.moc"
