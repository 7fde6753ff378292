#include "server/api/JournalHealth.h"
#include "tests/support/RecordedReply.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::api;
using test::ask;

class HealthTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theWorstDecides()
    {
        ReportedHealth journal("journal");
        ReportedHealth storage("storage");
        Health health;
        health.add(journal);
        health.add(storage);
        http::Router router;
        health.addRoutes(router);
        QCOMPARE(statusOf(router, "/health/ready"), (std::pair<int, QString>{200, "ok"}));
        storage.report(HealthState::Degraded, "700 MiB free.");
        QCOMPARE(statusOf(router, "/health"), (std::pair<int, QString>{200, "degraded"}));
        journal.report(HealthState::Failing, "The journal cannot be written.");
        QCOMPARE(statusOf(router, "/health"), (std::pair<int, QString>{503, "failing"}));
        QCOMPARE(statusOf(router, "/health/live"), (std::pair<int, QString>{200, "ok"}));
        QCOMPARE(ask(router, "/-/ready")->wait().status, 503);
        QCOMPARE(ask(router, "/-/healthy")->wait().status, 200);
        journal.report(HealthState::Ok);
        QCOMPARE(ask(router, "/-/ready")->wait().status, 200);
    }

    void checksAreForThoseWhoMayRead()
    {
        ReportedHealth journal("journal");
        journal.report(HealthState::Degraded, "Slow.");
        Health health;
        health.add(journal);
        http::Router router;
        health.addRoutes(router);
        const QJsonObject open = parse(ask(router, "/health/ready", {}, 1, http::Role::Read)->wait());
        QCOMPARE(open["checks"].toArray(),
                 (QJsonArray{QJsonObject{{"name", "journal"}, {"status", "degraded"}, {"detail", "Slow."}}}));
        QVERIFY(!parse(ask(router, "/health/ready", {}, 1, http::Role::None)->wait()).contains("checks"));
        QVERIFY(!parse(ask(router, "/health/ready", {}, 1, http::Role::Ingest)->wait()).contains("checks"));
    }

    void theJournalIsWatched()
    {
        JournalHealth journal;
        QCOMPARE(journal.check().state, HealthState::Ok);
        journal.requestRefused("ingest", 1, {ErrorCode::Invalid, "The body is no JSON.", {}});
        QCOMPARE(journal.check().state, HealthState::Ok);
        journal.requestRefused("self", 1,
                               {ErrorCode::Unavailable, "The journal cannot be written at the moment.", {}});
        QCOMPARE(journal.check().state, HealthState::Failing);
        QCOMPARE(journal.check().detail, std::string("The journal cannot be written at the moment."));
        journal.batchCommitted({}, {}, "self", 0);
        QCOMPARE(journal.check().state, HealthState::Ok);
    }

    void judgesFreeSpace()
    {
        constexpr uint64_t mebibyte = 1 << 20;
        QCOMPARE(DirectoryHealth::judge(50'000 * mebibyte, 100'000 * mebibyte).state, HealthState::Ok);
        QCOMPARE(DirectoryHealth::judge(4'000 * mebibyte, 100'000 * mebibyte).state, HealthState::Degraded);
        QCOMPARE(DirectoryHealth::judge(900 * mebibyte, 2'000 * mebibyte).state, HealthState::Degraded);
        QCOMPARE(DirectoryHealth::judge(63 * mebibyte, 100'000 * mebibyte).state, HealthState::Failing);
    }

    void looksAtTheDirectory()
    {
        const QTemporaryDir directory;
        QVERIFY(DirectoryHealth(directory.path().toStdString()).check().detail.ends_with("MiB free."));
        QCOMPARE(DirectoryHealth("/nowhere/at/all").check().state, HealthState::Failing);
    }

private:
    static QJsonObject parse(const http::Response &response)
    {
        return QJsonDocument::fromJson(response.body).object();
    }

    static std::pair<int, QString> statusOf(const http::Router &router, const char *path)
    {
        const http::Response response = ask(router, path)->wait();
        return {response.status, parse(response)["status"].toString()};
    }
};

QTEST_GUILESS_MAIN(HealthTest)
#include "HealthTest.moc"
