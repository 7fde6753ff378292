#include "tests/integration/RouteAccess.h"
#include "tests/support/ApplianceProcess.h"
#include "tests/support/TenantClient.h"

#include <QTest>

using namespace plimsoll::test;

namespace {

constexpr const char *password = "correct horse battery";

/// Whether a role opens what asks for an access, told apart from the code under test.
bool opens(const QString &role, const QString &access)
{
    static const QMap<QString, QStringList> opened{
        {"none", {"public"}},
        {"ingest", {"public", "ingest"}},
        {"read", {"public", "read"}},
        {"edit", {"public", "ingest", "read", "edit"}},
        {"admin", {"public", "ingest", "read", "edit", "admin", "appliance"}},
        // An admin of another project than the appliance's own.
        {"tenant", {"public", "ingest", "read", "edit", "admin"}},
    };
    return opened[role].contains(access);
}

/// The answers by which the access check itself refuses; handlers have other words.
bool isRefusal(const TenantClient::Answer &answer)
{
    static const QStringList codes{"unauthorized", "forbidden",         "foreign_project",
                                   "csrf",         "password_required", "foreign_origin"};
    return (answer.status == 401 || answer.status == 403) && codes.contains(answer.code());
}

/// Routes after which a session is no more.
bool endsTheSession(const QString &route)
{
    return route == u"POST /logout" || route == u"DELETE /api/app/sessions";
}

/// "/api/app/rules/{id}" with something in its parameters that is not there.
QByteArray concrete(const QString &path)
{
    static const QRegularExpression parameter(QStringLiteral("\\{[^}]*\\}"));
    return QString(path).replace(parameter, QStringLiteral("0")).toLatin1();
}

} // namespace

/// Every route of the real program against every kind of caller. What each route asks for is written down in
/// RouteAccess.h, once more and by hand: a new route must be put there, a removed one taken out.
class AuthorizationTest : public QObject
{
    Q_OBJECT

private:
    ApplianceProcess m_appliance;
    QMap<QString, QString> m_routes; ///< "GET /path" -> access, as the program says
    QMap<QString, QString> m_keys;   ///< by role; of another project by "other " and role

