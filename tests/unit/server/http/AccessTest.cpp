#include "tests/support/HttpFixture.h"
#include "tests/support/RawClient.h"
#include "tests/support/TestRoutes.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QNetworkInterface>
#include <QNetworkProxy>
#include <QRegularExpression>
#include <QTcpSocket>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::http;
using namespace plimsoll::tests;

namespace {

constexpr const char *password = "correct horse battery";

QJsonObject objectOf(const RawAnswer &answer) { return QJsonDocument::fromJson(answer.body).object(); }

QString codeOf(const RawAnswer &answer)
{
    return objectOf(answer).value("error").toObject().value("code").toString();
}

QByteArray json(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }

} // namespace

/// Who gets in: open loopback, password, sessions, keys, and how guessing is slowed down.
class AccessTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<HttpFixture> m_http;

    RawAnswer ask(const QByteArray &method, const QByteArray &path, const QByteArray &headers = {},
                  const QByteArray &body = {}, const QByteArray &host = "localhost") const
    {
        RawClient client(m_http->port());
        const auto got = client.ask(method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers +
                                    "Content-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body);
        return got.value_or(RawAnswer{});
    }
    void setPassword()
    {
        const Status set = m_http->access.setPassword(password);
        QVERIFY(set.ok());
    }
    static QByteArray cookieOf(const RawAnswer &answer)
    {
        return "Cookie: other=1; " + answer.header("set-cookie").split(';').first() + "\r\n";
    }
    RawAnswer logIn(const char *with = password) const
    {
        return ask("POST", "/login", {}, json({{"password", with}}));
    }
    QByteArray csrfOf(const QByteArray &cookie) const
    {
        return "X-Plimsoll-Csrf: " +
               objectOf(ask("GET", "/api/app/session", cookie)).value("csrf").toString().toLatin1() + "\r\n";
    }
    std::string makeKey(Role role)
    {
        const auto created = createKeyAndWait(m_http->access.keys(), "test", role, "default");
        return created ? created->secret : std::string();
    }
    static QByteArray bearer(const std::string &key)
    {
        return "Authorization: Bearer " + QByteArray::fromStdString(key) + "\r\n";
    }

private Q_SLOTS:
    void init()
    {
        m_http = std::make_unique<HttpFixture>();
        const auto whoAmI = [](const RequestPtr &request, Reply reply) {
            reply.send(
                Response::text(QByteArray::fromStdString(std::string(roleName(request->principal.role))) +
                               " " + QByteArray::fromStdString(request->principal.keyId)));
        };
        for (const auto &[path, access] :
             {std::pair<const char *, http::Access>{"/need/public", http::Access::Public},
              {"/need/ingest", http::Access::Ingest},
              {"/need/read", http::Access::Read},
              {"/need/edit", http::Access::Edit},
              {"/need/admin", http::Access::Admin},
              {"/metrics/table", http::Access::Read},
              {"/metrics/change", http::Access::Edit}}) {
            for (const Method method : {Method::Get, Method::Post})
                addRoute(m_http->router, method, path, whoAmI, false, 1000, access);
        }
        m_http->start("*:0");
    }
    void cleanup() { m_http.reset(); }

    void isOpenOnLoopbackUntilAPasswordExists()
    {
        const QJsonObject session = objectOf(ask("GET", "/api/app/session"));
        QCOMPARE(session.value("open_loopback").toBool(), true);
        QCOMPARE(session.value("password_set").toBool(true), false);
        QCOMPARE(session.value("authenticated").toBool(), true);
        QCOMPARE(session.value("role").toString(), QString("admin"));
        QVERIFY(session.value("csrf").isNull());
        QCOMPARE(session.value("host").toString(), QString("test"));
        for (const QByteArray host :
             {"localhost", "LOCALHOST:9510", "127.0.0.1", "127.1.2.3:80", "[::1]:9510", "app.localhost"})
            QCOMPARE(ask("POST", "/need/admin", {}, {}, host).status, 200);
        QCOMPARE(ask("POST", "/need/admin", "Origin: http://localhost:9510\r\n", {}, "localhost:9510").status,
                 200);
    }

    void refusesWhatBrowsersAndProxiesBring_data()
    {
        QTest::addColumn<QByteArray>("host");
        QTest::addColumn<QByteArray>("headers");
        QTest::newRow("rebound name") << QByteArray("evil.example:9510") << QByteArray();
        QTest::newRow("rebound, trailing dot") << QByteArray("evil.localhost.example") << QByteArray();
        QTest::newRow("foreign address") << QByteArray("192.0.2.7") << QByteArray();
        QTest::newRow("number that looks local") << QByteArray("127.0.0.1.evil.example") << QByteArray();
        QTest::newRow("foreign origin")
            << QByteArray("localhost") << QByteArray("Origin: https://evil.example\r\n");
        QTest::newRow("origin of another port")
            << QByteArray("localhost:9510") << QByteArray("Origin: http://localhost:3000\r\n");
        QTest::newRow("null origin") << QByteArray("localhost") << QByteArray("Origin: null\r\n");
        QTest::newRow("cross-site without origin")
            << QByteArray("localhost") << QByteArray("Sec-Fetch-Site: cross-site\r\n");
        for (const char *name :
             {"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via"})
            QTest::newRow(name) << QByteArray("localhost") << QByteArray(name) + ": x\r\n";
    }
    void refusesWhatBrowsersAndProxiesBring()
    {
        QFETCH(QByteArray, host);
        QFETCH(QByteArray, headers);
        for (const QByteArray path : {"/need/ingest", "/need/read", "/need/admin", "/api/app/keys"}) {
            for (const QByteArray method : {"GET", "POST"}) {
                const RawAnswer got = ask(method, path, headers, {}, host);
                QCOMPARE(got.status, 403);
                QVERIFY(!objectOf(got).value("error").toObject().value("hint").toString().isEmpty());
            }
        }
        QCOMPARE(ask("GET", "/need/public", headers, {}, host).body, QByteArray(" "));
        const QJsonObject session = objectOf(ask("GET", "/api/app/session", headers, {}, host));
        QCOMPARE(session.value("open_loopback").toBool(true), false);
        QCOMPARE(session.value("authenticated").toBool(true), false);
        QVERIFY(session.value("role").isNull());
        // A key opens it even so.
        QCOMPARE(ask("GET", "/need/read", headers + bearer(makeKey(Role::Read)), {}, host).status, 200);
    }

    void refusesOtherMachinesUntilAPasswordExists()
    {
        QHostAddress own;
        for (const QHostAddress &address : QNetworkInterface::allAddresses()) {
            if (!address.isLoopback() && address.protocol() == QAbstractSocket::IPv4Protocol)
                own = address;
        }
        if (own.isNull())
            QSKIP("this machine has no address but loopback");
        const auto askFromOutside = [&](const QByteArray &request) {
            QTcpSocket socket;
            socket.setProxy(QNetworkProxy::NoProxy);
            socket.connectToHost(own, m_http->port());
            socket.waitForConnected(10'000);
            socket.write(request);
            QByteArray got;
            while (socket.waitForReadyRead(10'000))
                got += socket.readAll();
            return got;
        };
        const QByteArray close = "Connection: close\r\n";
        QVERIFY(askFromOutside(get("/need/read", close)).startsWith("HTTP/1.1 403"));
        QVERIFY(askFromOutside(get("/need/read", close)).contains("password_required"));
        QVERIFY(askFromOutside(get("/need/public", close)).startsWith("HTTP/1.1 200"));
        setPassword();
        QVERIFY(askFromOutside(get("/need/read", close)).startsWith("HTTP/1.1 401"));
        QVERIFY(askFromOutside(get("/need/read", close + bearer(makeKey(Role::Read))))
                    .startsWith("HTTP/1.1 200"));
    }

    void expiredKeysOpenNothing()
    {
        setPassword();
        KeyWish wish;
        wish.name = "short";
        wish.role = Role::Read;
        wish.expiresMs = m_http->clock.nowMs() + 60'000;
        const QByteArray key = bearer(createKeyAndWait(m_http->access.keys(), wish)->secret);
        QCOMPARE(ask("GET", "/need/read", key).status, 200);
        m_http->clock.advance(60'000);
        const RawAnswer got = ask("GET", "/need/read", key);
        QCOMPARE(got.status, 401);
        QVERIFY(got.body.contains("has expired"));
        QCOMPARE(ask("GET", "/need/public", key).status, 200);
    }

    /// A key says whose data it is also where none is needed; one that works no more leads nowhere else.
    void openLoopbackKeepsProjectsApart()
    {
        QCOMPARE(ask("POST", "/api/app/projects", {}, json({{"name", "shop"}})).status, 201);
        const RawAnswer made =
            ask("POST", "/api/app/keys", {}, json({{"name", "a"}, {"role", "ingest"}, {"project", "shop"}}));
        const QByteArray key = bearer(objectOf(made)["key"].toString().toStdString());
        QCOMPARE(objectOf(ask("GET", "/api/app/session", key))["project"].toString(), QString("shop"));
        QCOMPARE(codeOf(ask("GET", "/need/read?project=default", key)), QString("foreign_project"));
        QCOMPARE(objectOf(ask("GET", "/api/app/session?project=shop"))["project"].toString(),
                 QString("shop"));
        QCOMPARE(ask("GET", "/need/read?project=nowhere").status, 404);
        QCOMPARE(ask("DELETE", "/api/app/keys/" + objectOf(made)["id"].toString().toLatin1()).status, 204);
        QCOMPARE(ask("POST", "/need/ingest", key).status, 401);
        QCOMPARE(ask("POST", "/need/ingest", bearer("plm_default_gone")).status, 200);
        QCOMPARE(ask("POST", "/need/ingest", bearer("whatever")).status, 200);
    }

    void closesOnceAPasswordIsSet()
    {
        QCOMPARE(ask("PUT", "/api/app/password", {}, json({{"password", "too short"}})).status, 422);
        QCOMPARE(ask("PUT", "/api/app/password", {}, "nonsense").status, 400);
        QCOMPARE(ask("POST", "/login", {}, json({{"password", password}})).status, 409);
        QCOMPARE(ask("GET", "/need/read").status, 200);
        const RawAnswer set = ask("PUT", "/api/app/password", {}, json({{"password", password}}));
        QCOMPARE(set.status, 204);
        const QByteArray cookie = set.header("set-cookie");
        QVERIFY(cookie.contains("; HttpOnly"));
        QVERIFY(cookie.contains("; SameSite=Strict"));
        QVERIFY(!cookie.contains("; Secure"));
        for (const QByteArray path : {"/need/ingest", "/need/read", "/need/edit", "/need/admin"})
            QCOMPARE(ask("GET", path).status, 401);
        QCOMPARE(ask("GET", "/need/public").status, 200);
        QCOMPARE(ask("PUT", "/api/app/password", {}, json({{"password", "another password"}})).status, 401);
        QCOMPARE(ask("GET", "/need/admin", cookieOf(set)).body, QByteArray("admin "));
        const QJsonObject session = objectOf(ask("GET", "/api/app/session", cookieOf(set)));
        QCOMPARE(session.value("authenticated").toBool(), true);
        QCOMPARE(session.value("open_loopback").toBool(true), false);
        QCOMPARE(session.value("csrf").toString().size(), 43);
        const auto stored = m_http->documents.get(0, "access", "admin");
        QVERIFY(stored.ok());
        QVERIFY(stored->body.find("$argon2id$") != std::string::npos);
        QVERIFY(stored->body.find(password) == std::string::npos);
    }

    void sessionsNeedTheirCsrfHeader()
    {
        setPassword();
        const RawAnswer in = logIn();
        QCOMPARE(in.status, 200);
        QCOMPARE(objectOf(in).value("role").toString(), QString("admin"));
        const QByteArray cookie = cookieOf(in);
        const QByteArray csrf = csrfOf(cookie);
        QCOMPARE(ask("GET", "/need/admin", cookie).status, 200);
        QCOMPARE(ask("POST", "/need/admin", cookie).status, 403);
        QCOMPARE(codeOf(ask("POST", "/need/admin", cookie)), QString("csrf"));
        QCOMPARE(ask("POST", "/need/admin", cookie + "X-Plimsoll-Csrf: wrong\r\n").status, 403);
        QCOMPARE(ask("POST", "/need/admin", cookie + csrf).status, 200);
        QCOMPARE(ask("POST", "/need/admin", cookie + csrf + "Origin: https://evil.example\r\n").status, 403);
        const QByteArray other = cookieOf(logIn());
        QCOMPARE(ask("POST", "/need/admin", other + csrf).status, 403);
        QCOMPARE(ask("POST", "/logout", cookie).status, 403);
        const RawAnswer out = ask("POST", "/logout", cookie + csrf);
        QCOMPARE(out.status, 204);
        QVERIFY(out.header("set-cookie").contains("Max-Age=0"));
        QCOMPARE(ask("GET", "/need/admin", cookie).status, 401);
        QCOMPARE(ask("GET", "/need/admin", other).status, 200);
        QCOMPARE(ask("GET", "/need/admin", "Cookie: plimsoll_session=nonsense\r\n").status, 401);
    }

    void slowsDownPasswordGuessing()
    {
        setPassword();
        for (int i = 0; i < 5; i++) {
            const RawAnswer wrong = logIn("wrong password");
            QCOMPARE(wrong.status, 401);
            QCOMPARE(codeOf(wrong), QString("wrong_password"));
        }
        const RawAnswer limited = logIn();
        QCOMPARE(limited.status, 429);
        QCOMPARE(limited.header("retry-after"), QByteArray("60"));
        m_http->clock.advance(59'000);
        QCOMPARE(logIn().status, 429);
        m_http->clock.advance(1'001);
        QCOMPARE(logIn().status, 200);
        for (int i = 0; i < 8; i++) { // right ones do not count
            QCOMPARE(logIn().status, 200);
        }
        QCOMPARE(
            ask("POST", "/login", "Origin: https://evil.example\r\n", json({{"password", password}})).status,
            403);
    }

    void slowsDownKeyGuessing()
    {
        setPassword();
        const std::string right = makeKey(Role::Read);
        for (int i = 0; i < 5; i++)
            QCOMPARE(ask("GET", "/need/read", bearer("plm_default_guess")).status, 401);
        const RawAnswer limited = ask("GET", "/need/read", bearer("plm_default_guess"));
        QCOMPARE(limited.status, 429);
        QVERIFY(limited.header("retry-after").toInt() > 0);
        QCOMPARE(ask("GET", "/need/read", bearer(right)).status, 200);
        m_http->clock.advance(60'001);
        QCOMPARE(ask("GET", "/need/read", bearer("plm_default_guess")).status, 401);
    }

    /// Spreadsheets cannot send headers: a read key may stand in the address of the plain reading endpoints.
    void readKeysMayStandInAddresses()
    {
        setPassword();
        const QByteArray read = QByteArray::fromStdString(makeKey(Role::Read));
        const QByteArray admin = QByteArray::fromStdString(makeKey(Role::Admin));
        QCOMPARE(ask("GET", "/metrics/table?a=1&key=" + read).status, 200);
        QCOMPARE(ask("GET", "/metrics/table?key=" + admin).status, 403);
        QCOMPARE(ask("GET", "/metrics/table?key=plm_default_wrong").status, 401);
        QCOMPARE(ask("GET", "/metrics/table").status, 401);
        QCOMPARE(ask("GET", "/need/read?key=" + read).status, 401);
        QCOMPARE(ask("GET", "/metrics/change?key=" + read).status, 401);
    }

    void keysHaveRoles_data()
    {
        QTest::addColumn<QString>("role");
        QTest::addColumn<QList<int>>("statuses"); // of ingest, read, edit, admin
        QTest::newRow("ingest") << "ingest" << QList<int>{200, 403, 403, 403};
        QTest::newRow("read") << "read" << QList<int>{403, 200, 403, 403};
        QTest::newRow("edit") << "edit" << QList<int>{200, 200, 200, 403};
        QTest::newRow("admin") << "admin" << QList<int>{200, 200, 200, 200};
    }
    void keysHaveRoles()
    {
        QFETCH(QString, role);
        QFETCH(QList<int>, statuses);
        setPassword();
        const QByteArray cookie = cookieOf(logIn());
        const RawAnswer made =
            ask("POST", "/api/app/keys", cookie + csrfOf(cookie), json({{"name", "laptop"}, {"role", role}}));
        QCOMPARE(made.status, 201);
        const QString key = objectOf(made).value("key").toString();
        const QString id = objectOf(made).value("id").toString();
        QVERIFY(QRegularExpression("^plm_default_[A-Za-z0-9_-]{43}$").match(key).hasMatch());
        QVERIFY(key.startsWith(objectOf(made).value("prefix").toString()));
        const QByteArray paths[] = {"/need/ingest", "/need/read", "/need/edit", "/need/admin"};
        const QByteArray basic = ("user:" + key).toLatin1().toBase64();
        for (const QByteArray &header : {"Bearer " + key.toLatin1(), "bearer " + key.toLatin1(),
                                         "Token " + key.toLatin1(), "Basic " + basic}) {
            for (int i = 0; i < 4; i++) {
                const RawAnswer got = ask("POST", paths[i], "Authorization: " + header + "\r\n");
                QCOMPARE(got.status, statuses[i]);
                if (got.status == 200)
                    QCOMPARE(got.body, (role + " " + id).toLatin1());
                else
                    QVERIFY(got.body.contains(role.toLatin1()));
            }
        }
        QCOMPARE(ask("DELETE", "/api/app/keys/" + id.toLatin1(), cookie + csrfOf(cookie)).status, 204);
        QCOMPARE(ask("POST", "/need/ingest", "Authorization: Bearer " + key.toLatin1() + "\r\n").status, 401);
        QCOMPARE(ask("DELETE", "/api/app/keys/" + id.toLatin1(), cookie + csrfOf(cookie)).status, 404);
    }

    void listsKeysWithoutTheirText()
    {
        QCOMPARE(ask("POST", "/api/app/keys", {}, json({{"name", ""}, {"role", "read"}})).status, 422);
        QCOMPARE(ask("POST", "/api/app/keys", {}, json({{"name", "a"}, {"role", "king"}})).status, 422);
        QCOMPARE(ask("POST", "/api/app/keys", {}, json({{"name", "a"}, {"role", "read"}})).status, 201);
        const RawAnswer welcome = ask("POST", "/api/app/welcome-key");
        QCOMPARE(welcome.status, 201);
        const QByteArray key = objectOf(welcome).value("key").toString().toLatin1();
        const RawAnswer list = ask("GET", "/api/app/keys");
        const QJsonArray items = objectOf(list).value("items").toArray();
        QCOMPARE(items.size(), 2);
        QVERIFY(!list.body.contains(key));
        QVERIFY(objectOf(list).value("next_cursor").isNull());
        const auto stored = m_http->documents.list(0, "keys");
        QCOMPARE(stored->size(), size_t(2));
        for (const Document &document : *stored)
            QVERIFY(!QByteArray::fromStdString(document.body).contains(key));
        setPassword();
        QCOMPARE(ask("POST", "/need/ingest", "Authorization: Bearer " + key + "\r\n").status, 200);
        QCOMPARE(ask("POST", "/need/read", "Authorization: Bearer " + key + "\r\n").status, 403);
        for (const ApiKey &used : m_http->access.keys().list())
            QCOMPARE(used.lastUsedMs != 0, used.temporary);
    }

    void keepsFewUnusedWelcomeKeys()
    {
        for (int i = 0; i < 10; i++) {
            m_http->clock.advance(1);
            QCOMPARE(ask("POST", "/api/app/welcome-key").status, 201);
        }
        QVERIFY(m_http->access.keys().list().size() <= 4);
        QCOMPARE(m_http->documents.list(0, "keys")->size(), m_http->access.keys().list().size());
    }

    void changesThePassword()
    {
        setPassword();
        const QByteArray mine = cookieOf(logIn());
        const QByteArray other = cookieOf(logIn());
        const QByteArray csrf = csrfOf(mine);
        const char *next = "a much better password";
        QCOMPARE(
            ask("PUT", "/api/app/password", mine + csrf, json({{"password", next}, {"current", "wrong"}}))
                .status,
            401);
        QCOMPARE(ask("PUT", "/api/app/password", mine + csrf, json({{"password", next}})).status, 401);
        QCOMPARE(
            ask("PUT", "/api/app/password", mine + csrf, json({{"password", "short"}, {"current", password}}))
                .status,
            422);
        QCOMPARE(ask("GET", "/need/read", other).status, 200);
        const RawAnswer changed =
            ask("PUT", "/api/app/password", mine + csrf, json({{"password", next}, {"current", password}}));
        QCOMPARE(changed.status, 204);
        QCOMPARE(ask("GET", "/need/read", other).status, 401);
        QCOMPARE(ask("GET", "/need/read", mine).status, 401);
        QCOMPARE(ask("GET", "/need/read", cookieOf(changed)).status, 200);
        QCOMPARE(logIn().status, 401);
        QCOMPARE(logIn(next).status, 200);
    }

    void survivesARestart()
    {
        setPassword();
        const RawAnswer in = logIn();
        const std::string key = makeKey(Role::Edit);
        AccessControl again(m_http->documents, m_http->clock);
        QVERIFY(again.load());
        QVERIFY(again.passwordSet());
        QVERIFY(again.passwordMatches(password));
        QVERIFY(!again.passwordMatches("something else"));
        const auto found = again.keys().find(key);
        QVERIFY(found);
        QCOMPARE(found->role, Role::Edit);
        const std::string cookies = in.header("set-cookie").split(';').first().toStdString();
        const std::string token(Sessions::tokenIn(cookies).value_or(std::string_view()));
        QVERIFY(again.sessions().isValid(token));
        m_http->clock.advance(Sessions::idleMs + 1);
        QVERIFY(!again.sessions().isValid(token));
    }

    void sessionsEnd()
    {
        Sessions sessions(m_http->documents, m_http->clock);
        const std::string token = sessions.start();
        const int64_t day = 24 * 3600 * 1000;
        for (int i = 0; i < 30; i++) {
            QVERIFY(sessions.isValid(token));
            m_http->clock.advance(day);
        }
        m_http->clock.advance(1);
        QVERIFY(!sessions.isValid(token));
        sessions.start();
        QCOMPARE(m_http->documents.list(0, "sessions")->size(), size_t(1));
    }

    void refusesACorruptPassword()
    {
        QVERIFY(putAndWait(m_http->documents, 0, "access", {"admin", "{}", 0}).ok());
        AccessControl again(m_http->documents, m_http->clock);
        QVERIFY(!again.load());
    }

    void hashesOffTheEventLoop()
    {
        setPassword();
        std::vector<std::unique_ptr<RawClient>> logins;
        for (int i = 0; i < 12; i++) {
            logins.push_back(std::make_unique<RawClient>(m_http->port()));
            logins.back()->send(post("/login", json({{"password", password}})));
        }
        // While hashes are made, pages are answered: all of these came before the last hash was done.
        QCOMPARE(ask("GET", "/need/public").status, 200);
        int succeeded = 0;
        for (auto &login : logins) {
            const auto got = login->receive();
            QVERIFY(got);
            QVERIFY(got->status == 200 || got->status == 503 || got->status == 429);
            succeeded += got->status == 200;
        }
        QVERIFY(succeeded >= 1);
    }
};

QTEST_GUILESS_MAIN(AccessTest)
#include "AccessTest.moc"
