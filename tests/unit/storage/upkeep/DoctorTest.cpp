#include "storage/upkeep/Doctor.h"
#include "storage/backend/SqliteConnection.h"
#include "storage/backend/SqliteSnapshot.h"
#include "storage/upkeep/Repair.h"
#include "tests/support/EverySort.h"
#include "tests/support/OpenEngine.h"
#include "tests/support/TemporaryEngine.h"

#include <QFile>
#include <QTest>

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

constexpr int64_t minuteMs = 60'000;
constexpr int64_t hourMs = 60 * minuteMs;

} // namespace

class DoctorTest : public QObject
{
    Q_OBJECT

    QTemporaryDir m_directory;
    std::filesystem::path m_stopped; ///< after a clean stop
    std::filesystem::path m_killed;  ///< with a journal
    ManualClock m_clock;
    int m_copies = 0;

    static void fill(Engine &engine, Store &store, ManualClock &clock)
    {
        const int64_t startMs = clock.nowMs();
        const auto commit = [&](Batch batch) {
            QVERIFY(engine.stage(batch).status.ok());
            QVERIFY(engine.commit().ok());
        };
        commit(EverySort::oddities(startMs - 2 * hourMs));
        for (int i = 0; i < 90; i++)
            commit(EverySort::minute(i, startMs + i * minuteMs / 2));
        clock.advance(6 * hourMs);
        engine.maintain();
        QVERIFY(store.run([](Backend &) { return Status(); }).ok());
        for (int i = 300; i < 330; i++)
            commit(EverySort::minute(i, startMs + i * minuteMs));
    }

    /// A directory to be damaged.
    std::filesystem::path copyOf(const std::filesystem::path &directory)
    {
        const auto copy =
            std::filesystem::path(m_directory.path().toStdString()) / std::to_string(++m_copies);
        std::filesystem::copy(directory, copy, std::filesystem::copy_options::recursive);
        return copy;
    }

    static DoctorReport examine(const std::filesystem::path &directory)
    {
        const auto report = examineDirectory(directory, nullptr);
        if (report)
            return *report;
        DoctorReport failed;
        failed.add("failed", report.error().message);
        return failed;
    }

    static QByteArray text(const DoctorReport &report)
    {
        QByteArray all;
        for (const Finding &finding : report.findings)
            all += QByteArray::fromStdString(finding.where + ": " + finding.what + '\n');
        return all.isEmpty() ? QByteArray("nothing found") : all;
    }

    static void sql(const std::filesystem::path &directory, const char *statement)
    {
        SqliteConnection connection(directory / "plimsoll.db", SqliteConnection::Access::ReadWrite);
        const Status done = connection.execute(QLatin1String(statement));
        QVERIFY2(done.ok(), done ? "" : done.error().message.c_str());
    }

    static void flip(const std::filesystem::path &path, qint64 at)
    {
        QFile file(QString::fromStdString(path.string()));
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(file.seek(at));
        char byte = 0;
        QVERIFY(file.getChar(&byte));
        QVERIFY(file.seek(at));
        QVERIFY(file.putChar(char(byte ^ 0x10)));
    }

