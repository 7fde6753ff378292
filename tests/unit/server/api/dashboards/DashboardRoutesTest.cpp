#include "server/api/dashboards/Dashboards.h"

#include "tests/support/ApiFixture.h"

#include <QJsonArray>
#include <QTest>

#include <atomic>
#include <thread>

using namespace plimsoll;
using namespace plimsoll::api;
using tests::ApiAnswer;

namespace {

constexpr const char *path = "/api/app/dashboards";

/// The routes over a real port, on records in memory.
class Fixture
{
public:
    tests::HttpFixture http;
    QueryPool pool{2};
    Dashboards dashboards{http.documents, http.clock, pool};
    QStringList removed;

    Fixture()
    {
        dashboards.onRemoved(
            [this](ProjectId, const std::string &id) { removed << QString::fromStdString(id); });
        dashboards.addRoutes(http.router);
        http.start();
    }
    ~Fixture() { http.stop(); }

    ApiAnswer ask(const QByteArray &method, const QByteArray &rest, const QByteArray &body = {},
                  const QByteArray &headers = {}) const
    {
        return tests::ask(http, method, path + rest, body, headers);
    }
    /// The id of a new dashboard.
    QByteArray make(const QByteArray &title, const QByteArray &more = {}) const
    {
        const ApiAnswer made = ask("POST", {}, "{\"title\":\"" + title + "\"" + more + "}");
        return made.status == 201 ? made.body["id"].toString().toUtf8() : QByteArray();
    }
    QString titles(const QByteArray &query = {}) const
    {
        QStringList out;
        const QJsonArray items = ask("GET", query).body["items"].toArray();
        for (const auto &item : items)
            out << item.toObject()["title"].toString();
        return out.join(',');
    }
    /// A header with a key of this name.
    QByteArray keyHeader(const char *name)
    {
        const auto key = http::createKeyAndWait(http.access.keys(), name, http::Role::Edit, "default");
        return "Authorization: Bearer " + QByteArray::fromStdString(key->secret) + "\r\n";
    }
};

} // namespace

class DashboardRoutesTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsWhatIsPosted()
    {
        Fixture f;
        const ApiAnswer made =
            f.ask("POST", {},
                  "{\"title\":\"Shop\",\"panels\":[{\"title\":\"Up\",\"queries\":[{\"expr\":\"up\"}]}]}");
        QCOMPARE(made.status, 201);
        QCOMPARE(made.body["version"].toInt(), 1);
        QCOMPARE(made.body["created_ms"].toInteger(), 1'700'000'000'000);
        QCOMPARE(made.body["created_by"].toString(), QString("this machine"));
        QCOMPARE(made.body["updated_by"].toString(), QString("this machine"));
        QVERIFY(!made.body.contains("metrics"));
        const QByteArray one = '/' + made.body["id"].toString().toUtf8();
        QCOMPARE(f.ask("GET", one).body, made.body);
        QCOMPARE(f.ask("DELETE", one).status, 204);
        QCOMPARE(f.ask("GET", one).status, 404);
        QCOMPARE(f.ask("DELETE", one).status, 404);
        QCOMPARE(f.removed, QStringList{made.body["id"].toString()});
    }

    void changesCarryAVersion()
    {
        Fixture f;
        const QByteArray one = '/' + f.make("A");
        QCOMPARE(f.ask("PUT", one, "{\"title\":\"B\"}").code(), QString("unprocessable"));
        const QByteArray mara = f.keyHeader("Mara");
        f.http.clock.advance(60'000);
        const ApiAnswer put = f.ask("PUT", one, "{\"title\":\"B\",\"version\":1}", mara);
        QCOMPARE(put.status, 200);
        QCOMPARE(put.body["version"].toInt(), 2);
        QCOMPARE(put.body["updated_by"].toString(), QString("key Mara"));
        QCOMPARE(put.body["created_by"].toString(), QString("this machine"));
        QCOMPARE(put.body["updated_ms"].toInteger() - put.body["created_ms"].toInteger(), 60'000);
        f.http.clock.advance(150'000);
        const ApiAnswer late = f.ask("PUT", one, "{\"title\":\"C\",\"version\":1}");
        QCOMPARE(late.status, 409);
        QCOMPARE(late.code(), QString("conflict"));
        QCOMPARE(late.message(), QString("Key Mara saved this dashboard 2 min ago."));
        QCOMPARE(late.body["current"].toObject()["version"].toInt(), 2);
        QCOMPARE(late.body["current"].toObject()["updated_by"].toString(), QString("key Mara"));
        QCOMPARE(f.ask("GET", one).body["title"].toString(), QString("B"));
    }

    void patchesMergeFields()
    {
        Fixture f;
        const QByteArray one = '/' + f.make("A", ",\"description\":\"d\",\"refresh\":\"30s\"");
        QCOMPARE(f.ask("PATCH", one, "{\"title\":\"B\"}").code(), QString("unprocessable"));
        const ApiAnswer patched = f.ask("PATCH", one, "{\"title\":\"B\",\"refresh\":null,\"version\":1}");
        QCOMPARE(patched.status, 200);
        QCOMPARE(patched.body["title"].toString(), QString("B"));
        QCOMPARE(patched.body["description"].toString(), QString("d"));
        QCOMPARE(patched.body["refresh"].toString(), QString("live"));
        QCOMPARE(f.ask("PATCH", one, "{\"title\":\"\",\"version\":2}").status, 422);
        // Pinning concerns nobody who edits.
        const ApiAnswer pinned = f.ask("PATCH", one, "{\"pinned\":true}");
        QCOMPARE(pinned.status, 200);
        QCOMPARE(pinned.body["version"].toInt(), 2);
        QCOMPARE(f.titles("?pinned=true"), QString("B"));
        QCOMPARE(f.ask("PATCH", one, "{\"title\":\"C\",\"version\":2}").status, 200);
        QVERIFY(f.ask("GET", one).body["pinned"].toBool());
    }

    /// Of many who save at once from the same version one wins, and the others are told.
    void oneOfManyWins()
    {
        Fixture f;
        const QByteArray one = '/' + f.make("A");
        std::atomic<int> won = 0;
        std::atomic<int> lost = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 8; i++) {
            threads.emplace_back([&, i] {
                const int status =
                    f.ask("PUT", one, "{\"title\":\"" + QByteArray::number(i) + "\",\"version\":1}").status;
                won += status == 200;
                lost += status == 409;
            });
        }
        for (std::thread &thread : threads)
            thread.join();
        QCOMPARE(won.load(), 1);
        QCOMPARE(lost.load(), 7);
        QCOMPARE(f.ask("GET", one).body["version"].toInt(), 2);
    }

    void listsByTitle()
    {
        Fixture f;
        for (const char *title : {"b", "C", "a", "\\u00e4", "a"})
            f.make(title);
        QCOMPARE(f.titles(), QString("a,a,b,C,ä"));
        QString all;
        QByteArray cursor;
        for (int page = 0; page < 3; page++) {
            const ApiAnswer answer = f.ask("GET", "?limit=2&cursor=" + cursor);
            const QJsonArray items = answer.body["items"].toArray();
            for (const auto &item : items)
                all += item.toObject()["title"].toString();
            cursor = answer.body["next_cursor"].toString().toUtf8();
        }
        QCOMPARE(all, QString("aabCä"));
        QVERIFY(cursor.isEmpty());
        QCOMPARE(f.ask("GET", "?limit=0").status, 400);
        QCOMPARE(f.ask("GET", "?limit=501").status, 400);
    }

    void listsTellTheShape()
    {
        Fixture f;
        const QByteArray id =
            f.make("A", ",\"panels\":[{\"kind\":\"stat\",\"queries\":[{\"expr\":\"sum(up)\"}]}]");
        QJsonObject item = f.ask("GET", {}).body["items"].toArray()[0].toObject();
        QCOMPARE(item["shape"].toArray(),
                 (QJsonArray{QJsonObject{{"kind", "stat"}, {"x", 0}, {"y", 0}, {"w", 6}, {"h", 8}}}));
        QCOMPARE(item["metrics"].toArray(), QJsonArray{"up"});
        QVERIFY(!item.contains("panels") && !item.contains("variables"));
        // What it keeps of a dashboard does not outlive a change.
        QCOMPARE(f.ask("PUT", '/' + id, "{\"title\":\"B\",\"version\":1}").status, 200);
        item = f.ask("GET", {}).body["items"].toArray()[0].toObject();
        QCOMPARE(item["title"].toString(), QString("B"));
        QVERIFY(item["shape"].toArray().isEmpty());
    }

    void refusesWhatIsWrong()
    {
        Fixture f;
        QCOMPARE(f.ask("POST", {}, "{").status, 400);
        QCOMPARE(f.ask("POST", {}, "[]").status, 400);
        QCOMPARE(f.ask("POST", {}, "{}").status, 422);
        QCOMPARE(f.ask("PUT", "/none", "{\"title\":\"A\",\"version\":1}").status, 404);
        QCOMPARE(f.ask("PATCH", "/none", "{\"pinned\":true}").status, 404);
        QCOMPARE(f.ask("GET", "/none/export").status, 404);
        QCOMPARE(f.titles(), QString());
    }

    void atMostFiveHundred()
    {
        Fixture f;
        for (size_t i = 0; i < Dashboards::maxKept; i++)
            f.http.documents.put(defaultProject, "dashboards", {std::to_string(i), "{\"title\":\"x\"}", 0},
                                 {});
        const ApiAnswer refused = f.ask("POST", {}, "{\"title\":\"A\"}");
        QCOMPARE(refused.status, 422);
        QVERIFY(refused.message().contains("500 dashboards"));
        f.http.documents.remove(defaultProject, "dashboards", "7", {});
        QCOMPARE(f.ask("POST", {}, "{\"title\":\"A\"}").status, 201);
    }

    void exportsComeBack()
    {
        Fixture f;
        const QByteArray id =
            f.make("Shop & \\u00fcber", ",\"pinned\":true,\"panels\":[{\"id\":\"x\",\"title\":\"P\"}]");
        const ApiAnswer file = f.ask("GET", '/' + id + "/export");
        QCOMPARE(file.status, 200);
        QCOMPARE(file.headers.at("content-disposition"),
                 QByteArray("attachment; filename=\"shop-ber.json\""));
        QCOMPARE(file.body["plimsoll_dashboard"].toInt(), 1);
        for (const char *own : {"id", "version", "created_ms", "updated_by", "metrics", "pinned"})
            QVERIFY2(!file.body.contains(QLatin1String(own)), own);
        const ApiAnswer again = f.ask("POST", "/import", file.raw);
        QCOMPARE(again.status, 201);
        QVERIFY(again.body["id"].toString().toUtf8() != id);
        QCOMPARE(again.body["dashboard"].toObject()["panels"].toArray(),
                 f.ask("GET", '/' + id).body["panels"].toArray());
        QCOMPARE(again.body["report"].toObject()["source"].toString(), QString("plimsoll"));
    }

    void aDryRunMakesNothing()
    {
        Fixture f;
        const QByteArray grafana =
            "{\"title\":\"G\",\"schemaVersion\":39,\"panels\":[{\"type\":\"stat\",\"title\":\"Up\","
            "\"targets\":[{\"expr\":\"up\"}]}]}";
        const ApiAnswer dry = f.ask("POST", "/import?dry_run=true", grafana);
        QCOMPARE(dry.status, 200);
        QVERIFY(dry.body["id"].isNull());
        QCOMPARE(dry.body["dashboard"].toObject()["title"].toString(), QString("G"));
        QCOMPARE(f.titles(), QString());
        const ApiAnswer real = f.ask("POST", "/import", grafana);
        QCOMPARE(real.status, 201);
        QCOMPARE(real.body["report"].toObject()["panels"].toArray(),
                 dry.body["report"].toObject()["panels"].toArray());
        QCOMPARE(real.body["dashboard"].toObject()["id"], real.body["id"]);
        QCOMPARE(f.titles(), QString("G"));
        QCOMPARE(f.ask("POST", "/import", "{}").status, 422);
        QCOMPARE(f.ask("POST", "/import", QByteArray((5 << 20) + 1, ' ')).status, 413);
    }
};

QTEST_GUILESS_MAIN(DashboardRoutesTest)
#include "DashboardRoutesTest.moc"
