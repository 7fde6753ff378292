#include "server/http/Router.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::http;

class RouterTest : public QObject
{
    Q_OBJECT

private:
    Router m_router;

    void add(Method method, const char *pattern)
    {
        Route route;
        route.method = method;
        route.pattern = pattern;
        m_router.add(std::move(route));
    }
    QByteArray found(Method method, const char *path) const
    {
        const Router::Match match = m_router.match(method, path);
        if (!match.route)
            return "none, allow " + QByteArray::fromStdString(match.allow);
        QByteArray text = QByteArray::fromStdString(match.route->pattern);
        for (const auto &[name, value] : match.parameters)
            text += " " + QByteArray::fromStdString(name) + "=" + QByteArray::fromStdString(value);
        return text;
    }

private Q_SLOTS:
    void initTestCase()
    {
        add(Method::Get, "/");
        add(Method::Get, "/rules");
        add(Method::Post, "/rules");
        add(Method::Get, "/rules/{id}");
        add(Method::Put, "/rules/{id}");
        add(Method::Get, "/rules/backtest");
        add(Method::Get, "/ping/{id}/start");
        add(Method::Get, "/ping/{id}/{code:int}");
        add(Method::Get, "/ping/{id}/{word}");
        add(Method::Put, "/metrics/job/{job}");
        add(Method::Put, "/metrics/job/{job}/{labels:path}");
    }

    void matches_data()
    {
        QTest::addColumn<int>("method");
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](Method method, const char *path, const char *expected) {
            QTest::addRow("%d %s", int(method), path)
                << int(method) << QByteArray(path) << QByteArray(expected);
        };
        row(Method::Get, "/", "/");
        row(Method::Get, "/rules", "/rules");
        row(Method::Head, "/rules", "/rules");
        row(Method::Delete, "/rules", "none, allow GET, HEAD, POST");
        row(Method::Get, "/rules/7", "/rules/{id} id=7");
        row(Method::Get, "/rules/backtest", "/rules/backtest");
        row(Method::Put, "/rules/backtest", "/rules/{id} id=backtest");
        row(Method::Get, "/rules/", "none, allow ");
        row(Method::Get, "/rules/7/8", "none, allow ");
        row(Method::Get, "//rules", "none, allow ");
        row(Method::Get, "/Rules", "none, allow ");
        row(Method::Get, "/ping/a/start", "/ping/{id}/start id=a");
        row(Method::Get, "/ping/a/-12", "/ping/{id}/{code:int} id=a code=-12");
        row(Method::Get, "/ping/a/12x", "/ping/{id}/{word} id=a word=12x");
        row(Method::Put, "/metrics/job/a", "/metrics/job/{job} job=a");
        row(Method::Put, "/metrics/job/a/b/c/d", "/metrics/job/{job}/{labels:path} job=a labels=b/c/d");
        row(Method::Put, "/metrics/job/a/", "none, allow ");
        row(Method::Get, "", "none, allow ");
        row(Method::Get, "x", "none, allow ");
    }
    void matches()
    {
        QFETCH(int, method);
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, expected);
        QCOMPARE(found(Method(method), path.constData()), expected);
    }
};

QTEST_GUILESS_MAIN(RouterTest)
#include "RouterTest.moc"
