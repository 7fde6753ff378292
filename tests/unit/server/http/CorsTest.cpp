#include "tests/support/HttpFixture.h"
#include "tests/support/RawClient.h"
#include "tests/support/TestRoutes.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::http;
using namespace plimsoll::tests;

namespace {

const QByteArray app = "https://app.example.com";
const QByteArray stranger = "https://evil.example.com";

} // namespace

/// What pages of other sites may do: nothing unless they are listed, and never more than reading and sending
/// samples, with a key of their own.
class CorsTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<HttpFixture> m_http;

    void start(const char *origins)
    {
        const auto cors = Cors::parse(origins);
        QVERIFY2(cors.ok(), cors ? "" : cors.error().message.c_str());
        m_http = std::make_unique<HttpFixture>();
        m_http->cors = *cors;
        for (const auto &[path, access] : {std::pair<const char *, http::Access>{"/read", http::Access::Read},
                                           {"/ingest", http::Access::Ingest},
                                           {"/edit", http::Access::Edit},
                                           {"/admin", http::Access::Admin},
                                           {"/public", http::Access::Public}}) {
            for (const Method method : {Method::Get, Method::Post})
                addRoute(m_http->router, method, path, echo, false, 1 << 20, access);
        }
        Route open;
        open.pattern = "/open";
        open.access = http::Access::Public;
        open.forOtherOrigins = true;
        open.handler = echo;
        m_http->router.add(std::move(open));
        m_http->start();
    }
    void setPassword()
    {
        const Status set = m_http->access.setPassword("correct horse battery");
        QVERIFY(set.ok());
    }
    QByteArray key(Role role)
    {
        const auto created = createKeyAndWait(m_http->access.keys(), "test", role, "default");
        return created ? "Authorization: Bearer " + QByteArray::fromStdString(created->secret) + "\r\n"
                       : QByteArray();
    }
    RawAnswer ask(const QByteArray &method, const QByteArray &path, const QByteArray &headers,
                  const QByteArray &host = "localhost") const
    {
        RawClient client(m_http->port());
        return client
            .ask(method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers +
                 "Content-Length: 0\r\n\r\n")
            .value_or(RawAnswer{});
    }
    RawAnswer from(const QByteArray &origin, const QByteArray &path, const QByteArray &headers = {},
                   const QByteArray &host = "localhost") const
    {
        return ask("GET", path, "Origin: " + origin + "\r\n" + headers, host);
    }
    RawAnswer preflight(const QByteArray &origin, const QByteArray &path,
                        const QByteArray &method = "GET") const
    {
        return ask("OPTIONS", path,
                   "Origin: " + origin + "\r\nAccess-Control-Request-Method: " + method +
                       "\r\nAccess-Control-Request-Headers: authorization\r\n");
    }

