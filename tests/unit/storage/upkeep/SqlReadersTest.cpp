#include "storage/backend/SqliteBackend.h"
#include "storage/backend/SqliteConnection.h"

#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QVariant>

using namespace plimsoll;

/// The queries in storage/README.md for people with SQL tools run, and say what they should.
class SqlReadersTest : public QObject
{
    Q_OBJECT

    QTemporaryDir m_directory;
    std::filesystem::path m_file;

    static StoredDay day(uint32_t series, int64_t startMs, double first, double last, double sum)
    {
        StoredDay day;
        day.series = series;
        day.startMs = startMs;
        day.endMs = startMs + 86'400'000;
        day.zone = "UTC";
        day.count = 10;
        day.sum = sum;
        day.min = day.first = first;
        day.max = day.last = last;
        day.increase = last - first;
        day.p95 = sum / 10;
        return day;
    }

    static QStringList queries()
    {
        QFile readme(qEnvironmentVariable("PLIMSOLL_SOURCE_DIR") + QLatin1String("/storage/README.md"));
        if (!readme.open(QIODevice::ReadOnly))
            return {};
        const QString text = QString::fromUtf8(readme.readAll());
        static const QRegularExpression block(QStringLiteral("```sql sqlite\n(.*?)```"),
                                              QRegularExpression::DotMatchesEverythingOption);
        QStringList found;
        for (auto it = block.globalMatch(text); it.hasNext();)
            found << it.next().captured(1);
        return found;
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_file = m_directory.filePath(QStringLiteral("plimsoll.db")).toStdString();
        SqliteBackend backend(m_file);
        QVERIFY(backend.open().ok());
        BackendWrite write;
        write.seriesRows = {{1, 1, "revenue", R"({"plan":"pro"})", "delta"},
                            {2, 1, "http_request_duration_seconds", R"({"route":"/a"})", "distribution"},
                            {3, 1, "requests_total", "{}", "counter"}};
        constexpr int64_t startMs = 1'767'225'600'000;
        for (const int64_t n : {0, 1, 2}) {
            write.days.push_back(day(1, startMs + n * 86'400'000, 0, 0, 49));
            write.days.push_back(day(2, startMs + n * 86'400'000, 0, 0, double(n)));
            // 10 to 20, 25 to 30, and after a reset 5 to 7.
            write.days.push_back(day(3, startMs + n * 86'400'000,
                                     n == 0   ? 10
                                     : n == 1 ? 25
                                              : 5,
                                     n == 0   ? 20
                                     : n == 1 ? 30
                                              : 7,
                                     0));
        }
        QVERIFY(backend.write(write).ok());
        QVERIFY(backend.close().ok());
    }

    void examplesRun()
    {
        const QStringList all = queries();
        QCOMPARE(all.size(), 3);
        SqliteConnection connection(m_file, SqliteConnection::Access::ReadOnly);
        QSqlQuery money(connection.database());
        QVERIFY(money.exec(all[0]) && money.next());
        QCOMPARE(money.value(0).toString(), QString("2026-01-01"));
        QCOMPARE(money.value(1).toString(), QString("pro"));
        QCOMPARE(money.value(2).toDouble(), 49.0);
        QSqlQuery routes(connection.database());
        QVERIFY(routes.exec(all[1]) && routes.next());
        QCOMPARE(routes.value(0).toString(), QString("/a"));
        QCOMPARE(routes.value(1).toDouble(), 0.2);
        QCOMPARE(routes.value(2).toInt(), 30);
        QSqlQuery gained(connection.database());
        QVERIFY(gained.exec(all[2]) && gained.next());
        QCOMPARE(gained.value(0).toDouble(), 10.0 + 5 + 5 + 5 + 2);
    }
};

QTEST_GUILESS_MAIN(SqlReadersTest)
#include "SqlReadersTest.moc"