    std::string samplesAfterRepair(const std::filesystem::path &directory)
    {
        const auto opened = OpenEngine::on(directory, m_clock);
        if (!opened)
            return "does not open";
        std::string samples = opened->samples();
        (void)opened->engine->close();
        return samples;
    }

private Q_SLOTS:
    void initTestCase()
    {
        {
            EngineOptions options;
            options.segmentBytes = 1 << 20;
            TemporaryEngine engine(options);
            fill(*engine, engine.store(), engine.clock);
            QVERIFY(putAndWait(engine.documents(), 1, "rules", {"r1", R"({"a":1})", 5}).ok());
            m_killed = std::filesystem::path(m_directory.path().toStdString()) / "killed";
            std::filesystem::copy(engine.directory(), m_killed, std::filesystem::copy_options::recursive);
            m_clock.set(engine.clock.nowMs());
        }
        m_stopped = copyOf(m_killed);
        QVERIFY(samplesAfterRepair(m_stopped) != "does not open");
        QVERIFY(std::filesystem::file_size(m_stopped / "plimsoll.db") > 20'000);
        for (const auto &directory : {m_killed, m_stopped})
            QVERIFY(!OpenEngine::on(copyOf(directory), m_clock)->samples().empty());
    }

    void findsNothingWhereAllIsWell()
    {
        for (const auto &directory : {m_killed, m_stopped}) {
            const DoctorReport report = examine(directory);
            QVERIFY2(report.healthy(), text(report));
            QVERIFY(report.counts.at("series") > 40);
            QVERIFY(report.counts.at("samples") > 1000);
            QVERIFY(report.counts.at("chunks") > 40);
        }
        QVERIFY(examine(m_killed).counts.at("journal frames") > 20);
    }

    void changesNothing()
    {
        const auto directory = copyOf(m_killed);
        QVERIFY(examine(directory).healthy());
        QVERIFY(samplesAfterRepair(directory) == samplesAfterRepair(copyOf(m_stopped)));
    }

    void namesWhatIsDamagedInTheDatabase_data()
    {
        QTest::addColumn<QByteArray>("statement");
        QTest::addColumn<QByteArray>("where");
        const auto row = [](const char *name, const char *statement, const char *where) {
            QTest::addRow("%s", name) << QByteArray(statement) << QByteArray(where);
        };
        row("a chunk",
            "UPDATE pack SET data=CAST(substr(data,1,length(data)-9)||x'00'||substr(data,-8) AS BLOB) WHERE "
            "id=(SELECT "
            "min(id) FROM pack)",
            "pack of seal");
        row("the directory of a pack",
            "UPDATE pack SET data=CAST(substr(data,1,20)||x'ff'||substr(data,22) AS BLOB) WHERE id=(SELECT "
            "min(id) FROM pack)",
            "pack of seal");
        row("the end of a pack",
            "UPDATE pack SET data=substr(data,1,length(data)-5) WHERE id=(SELECT max(id) FROM pack WHERE "
            "substr(data,1,4)=CAST('PLPK' AS BLOB))",
            "pack of seal");
        row("a pack of hours",
            "UPDATE pack SET data=CAST(substr(data,1,length(data)-9)||x'00'||substr(data,-8) AS BLOB) WHERE "
            "id=(SELECT min(id) FROM pack WHERE substr(data,1,4)=CAST('PLHR' AS BLOB))",
            "pack of seal");
        row("a pack", "DELETE FROM pack WHERE id=(SELECT min(id) FROM pack)", "seal 1");
        row("the bitmap of a seal", "UPDATE seal SET series=x'3a300000' WHERE id=1", "seal 1");
        row("the figures of a seal", "UPDATE seal SET samples=samples+1 WHERE id=1", "seal 1");
        row("the times of a seal", "UPDATE seal SET max_ms=max_ms+1 WHERE id=1", "seal 1");
        row("a catalogue block",
            "UPDATE catalogue SET data=substr(data,1,length(data)/2) WHERE id=(SELECT min(id) FROM "
            "catalogue)",
            "catalogue block 1");
        row("a missing catalogue block", "DELETE FROM catalogue", "pack of seal");
        row("a receipts block", "UPDATE receipts SET data=substr(data,1,length(data)-3)", "receipts block 1");
        row("a document", "UPDATE document SET body='{\"a\":'", "document rules/r1");
        row("a day",
            "INSERT INTO daily VALUES (1,0,86400000,'UTC',1,5.0,5,5,5,5,5,x'00ff',NULL,NULL,NULL,NULL)",
            "day of series 1");
    }

    void namesWhatIsDamagedInTheDatabase()
    {
        QFETCH(QByteArray, statement);
        QFETCH(QByteArray, where);
        const auto directory = copyOf(m_stopped);
        sql(directory, statement.constData());
        const DoctorReport report = examine(directory);
        QVERIFY2(report.names(where.toStdString()), text(report));
    }

    void namesADamagedPage()
    {
        const auto directory = copyOf(m_stopped);
        const auto file = directory / "plimsoll.db";
        for (qint64 at = 4096; at < qint64(std::filesystem::file_size(file)); at += 4096)
            flip(file, at + 1);
        const DoctorReport report = examine(directory);
        QVERIFY2(report.names("database"), text(report));
    }

    void namesAFileThatIsNoDatabase()
    {
        const auto directory = copyOf(m_stopped);
        flip(directory / "plimsoll.db", 3);
        const DoctorReport report = examine(directory);
        QVERIFY2(report.names("database"), text(report));
    }

    void namesDamageInTheJournal()
    {
        const std::string segment = "segment-000001";
        QFile whole(QString::fromStdString((m_killed / "journal" / segment).string()));
        QVERIFY(whole.open(QIODevice::ReadOnly));
        const QByteArray content = whole.readAll();
        std::vector<qint64> frames;
        for (qsizetype at = content.indexOf("PLJF"); at >= 0; at = content.indexOf("PLJF", at + 1))
            frames.push_back(at);
        QVERIFY(frames.size() > 50);
        for (const qint64 at : {qint64(5), frames[3] + 20, frames[20] + 100}) {
            const auto directory = copyOf(m_killed);
            flip(directory / "journal" / segment, at);
            const DoctorReport report = examine(directory);
            QVERIFY2(report.names("journal/" + segment), text(report) + QByteArray::number(at));
            QVERIFY(std::filesystem::exists(directory / "journal" / segment));
            const auto kept = keepDamagedJournal(directory, report, "damaged-1");
            QVERIFY(kept.ok());
            QCOMPARE(kept->size(), size_t(1));
            QVERIFY(std::filesystem::exists(directory / "damaged-1" / "journal" / segment));
        }
    }

    void repairsWhatCanBe_data() { namesWhatIsDamagedInTheDatabase_data(); }

    /// After a repair all is well, the undamaged series are what they were, and nothing is gone for good.
    void repairsWhatCanBe()
    {
        QFETCH(QByteArray, statement);
        const auto directory = copyOf(m_stopped);
        sql(directory, statement.constData());
        const auto size = std::filesystem::file_size(directory / "plimsoll.db");
        const auto repaired = repairDatabase(directory, "damaged-7");
        QVERIFY2(repaired.ok(), repaired ? "" : repaired.error().message.c_str());
        QVERIFY(!repaired->done.empty());
        const DoctorReport report = examine(directory);
        if (!statement.contains("INTO daily"))
            QVERIFY2(report.healthy(), text(report));
        QCOMPARE(std::filesystem::file_size(directory / "damaged-7" / "plimsoll.db"), size);
        const std::string samples = samplesAfterRepair(directory);
        QVERIFY(!samples.empty() || statement.contains("catalogue"));
        QVERIFY(samples != "does not open");
    }

    void keepsAllThatIsSound()
    {
        const std::string before = samplesAfterRepair(copyOf(m_stopped));
        const auto bitmap = copyOf(m_stopped);
        sql(bitmap, "UPDATE seal SET series=x'3a300000', samples=0, min_ms=0, max_ms=0");
        QVERIFY(!OpenEngine::on(bitmap, m_clock) || samplesAfterRepair(bitmap) != before);
        QVERIFY(repairDatabase(bitmap, "damaged-7").ok());
        QVERIFY(samplesAfterRepair(bitmap) == before);

        const auto chunk = copyOf(m_stopped);
        sql(chunk, "UPDATE pack SET data=CAST(substr(data,1,length(data)-9)||x'00'||substr(data,-8) AS BLOB) "
                   "WHERE id=(SELECT min(id) FROM pack)");
        QVERIFY(repairDatabase(chunk, "damaged-7").ok());
        const QByteArrayList left = QByteArray::fromStdString(samplesAfterRepair(chunk)).split('\n');
        const QByteArrayList right = QByteArray::fromStdString(before).split('\n');
        QVERIFY(left.size() < right.size());
        QVERIFY(left.size() > right.size() * 9 / 10);
        for (const QByteArray &line : left)
            QVERIFY2(right.contains(line), line);
    }

    void leavesAHealthyDatabaseAsItWas()
    {
        const std::string before = samplesAfterRepair(copyOf(m_stopped));
        const auto directory = copyOf(m_stopped);
        const auto repaired = repairDatabase(directory, "damaged-7");
        QVERIFY(repaired.ok());
        QCOMPARE(repaired->done.size(), size_t(1));
        QVERIFY(examine(directory).healthy());
        QVERIFY(samplesAfterRepair(directory) == before);
    }

    void checksWhileTheEngineRuns()
    {
        TemporaryEngine engine;
        fill(*engine, engine.store(), engine.clock);
        const auto snapshot = engine.store().backend().snapshot();
        QVERIFY(snapshot.ok());
        const auto report = examineDatabase(**snapshot);
        QVERIFY(report.ok());
        QVERIFY2(report->healthy(), text(*report));
        QVERIFY(report->counts.at("samples") > 1000);
    }
};

QTEST_GUILESS_MAIN(DoctorTest)
#include "DoctorTest.moc"