    TenantClient caller(const QString &key) const
    {
        return key == u"none" ? TenantClient(m_appliance.port())
                              : TenantClient::withKey(m_appliance.port(), m_keys[key]);
    }
    void makeKeys(const TenantClient &session, const QString &project, const QString &prefix)
    {
        for (const char *role : {"ingest", "read", "edit", "admin"}) {
            const auto made =
                session.post("/api/app/keys", {{"name", "test"}, {"role", role}, {"project", project}});
            QCOMPARE(made.status, 201);
            m_keys[prefix + QLatin1String(role)] = made.object()["key"].toString();
        }
    }
    void makeUser(const TenantClient &session, const char *name, const char *role, const char *project)
    {
        const auto made = session.post(
            "/api/app/users",
            {{"name", name}, {"password", password}, {"role", role}, {"projects", QJsonArray{project}}});
        QCOMPARE(made.status, 201);
    }
    /// Asks for each route; `name` is who that is. What ends the session of who asks comes not in between.
    void askAll(const TenantClient &who, const QString &name, const QString &role)
    {
        QStringList wrong;
        for (auto it = m_routes.begin(); it != m_routes.end(); ++it) {
            const bool loggedIn = who.headers().contains("Cookie");
            if (!routeAccess().contains(it.key()) || (loggedIn && endsTheSession(it.key())))
                continue;
            const QString method = it.key().section(u' ', 0, 0);
            const auto answer = who.ask(method.toLatin1(), concrete(it.key().section(u' ', 1)), {}, 1);
            const bool mayPass = opens(role, routeAccess()[it.key()]);
            if (answer.status == 0 || isRefusal(answer) == mayPass)
                wrong << it.key() + " as " + name + ": " + QString::number(answer.status) + u' ' +
                             answer.code();
        }
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(u'\n')));
    }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY2(m_appliance.start({"--statsd", "off"}, {{"PLIMSOLL_ADMIN_PASSWORD", password}}),
                 m_appliance.output().constData());
        const auto document = TenantClient(m_appliance.port()).get("/api/openapi.json").object();
        const QJsonObject paths = document["paths"].toObject();
        for (auto path = paths.begin(); path != paths.end(); ++path) {
            const QJsonObject methods = path.value().toObject();
            for (auto method = methods.begin(); method != methods.end(); ++method)
                m_routes[method.key().toUpper() + u' ' + path.key()] =
                    method.value().toObject()["x-plimsoll-access"].toString();
        }
        m_routes.removeIf([](const auto &route) { return isAsset(route.key()); });
        QVERIFY(m_routes.size() > 80);
        const TenantClient session = TenantClient::loggedIn(m_appliance.port(), password);
        QCOMPARE(session.post("/api/app/projects", {{"name", "other"}}).status, 201);
        makeKeys(session, "default", {});
        makeKeys(session, "other", "other ");
        for (const char *role : {"read", "edit", "admin"}) {
            makeUser(session, QByteArray(role) + "er", role, "*");
            makeUser(session, QByteArray(role) + "er-there", role, "other");
            makeUser(session, QByteArray(role) + "er-here", role, "default");
        }
    }

    void everyRouteIsWrittenDown()
    {
        QStringList wrong;
        for (auto it = m_routes.begin(); it != m_routes.end(); ++it) {
            if (!routeAccess().contains(it.key()))
                wrong << QStringLiteral("{\"%1\", \"%2\"}, is missing in RouteAccess.h").arg(it.key(), *it);
            else if (routeAccess()[it.key()] != *it)
                wrong << QStringLiteral("%1 asks for %2; RouteAccess.h says %3")
                             .arg(it.key(), *it, routeAccess()[it.key()]);
        }
        for (auto it = routeAccess().begin(); it != routeAccess().end(); ++it) {
            if (!m_routes.contains(it.key()))
                wrong << it.key() + QStringLiteral(" is in RouteAccess.h and in no router");
        }
        for (const QString &line : wrong)
            qWarning("%s", qPrintable(line));
        QVERIFY2(wrong.isEmpty(), "the lines above");
    }

    void everyRouteRefusesWhoMayNot_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("role");
        QTest::newRow("no key") << "none"
                                << "none";
        for (const char *role : {"ingest", "read", "edit", "admin"}) {
            QTest::newRow(role) << role << role;
            QTest::addRow("%s of another project", role)
                << QString("other ") + role << (qstrcmp(role, "admin") == 0 ? "tenant" : role);
        }
    }
    void everyRouteRefusesWhoMayNot()
    {
        QFETCH(QString, key);
        QFETCH(QString, role);
        askAll(caller(key), key, role);
    }

    /// The same for people, of each role, of all projects and of one.
    void everyRouteRefusesUsersWhoMayNot_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QString>("role");
        for (const char *role : {"read", "edit", "admin"}) {
            QTest::newRow(role) << QByteArray(role) + "er" << role;
            QTest::addRow("%s of one project", role)
                << QByteArray(role) + "er-there" << (qstrcmp(role, "admin") == 0 ? "tenant" : role);
            QTest::addRow("%s of default", role)
                << QByteArray(role) + "er-here" << (qstrcmp(role, "admin") == 0 ? "tenant" : role);
        }
    }
    void everyRouteRefusesUsersWhoMayNot()
    {
        QFETCH(QByteArray, name);
        QFETCH(QString, role);
        const TenantClient who = TenantClient::loggedIn(m_appliance.port(), password, name);
        QVERIFY(!who.headers().isEmpty());
        askAll(who, name, role);
        QVERIFY(!isRefusal(who.get("/metrics")));
        if (name.endsWith("-there")) {
            for (const char *elsewhere : {"default", "1", "nowhere"})
                QCOMPARE(who.with(QByteArray("X-Plimsoll-Project: ") + elsewhere).get("/metrics").code(),
                         QString("foreign_project"));
        }
        QCOMPARE(who.ask("DELETE", "/api/app/sessions").status, 204);
        QVERIFY(isRefusal(who.get("/metrics")));
    }

    /// Naming a project that is not the key's leads nowhere, but where anybody may go.
    void noKeyLeavesItsProject()
    {
        for (const char *key : {"other ingest", "other read", "other edit", "other admin"}) {
            for (const char *project : {"default", "1", "nowhere"}) {
                const TenantClient who = caller(key).with(QByteArray("X-Plimsoll-Project: ") + project);
                for (auto it = m_routes.begin(); it != m_routes.end(); ++it) {
                    if (*it == u"public")
                        continue;
                    const auto answer = who.ask(it.key().section(u' ', 0, 0).toLatin1(),
                                                concrete(it.key().section(u' ', 1)), {}, 1);
                    QVERIFY2(isRefusal(answer), qPrintable(it.key() + " as " + key + " in " + project));
                }
            }
        }
        QCOMPARE(caller("admin").get("/metrics?project=other").code(), QString("foreign_project"));
        QCOMPARE(caller("other read").get("/metrics?project=default").code(), QString("foreign_project"));
        QCOMPARE(caller("other read").get("/metrics?project=other").status, 200);
    }

    /// A session may go everywhere; what changes something needs its CSRF word.
    void aSessionOpensEveryRouteWithItsWord()
    {
        const TenantClient session = TenantClient::loggedIn(m_appliance.port(), password);
        QByteArray cookie = session.headers();
        cookie.truncate(cookie.indexOf("X-Plimsoll-Csrf"));
        const TenantClient forged(m_appliance.port(), cookie);
        for (auto it = m_routes.begin(); it != m_routes.end(); ++it) {
            const QByteArray method = it.key().section(u' ', 0, 0).toLatin1();
            const QByteArray path = concrete(it.key().section(u' ', 1));
            if (endsTheSession(it.key()))
                continue;
            QVERIFY2(!isRefusal(session.ask(method, path, {}, 1)), qPrintable(it.key()));
            if (method != "GET" && *it != u"public")
                QCOMPARE(forged.ask(method, path, {}, 1).code(), QString("csrf"));
        }
        QCOMPARE(session.ask("GET", "/metrics?project=other").status, 200);
        QCOMPARE(session.ask("GET", "/metrics?project=nowhere").status, 404);
        QCOMPARE(session.ask("POST", "/logout").status, 204);
        QVERIFY(isRefusal(session.ask("GET", "/metrics")));
    }
};

QTEST_GUILESS_MAIN(AuthorizationTest)
#include "AuthorizationTest.moc"