private Q_SLOTS:
    void cleanup() { m_http.reset(); }

    void readsOrigins_data()
    {
        QTest::addColumn<QString>("list");
        QTest::addColumn<bool>("valid");
        QTest::newRow("none") << "" << true;
        QTest::newRow("one") << "https://app.example.com" << true;
        QTest::newRow("several") << "https://app.example.com, http://localhost:3000,http://[::1]:80" << true;
        QTest::newRow("all") << "*" << true;
        QTest::newRow("without scheme") << "app.example.com" << false;
        QTest::newRow("path") << "https://app.example.com/page" << false;
        QTest::newRow("slash") << "https://app.example.com/" << false;
        QTest::newRow("pattern") << "https://*.example.com" << false;
        QTest::newRow("scheme") << "file://disk" << false;
        QTest::newRow("opaque") << "null" << false;
        QTest::newRow("user") << "https://a@example.com" << false;
    }
    void readsOrigins()
    {
        QFETCH(const QString, list);
        const auto cors = Cors::parse(list.toStdString());
        QTEST(cors.ok(), "valid");
        if (!cors)
            QVERIFY(!cors.error().hint.empty());
    }

    void saysNothingUnlessAsked()
    {
        start("");
        setPassword();
        const RawAnswer answer = from(app, "/read", key(Role::Read));
        QCOMPARE(answer.status, 200);
        QVERIFY(!answer.hasHeader("Access-Control-Allow-Origin"));
        QVERIFY(!answer.hasHeader("Vary"));
        QCOMPARE(preflight(app, "/read").status, 403);
        QVERIFY(!preflight(app, "/read").hasHeader("Access-Control-Allow-Origin"));
    }

    void listedPagesReadAndSend()
    {
        start("https://app.example.com,http://localhost:3000");
        setPassword();
        for (const char *path : {"/read", "/ingest"}) {
            const RawAnswer answer = from("https://APP.example.com", path, key(Role::Admin));
            QCOMPARE(answer.status, 200);
            QCOMPARE(answer.header("Access-Control-Allow-Origin"), QByteArray("https://APP.example.com"));
            QCOMPARE(answer.header("Vary"), QByteArray("Origin"));
            QVERIFY(!answer.hasHeader("Access-Control-Allow-Credentials"));
        }
        // Without a key the page can at least read why.
        const RawAnswer refused = from(app, "/read");
        QCOMPARE(refused.status, 401);
        QCOMPARE(refused.header("Access-Control-Allow-Origin"), app);
    }

    void othersReadNothing()
    {
        start("https://app.example.com");
        setPassword();
        for (const QByteArray &origin :
             {stranger, QByteArray("https://app.example.com.evil.com"), QByteArray("http://app.example.com"),
              QByteArray("https://app.example.com:444"), QByteArray("null")}) {
            const RawAnswer answer = from(origin, "/read", key(Role::Read));
            QVERIFY(!answer.hasHeader("Access-Control-Allow-Origin"));
            QCOMPARE(answer.header("Vary"), QByteArray("Origin"));
            QCOMPARE(preflight(origin, "/read").status, 403);
        }
        const RawAnswer plain = ask("GET", "/read", key(Role::Read));
        QCOMPARE(plain.header("Vary"), QByteArray("Origin"));
        QVERIFY(!plain.hasHeader("Access-Control-Allow-Origin"));
    }

    void settingsStayClosed()
    {
        start("*,https://app.example.com");
        setPassword();
        for (const char *path : {"/edit", "/admin", "/public"}) {
            QVERIFY(!from(app, path, key(Role::Admin)).hasHeader("Access-Control-Allow-Origin"));
            for (const char *method : {"GET", "POST"}) {
                const RawAnswer answer = preflight(app, path, method);
                QCOMPARE(answer.status, 403);
                QVERIFY(!answer.hasHeader("Access-Control-Allow-Origin"));
            }
        }
    }

    void everyPageMayReadWhereAllAreNamed()
    {
        start("*");
        setPassword();
        for (const char *path : {"/read", "/open"}) {
            const RawAnswer answer = from(stranger, path, key(Role::Read));
            QCOMPARE(answer.status, 200);
            QCOMPARE(answer.header("Access-Control-Allow-Origin"), QByteArray("*"));
            QVERIFY(!answer.hasHeader("Access-Control-Allow-Credentials"));
        }
        QVERIFY(!from(stranger, "/ingest", key(Role::Ingest)).hasHeader("Access-Control-Allow-Origin"));
        QCOMPARE(preflight(stranger, "/ingest", "POST").status, 403);
    }

    void answersPreflights()
    {
        start("https://app.example.com");
        setPassword();
        const RawAnswer answer = preflight(app, "/ingest", "POST");
        QCOMPARE(answer.status, 204);
        QCOMPARE(answer.header("Access-Control-Allow-Origin"), app);
        QCOMPARE(answer.header("Access-Control-Allow-Methods"), QByteArray("POST"));
        QVERIFY(answer.header("Access-Control-Allow-Headers").contains("Authorization"));
        QVERIFY(answer.header("Vary").contains("Origin"));
        QVERIFY(!answer.hasHeader("Access-Control-Allow-Credentials"));
        QCOMPARE(preflight(app, "/nowhere").status, 404);
        QCOMPARE(preflight(app, "/read", "DELETE").status, 405);
        // Without the headers of a preflight it is an ordinary request that nothing takes.
        QCOMPARE(ask("OPTIONS", "/read", {}).status, 405);
    }

    void connectionsGoOnAfterPreflights()
    {
        start("https://app.example.com");
        setPassword();
        RawClient client(m_http->port());
        const auto first = client.ask("OPTIONS /read HTTP/1.1\r\nHost: localhost\r\nOrigin: " + app +
                                      "\r\nAccess-Control-Request-Method: GET\r\n\r\n");
        QVERIFY(first && first->status == 204);
        const auto second = client.ask("GET /read HTTP/1.1\r\nHost: localhost\r\nOrigin: " + app + "\r\n" +
                                       key(Role::Read) + "\r\n");
        QVERIFY(second && second->status == 200);
        // What one request was granted does not cling to the next.
        const auto third =
            client.ask("GET /nowhere HTTP/1.1\r\nHost: localhost\r\nOrigin: " + app + "\r\n\r\n");
        QVERIFY(third && third->status == 404);
        QVERIFY(!third->hasHeader("Access-Control-Allow-Origin"));
    }

    /// Open loopback lets no foreign page in without a key, whatever the setting says: DESIGN section 7.
    void openLoopbackStaysShut()
    {
        start("*,https://app.example.com");
        for (const QByteArray &origin : {app, stranger}) {
            const RawAnswer answer = from(origin, "/read");
            QCOMPARE(answer.status, 403);
            QCOMPARE(QJsonDocument::fromJson(answer.body)["error"]["code"].toString(),
                     QStringLiteral("foreign_origin"));
        }
        QCOMPARE(ask("GET", "/read", {}, "rebound.example.com").status, 403);
        QCOMPARE(from("http://rebound.example.com", "/read", {}, "rebound.example.com").status, 403);
        QCOMPARE(ask("GET", "/read", "Sec-Fetch-Site: cross-site\r\n").status, 403);
        QCOMPARE(ask("GET", "/read", {}).status, 200);
        const RawAnswer withKey = from(app, "/read", key(Role::Read));
        QCOMPARE(withKey.status, 200);
        QCOMPARE(withKey.header("Access-Control-Allow-Origin"), QByteArray("*"));
    }
};

QTEST_GUILESS_MAIN(CorsTest)
#include "CorsTest.moc"
