#include "server/api/RestoreTrial.h"

#include "storage/upkeep/Backup.h"
#include "tests/support/EverySort.h"
#include "tests/support/TemporaryEngine.h"

#include <QFile>
#include <QJsonArray>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::test;

class RestoreTrialTest : public QObject
{
    Q_OBJECT

    QTemporaryDir m_directory;

    std::filesystem::path pathOf(const char *name) const
    {
        return m_directory.filePath(QLatin1String(name)).toStdString();
    }

    Result<QJsonObject> tryIt(const Progress &progress = {}) const
    {
        return api::tryRestore(pathOf("it.backup"), pathOf("scratch"), 77, progress);
    }

    bool scratchIsGone() const { return !std::filesystem::exists(pathOf("scratch")); }

private Q_SLOTS:
    void init()
    {
        // The first commit stays in the journal, those after it are in the database already.
        constexpr int64_t hourMs = 3'600'000;
        TemporaryEngine engine;
        engine.clock.advance(48 * hourMs - engine.clock.nowMs() % (3 * hourMs));
        const int64_t nowMs = engine.clock.nowMs();
        QVERIFY(engine.commit(EverySort::minute(0, nowMs)).status.ok());
        for (int i = 0; i < 20; i++)
            QVERIFY(engine.commit(EverySort::minute(i, nowMs - 24 * hourMs + i * 60'000)).status.ok());
        engine.clock.advance(hourMs);
        engine->maintain();
        QVERIFY(engine.store().run([](Backend &) { return Status(); }).ok());
        const auto snapshot = engine->snapshot();
        QVERIFY(snapshot.ok());
        QVERIFY(writeBackup(**snapshot, pathOf("it.backup"), 1234).ok());
    }

    void aGoodBackupIsReadWhole()
    {
        uint64_t highest = 0;
        Progress progress;
        progress.tell = [&](uint64_t done, uint64_t total) {
            QVERIFY(done >= highest && done <= total);
            highest = done;
        };
        const auto tried = tryIt(progress);
        QVERIFY2(tried.ok(), tried.ok() ? "" : tried.error().message.c_str());
        QVERIFY((*tried)["healthy"].toBool());
        QCOMPARE((*tried)["found"].toInteger(), 0);
        QCOMPARE((*tried)["created_ms"].toInteger(), 1234);
        QVERIFY((*tried)["frames"].toInteger() > 0);
        QVERIFY(!(*tried)["counts"].toObject().isEmpty());
        QVERIFY(highest > 500);
        QVERIFY(scratchIsGone());
    }

    void aDamagedOneIsRefused()
    {
        QFile file(QString::fromStdString(pathOf("it.backup").string()));
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(file.seek(file.size() / 2));
        const QByteArray byte = file.read(1);
        QVERIFY(file.seek(file.size() / 2));
        QCOMPARE(file.write(QByteArray(1, char(byte[0] ^ 1))), 1);
        file.close();
        const auto tried = tryIt();
        QVERIFY(!tried.ok());
        QCOMPARE(tried.error().code, ErrorCode::Corrupt);
        QVERIFY(scratchIsGone());
    }

    void aCancelledOneLeavesNothing()
    {
        const std::atomic<bool> cancelled = true;
        Progress progress;
        progress.cancelled = &cancelled;
        const auto tried = tryIt(progress);
        QVERIFY(!tried.ok());
        QCOMPARE(tried.error().code, ErrorCode::Cancelled);
        QVERIFY(scratchIsGone());
    }

    void whatACrashLeftIsNotInTheWay()
    {
        std::filesystem::create_directories(pathOf("scratch") / "restore.new");
        QVERIFY(tryIt().ok());
        QVERIFY(scratchIsGone());
    }
};

QTEST_GUILESS_MAIN(RestoreTrialTest)
#include "RestoreTrialTest.moc"
