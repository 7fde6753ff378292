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
    RawAnswer logInAs(const char *name, const char *with = password) const
    {
        return ask("POST", "/login", {}, json({{"name", name}, {"password", with}}));
    }
    /// Cookie and CSRF word of a new session.
    QByteArray sessionOf(const char *name, const char *with = password) const
    {
        const QByteArray cookie = cookieOf(logInAs(name, with));
        return cookie + csrfOf(cookie);
    }
    User makeUser(const char *name, Role role, const QStringList &projects = {"*"})
    {
        ProjectGrant grant{projects.contains("*"), {}};
        for (const QString &project : projects) {
            if (const auto found = m_http->access.projects().find(std::string_view(project.toStdString())))
                grant.projects.insert(found->id);
        }
        const auto made = waitForUser([&](Users::Done done) {
            m_http->access.users().create({name, password, role, grant}, std::move(done));
        });
        return made ? *made : User();
    }
    void makeProject(const char *name)
    {
        m_http->access.projects().create(name, {}, [](const Result<Project> &) {});
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
              {"/need/appliance", http::Access::Appliance},
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
        QVERIFY(again.sessions().find(token).has_value());
        m_http->clock.advance(Sessions::idleMs + 1);
        QVERIFY(!again.sessions().find(token));
    }

    void sessionsEnd()
    {
        Sessions sessions(m_http->documents, m_http->clock);
        const std::string token = sessions.start("admin");
        const int64_t day = 24 * 3600 * 1000;
        for (int i = 0; i < 30; i++) {
            QVERIFY(sessions.find(token).has_value());
            m_http->clock.advance(day);
        }
        m_http->clock.advance(1);
        QVERIFY(!sessions.find(token));
        sessions.start("admin");
        QCOMPARE(m_http->documents.list(0, "sessions")->size(), size_t(1));
    }

    void refusesACorruptPassword()
    {
        QVERIFY(putAndWait(m_http->documents, 0, "access", {"admin", "{}", 0}).ok());
        AccessControl again(m_http->documents, m_http->clock);
        QVERIFY(!again.load());
    }

    void usersHaveRoles_data()
    {
        QTest::addColumn<QString>("role");
        QTest::addColumn<QList<int>>("statuses"); // of ingest, read, edit, admin, appliance
        QTest::newRow("read") << "read" << QList<int>{403, 200, 403, 403, 403};
        QTest::newRow("edit") << "edit" << QList<int>{200, 200, 200, 403, 403};
        QTest::newRow("admin") << "admin" << QList<int>{200, 200, 200, 200, 200};
    }
    void usersHaveRoles()
    {
        QFETCH(QString, role);
        QFETCH(QList<int>, statuses);
        setPassword();
        QCOMPARE(objectOf(ask("GET", "/api/app/session"))["names"].toBool(true), false);
        makeUser("mara", *roleNamed(role.toStdString()));
        QCOMPARE(objectOf(ask("GET", "/api/app/session"))["names"].toBool(), true);
        QVERIFY(objectOf(ask("GET", "/api/app/session"))["user"].isNull());
        const QByteArray mara = sessionOf("mara");
        const QByteArray paths[] = {"/need/ingest", "/need/read", "/need/edit", "/need/admin",
                                    "/need/appliance"};
        for (int i = 0; i < 5; i++) {
            for (const QByteArray method : {"GET", "POST"})
                QCOMPARE(ask(method, paths[i], mara).status, statuses[i]);
        }
        const QJsonObject session = objectOf(ask("GET", "/api/app/session", mara));
        QCOMPARE(session["user"].toObject()["name"].toString(), QString("mara"));
        QCOMPARE(session["caller"].toString(), QString("mara"));
        QCOMPARE(session["role"].toString(), role);
        QCOMPARE(session["roles"].toObject()["default"].toString(), role);
        QCOMPARE(session["projects"].toArray(), QJsonArray{"*"});
        QCOMPARE(session["appliance"].toBool(), role == u"admin");
    }

    /// What is changed of a user holds from the next request on.
    void changesOfAUserHoldAtOnce()
    {
        setPassword();
        const QByteArray admin = sessionOf("admin");
        const QByteArray id = QByteArray::fromStdString(makeUser("mara", Role::Read).id);
        const QByteArray mara = sessionOf("mara");
        const auto patch = [&](const QJsonObject &change) {
            return ask("PATCH", "/api/app/users/" + id, admin, json(change)).status;
        };
        QCOMPARE(ask("POST", "/need/edit", mara).status, 403);
        QCOMPARE(patch({{"role", "edit"}}), 200);
        QCOMPARE(ask("POST", "/need/edit", mara).status, 200);
        QCOMPARE(patch({{"role", "read"}}), 200);
        QCOMPARE(ask("POST", "/need/edit", mara).status, 403);
        makeProject("shop");
        QCOMPARE(patch({{"projects", QJsonArray{"shop"}}}), 200);
        QCOMPARE(objectOf(ask("GET", "/api/app/session", mara))["project"].toString(), QString("shop"));
        QCOMPARE(patch({{"disabled", true}}), 200);
        QCOMPARE(ask("GET", "/need/read", mara).status, 401);
        QCOMPARE(logInAs("mara").status, 401);
        QCOMPARE(patch({{"disabled", false}}), 200);
        QCOMPARE(ask("GET", "/need/read", mara).status, 401);
        const QByteArray again = sessionOf("mara");
        QCOMPARE(ask("DELETE", "/api/app/users/" + id, admin).status, 204);
        QCOMPARE(ask("GET", "/need/read", again).status, 401);
        QCOMPARE(patch({{"role", "edit"}}), 404);
    }

    void usersAreManagedOverHttp()
    {
        QCOMPARE(codeOf(ask("POST", "/api/app/users", {},
                            json({{"name", "mara"}, {"password", password}, {"role", "edit"}}))),
                 QString("no_password"));
        setPassword();
        const QByteArray admin = sessionOf("admin");
        const auto make = [&](const QJsonObject &wish) {
            return ask("POST", "/api/app/users", admin, json(wish));
        };
        for (const QJsonObject &wrong :
             {QJsonObject{{"name", "mara"}}, QJsonObject{{"name", "mara"}, {"password", "short"}},
              QJsonObject{{"name", "two words"}, {"password", password}},
              QJsonObject{{"name", "mara"}, {"password", password}, {"role", "ingest"}},
              QJsonObject{{"name", "mara"}, {"password", password}, {"projects", "default"}},
              QJsonObject{{"name", "mara"}, {"password", password}, {"projects", QJsonArray{"nowhere"}}},
              QJsonObject{{"name", "mara"}, {"password", password}, {"projects", QJsonArray()}},
              QJsonObject{{"name", QJsonArray{"mara"}}, {"password", password}}})
            QCOMPARE(make(wrong).status, 422);
        const RawAnswer made = make({{"name", "mara"}, {"password", password}});
        QCOMPARE(made.status, 201);
        QVERIFY(!made.body.contains("argon2"));
        QCOMPARE(objectOf(made)["role"].toString(), QString("read"));
        QCOMPARE(make({{"name", "MARA"}, {"password", password}}).status, 409);
        const RawAnswer list = ask("GET", "/api/app/users", admin);
        QVERIFY(!list.body.contains("argon2"));
        const QJsonArray items = objectOf(list)["items"].toArray();
        QCOMPARE(items.size(), 2);
        QCOMPARE(items[0].toObject()["name"].toString(), QString("admin"));
        QCOMPARE(items[0].toObject()["sessions"].toInt(), 1);
        QVERIFY(items[0].toObject()["last_login_ms"].toDouble() > 0);
        QVERIFY(items[1].toObject()["last_login_ms"].isNull());
        QCOMPARE(ask("DELETE", "/api/app/users/admin", admin).status, 409);
        QCOMPARE(ask("PATCH", "/api/app/users/admin", admin, json({{"name", "root"}})).status, 409);
        QCOMPARE(codeOf(ask("PATCH", "/api/app/users/admin", admin, json({{"role", "read"}}))),
                 QString("own_user"));
        QCOMPARE(
            codeOf(ask("PATCH", "/api/app/users/admin", admin, json({{"password", "another password"}}))),
            QString("own_user"));
        // What changes something needs the CSRF word of its own session.
        const QByteArray cookie = admin.left(admin.indexOf("\r\n") + 2);
        QCOMPARE(codeOf(ask("POST", "/api/app/users", cookie, json({{"name", "x"}, {"password", password}}))),
                 QString("csrf"));
        QCOMPARE(codeOf(ask("DELETE", "/api/app/sessions", cookie)), QString("csrf"));
    }

    /// An admin of some projects is none of the appliance, and finds no way to become one.
    void adminsOfSomeProjectsStayThere()
    {
        setPassword();
        makeProject("shop");
        const User mara = makeUser("mara", Role::Admin, {"default"});
        const QByteArray session = sessionOf("mara");
        QCOMPARE(ask("GET", "/need/admin", session).status, 200);
        QCOMPARE(ask("GET", "/need/appliance", session).status, 403);
        for (const QByteArray path : {"/api/app/users", "/api/app/users/admin", "/api/app/limits"})
            QCOMPARE(codeOf(ask("GET", path, session)), QString("forbidden"));
        QCOMPARE(codeOf(ask("POST", "/api/app/users", session,
                            json({{"name", "nils"}, {"password", password}, {"role", "admin"}}))),
                 QString("forbidden"));
        QCOMPARE(codeOf(ask("PATCH", "/api/app/users/" + QByteArray::fromStdString(mara.id), session,
                            json({{"projects", QJsonArray{"*"}}}))),
                 QString("forbidden"));
        QCOMPARE(ask("GET", "/api/app/sessions?user=admin", session).status, 404);
        // An admin key of default would manage all.
        const auto key = [&](const QByteArray &who, const char *role) {
            return ask("POST", "/api/app/keys", who, json({{"name", "k"}, {"role", role}}));
        };
        QCOMPARE(codeOf(key(session, "admin")), QString("whole_appliance"));
        QCOMPARE(key(session, "edit").status, 201);
        const RawAnswer wide = key(sessionOf("admin"), "admin");
        QCOMPARE(wide.status, 201);
        const QByteArray wideId = objectOf(wide)["id"].toString().toLatin1();
        QCOMPARE(codeOf(ask("PATCH", "/api/app/keys/" + wideId, session, json({{"name", "mine"}}))),
                 QString("whole_appliance"));
        QCOMPARE(codeOf(ask("DELETE", "/api/app/keys/" + wideId, session)), QString("whole_appliance"));
        for (const QByteArray elsewhere : {"shop", "nowhere"})
            QCOMPARE(codeOf(ask("GET", "/need/read?project=" + elsewhere, session)),
                     QString("foreign_project"));
        const QJsonObject told = objectOf(ask("GET", "/api/app/session?project=shop", session));
        QCOMPARE(told["project"].toString(), QString("default"));
        QCOMPARE(told["roles"].toObject().keys(), QStringList{"default"});
        QCOMPARE(told["appliance"].toBool(true), false);
        QCOMPARE(objectOf(ask("GET", "/api/app/projects", session))["items"].toArray().size(), 1);
    }

    void saysHowManyTriesAreLeft()
    {
        setPassword();
        makeUser("mara", Role::Read);
        const auto hintOf = [](const RawAnswer &answer) {
            return objectOf(answer)["error"].toObject()["hint"].toString();
        };
        QCOMPARE(hintOf(logInAs("mara", "wrong")), QString("4 tries left, then a minute's wait."));
        QCOMPARE(hintOf(logInAs("nobody", "wrong")), QString("3 tries left, then a minute's wait."));
        // A password of one's own buys no guesses at those of others.
        QCOMPARE(logInAs("mara").status, 200);
        QCOMPARE(hintOf(logIn("wrong")), QString("2 tries left, then a minute's wait."));
        QCOMPARE(hintOf(logIn("wrong")), QString("1 try left, then a minute's wait."));
        QCOMPARE(hintOf(logIn("wrong")), QString("Now a minute's wait."));
        QCOMPARE(logIn().status, 429);
    }

    /// From many addresses a name is guessed at twenty times a minute, and whoever is logged in stays able
    /// to.
    void namesAreLimitedToo()
    {
        setPassword();
        const QByteArray other = sessionOf("admin");
        for (int i = 0; i < 20; i++)
            m_http->access.nameLimiter().noteFailure("nobody");
        const RawAnswer limited = logInAs("NOBODY");
        QCOMPARE(limited.status, 429);
        QVERIFY(limited.body.contains("for this name"));
        for (int i = 0; i < 20; i++)
            m_http->access.nameLimiter().noteFailure("admin");
        QCOMPARE(logIn().status, 200);
        m_http->access.sessions().endOf("admin");
        QCOMPARE(logIn().status, 429);
        m_http->clock.advance(60'001);
        QCOMPARE(logIn().status, 200);
    }

    /// Unknown, disabled and wrong cannot be told apart.
    void loginsTellNothingOfNames()
    {
        setPassword();
        const User mara = makeUser("mara", Role::Read);
        QVERIFY(waitForUser([&](Users::Done done) {
                    m_http->access.users().change(mara.id, {.disabled = true}, std::move(done));
                }).ok());
        QList<QByteArray> bodies;
        for (const auto &[name, word] : {std::pair<const char *, const char *>{"mara", password},
                                         {"nobody", password},
                                         {"admin", "wrong"}}) {
            const RawAnswer wrong = logInAs(name, word);
            QCOMPARE(wrong.status, 401);
            bodies << wrong.body;
            m_http->clock.advance(60'001);
        }
        QCOMPARE(bodies[0], bodies[1]);
        QCOMPARE(bodies[1], bodies[2]);
    }

    void aLoginStartsAnotherSession()
    {
        setPassword();
        makeUser("mara", Role::Read);
        const QByteArray old = cookieOf(logIn());
        const RawAnswer in = ask("POST", "/login", old, json({{"name", "mara"}, {"password", password}}));
        QCOMPARE(in.status, 200);
        QVERIFY(cookieOf(in) != old);
        QCOMPARE(ask("GET", "/need/read", old).status, 401);
        const QByteArray planted = "Cookie: plimsoll_session=planted\r\n";
        const RawAnswer again = ask("POST", "/login", planted, json({{"password", password}}));
        QVERIFY(!again.header("set-cookie").contains("planted"));
        QCOMPARE(ask("GET", "/need/read", planted).status, 401);
    }

    void sessionsAreListedAndEnded()
    {
        setPassword();
        const QByteArray id = QByteArray::fromStdString(makeUser("mara", Role::Read).id);
        const QByteArray admin = sessionOf("admin");
        const QByteArray here = sessionOf("mara") + "User-Agent: here\r\n";
        const QByteArray there = sessionOf("mara");
        QJsonArray items = objectOf(ask("GET", "/api/app/sessions", here))["items"].toArray();
        QCOMPARE(items.size(), 2);
        const auto isCurrent = [](const QJsonValue &item) { return item["current"].toBool(); };
        QCOMPARE(std::count_if(items.begin(), items.end(), isCurrent), 1);
        for (const QJsonValue item : items)
            QVERIFY(!here.contains(item["id"].toString().toLatin1()));
        QCOMPARE(ask("DELETE", "/api/app/sessions?others=1", here).status, 204);
        QCOMPARE(ask("GET", "/need/read", there).status, 401);
        QCOMPARE(ask("GET", "/need/read", here).status, 200);
        QCOMPARE(objectOf(ask("GET", "/api/app/sessions?user=" + id, admin))["items"].toArray().size(), 1);
        const QByteArray admins =
            objectOf(ask("GET", "/api/app/sessions", admin))["items"][0]["id"].toString().toLatin1();
        QCOMPARE(ask("DELETE", "/api/app/sessions/" + admins, here).status, 404);
        QCOMPARE(ask("GET", "/api/app/sessions?user=admin", here).status, 404);
        QCOMPARE(ask("DELETE", "/api/app/sessions?user=" + id, admin).status, 204);
        QCOMPARE(ask("GET", "/need/read", here).status, 401);
        const RawAnswer out = ask("DELETE", "/api/app/sessions", admin);
        QVERIFY(out.header("set-cookie").contains("Max-Age=0"));
        QCOMPARE(ask("GET", "/need/read", admin).status, 401);
        QCOMPARE(ask("GET", "/api/app/sessions", bearer(makeKey(Role::Read))).status, 422);
    }

    void everybodyChangesHisOwnPassword()
    {
        setPassword();
        makeUser("mara", Role::Read);
        const QByteArray mara = sessionOf("mara");
        const char *next = "a much better password";
        const auto change = [&](const QByteArray &who, const char *current) {
            return ask("PUT", "/api/app/password", who, json({{"password", next}, {"current", current}}));
        };
        QCOMPARE(change(mara, "wrong").status, 401);
        const RawAnswer changed = change(mara, password);
        QCOMPARE(changed.status, 204);
        QCOMPARE(ask("GET", "/need/read", mara).status, 401);
        QCOMPARE(ask("GET", "/need/read", cookieOf(changed)).status, 200);
        QCOMPARE(logInAs("mara", next).status, 200);
        QCOMPARE(logIn().status, 200);
        QCOMPARE(codeOf(change(bearer(makeKey(Role::Read)), password)), QString("no_user"));
        QCOMPARE(change(bearer(makeKey(Role::Admin)), password).status, 204);
        QCOMPARE(logIn(next).status, 200);
    }

    void streamsEndWithTheirCaller()
    {
        setPassword();
        AccessControl &access = m_http->access;
        makeProject("shop");
        const User mara = makeUser("mara", Role::Read, {"default"});
        const std::string token = access.sessions().start(mara.id);
        Principal who;
        who.session = true;
        who.userId = mara.id;
        who.sessionId = access.sessions().find(token)->id;
        QVERIFY(access.stillReads(who));
        who.project = access.projects().find(std::string_view("shop"))->id;
        QVERIFY(!access.stillReads(who));
        who.project = defaultProject;
        access.sessions().end(token);
        QVERIFY(!access.stillReads(who));
    }

    void whatIsDoneIsSigned()
    {
        Principal who;
        QCOMPARE(callerName(who), std::string());
        who.openLoopback = true;
        QCOMPARE(callerName(who), std::string("this machine"));
        who.keyId = "5f";
        who.keyName = "deploy-bot";
        QCOMPARE(callerName(who), std::string("key deploy-bot"));
        Principal person;
        person.session = true;
        person.userName = "mara";
        QCOMPARE(callerName(person), std::string("mara"));
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
