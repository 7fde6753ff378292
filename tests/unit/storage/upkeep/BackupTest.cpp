#include "storage/upkeep/Backup.h"
#include "storage/backend/MemoryBackend.h"
#include "storage/upkeep/Restore.h"
#include "tests/support/EverySort.h"
#include "tests/support/OpenEngine.h"
#include "tests/support/TemporaryEngine.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <future>
#include <thread>

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

constexpr int64_t minuteMs = 60'000;
constexpr int64_t hourMs = 60 * minuteMs;

} // namespace

class BackupTest : public QObject
{
    Q_OBJECT

    QTemporaryDir m_directory;

    std::filesystem::path pathOf(const char *name) const
    {
        return m_directory.filePath(QLatin1String(name)).toStdString();
    }

    /// A new, empty directory.
    std::filesystem::path emptyDirectory()
    {
        static int number = 0;
        const auto path = pathOf(("restored-" + std::to_string(++number)).c_str());
        std::filesystem::create_directory(path);
        return path;
    }

    static Result<BackupInfo> backUp(Engine &engine, const std::filesystem::path &file,
                                     const Progress &progress = {})
    {
        const auto snapshot = engine.snapshot();
        if (!snapshot)
            return snapshot.error();
        return writeBackup(**snapshot, file, 1234, progress);
    }

    static Result<RestoreReport> restore(const std::filesystem::path &file,
                                         const std::filesystem::path &directory, bool force = false)
    {
        RestoreOptions options;
        options.directory = directory;
        options.force = force;
        options.nowMs = 77;
        return restoreBackup(file, options);
    }

    /// Every kind of series: sealed, sealed twice, and in the head; documents and keys.
    static void fill(TemporaryEngine &engine)
    {
        const int64_t startMs = engine.clock.nowMs();
        QVERIFY(putAndWait(engine.documents(), 1, "rules", {"r1", R"({"a":1})", 5}).ok());
        QVERIFY(putAndWait(engine.documents(), 0, "keys", {"k1", R"({"b":"ä"})", 6}).ok());
        QVERIFY(engine.commit(EverySort::oddities(startMs - 2 * hourMs)).status.ok());
        for (int i = 0; i < 90; i++)
            QVERIFY(engine.commit(EverySort::minute(i, startMs + i * minuteMs / 2)).status.ok());
        engine.clock.advance(6 * hourMs);
        engine->maintain();
        QVERIFY(engine.store().run([](Backend &) { return Status(); }).ok());
        QVERIFY(engine.commit(EverySort::minute(91, startMs + 10)).status.ok());
        for (int i = 300; i < 330; i++)
            QVERIFY(engine.commit(EverySort::minute(i, startMs + i * minuteMs)).status.ok());
    }

    static std::string documentsOf(Store &store)
    {
        std::string text;
        (void)store.run([&](Backend &backend) -> Status {
            text = EngineDump::documents(backend);
            return {};
        });
        return text;
    }

    static QByteArray contentOf(const std::filesystem::path &path)
    {
        QFile file(QString::fromStdString(path.string()));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    static void write(const std::filesystem::path &path, const QByteArray &content)
    {
        QFile file(QString::fromStdString(path.string()));
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        QCOMPARE(file.write(content), content.size());
    }

    static bool isEmpty(const std::filesystem::path &directory)
    {
        return std::filesystem::directory_iterator(directory) == std::filesystem::directory_iterator();
    }

private Q_SLOTS:
    void restoresEverything()
    {
        TemporaryEngine engine;
        fill(engine);
        const std::string samples = EngineDump::samples(*engine);
        const std::string documents = documentsOf(engine.store());
        QVERIFY(samples.size() > 10'000);
        const auto file = pathOf("all.backup");
        const auto made = backUp(*engine, file);
        QVERIFY2(made.ok(), made ? "" : made.error().message.c_str());
        QCOMPARE(made->createdMs, int64_t(1234));
        QVERIFY(EngineDump::samples(*engine) == samples);

        const auto directory = emptyDirectory();
        const auto report = restore(file, directory);
        QVERIFY2(report.ok(), report ? "" : report.error().message.c_str());
        QVERIFY(report->frames > 0);
        QVERIFY(report->movedAsideTo.empty());
        for (int round = 0; round < 2; round++) {
            const auto restored = OpenEngine::on(directory, engine.clock);
            QVERIFY(restored);
            QVERIFY(restored->samples() == samples);
            QVERIFY(restored->storedDocuments() == documents);
            Batch again = EverySort::minute(0, engine.clock.nowMs());
            QVERIFY(restored->engine->stage(again).replayed);
            Batch inHead = EverySort::minute(329, engine.clock.nowMs());
            QVERIFY(restored->engine->stage(inHead).replayed);
            QVERIFY(restored->engine->close().ok());
        }
        const auto restored = OpenEngine::on(directory, engine.clock);
        Batch fresh = EverySort::minute(1000, engine.clock.nowMs());
        QVERIFY(!restored->engine->stage(fresh).replayed);
        QVERIFY(restored->engine->commit().ok());
    }

    void restoresIntoAnotherDatabase()
    {
        TemporaryEngine engine;
        fill(engine);
        const std::string samples = EngineDump::samples(*engine);
        const auto file = pathOf("other.backup");
        QVERIFY(backUp(*engine, file).ok());

        class Shared final : public Backend
        {
        public:
            explicit Shared(MemoryBackend &memory)
                : m(memory)
            {
            }
            Status open() override { return {}; }
            Status close() override { return {}; }
            Result<BackendState> load() override { return m.load(); }
            Result<std::vector<DocumentChange>> loadDocuments() override { return m.loadDocuments(); }
            Status write(const BackendWrite &write) override { return m.write(write); }
            uint64_t bytes() const override { return m.bytes(); }
            Result<StoredPack> readPack(uint32_t seal, uint32_t series) const override
            {
                return m.readPack(seal, series);
            }
            Result<std::vector<StoredDay>> readDays(uint32_t series, int64_t from, int64_t to) const override
            {
                return m.readDays(series, from, to);
            }
            uint64_t freePages() const override { return 0; }
            Status giveBack(uint64_t) override { return {}; }

        private:
            MemoryBackend &m;
        };

        MemoryBackend memory;
        RestoreOptions options;
        options.directory = emptyDirectory();
        options.otherDatabase = [&]() -> Result<std::unique_ptr<Backend>> {
            return std::unique_ptr<Backend>(std::make_unique<Shared>(memory));
        };
        const auto report = restoreBackup(file, options);
        QVERIFY2(report.ok(), report ? "" : report.error().message.c_str());
        QVERIFY(!std::filesystem::exists(options.directory / "plimsoll.db"));
        {
            PosixDisk disk;
            auto store = Store::open(std::make_unique<Shared>(memory));
            QVERIFY(store.ok());
            EngineOptions engineOptions;
            engineOptions.directory = options.directory;
            const auto opened = Engine::open(engineOptions, **store, disk, engine.clock);
            QVERIFY(opened.ok());
            QVERIFY(EngineDump::samples(**opened) == samples);
        }
        const auto second = restoreBackup(file, options);
        QVERIFY(!second.ok());
        options.force = true;
        QVERIFY(!restoreBackup(file, options).ok());
    }

    /// What was acknowledged before the backup began is in it; every batch is in it as a whole or not at all.
    void isOfOneMomentUnderLoad()
    {
        EngineOptions options;
        options.segmentBytes = 1 << 20;
        options.headMaxBytes = 256 * 1024;
        TemporaryEngine engine(options);
        const int64_t startMs = engine.clock.nowMs();
        std::atomic<uint64_t> acknowledged = 0;
        std::atomic<bool> stop = false;
        int64_t slowestUs = 0;
        std::thread writer([&] {
            for (uint64_t n = 0; !stop; n++) {
                Batch batch;
                for (const char *shop : {"a", "b", "c"}) {
                    const Labels labels{{"__name__", "sales"}, {"shop", shop}, {"n", std::to_string(n % 50)}};
                    EverySort::addFloat(batch, EverySort::addSeries(batch, labels, Kind::Delta),
                                        startMs - int64_t(n % 9) * hourMs + int64_t(n), 0.01);
                }
                batch.idempotency = Batch::Idempotency{{n, 1}, {n, 2}};
                const auto begun = std::chrono::steady_clock::now();
                if (!engine.commit(std::move(batch)).status)
                    return;
                const auto took = std::chrono::steady_clock::now() - begun;
                slowestUs = std::max<int64_t>(slowestUs, took / std::chrono::microseconds(1));
                acknowledged = n + 1;
                if (n % 16 == 0)
                    engine->maintain();
            }
        });
        for (int round = 0; round < 3; round++) {
            const uint64_t target = acknowledged + 400;
            QTRY_VERIFY_WITH_TIMEOUT(acknowledged >= target, 60'000);
            const uint64_t before = acknowledged;
            const auto file = pathOf("load.backup");
            const auto made = backUp(*engine, file);
            QVERIFY2(made.ok(), made ? "" : made.error().message.c_str());
            const uint64_t after = acknowledged;

            const auto directory = emptyDirectory();
            QVERIFY(restore(file, directory).ok());
            const auto restored = OpenEngine::on(directory, engine.clock);
            QVERIFY(restored);
            const auto reader = restored->engine->openReader();
            const auto selected = reader->select(defaultProject, {}, 0, EngineDump::farMs);
            std::map<std::string, uint64_t> counts;
            for (const SelectedSeries &series : *selected) {
                FloatColumns columns;
                QVERIFY(reader->readFloats(series.id, 0, EngineDump::farMs, columns).ok());
                counts[std::string(series.labels->value("shop"))] += columns.size();
            }
            QCOMPARE(counts["b"], counts["a"]);
            QCOMPARE(counts["c"], counts["a"]);
            QVERIFY(counts["a"] >= before);
            QVERIFY(counts["a"] <= after + 1);
            // The keys are of the same moment: those of its batches hold, the next one does not.
            for (const uint64_t n : {counts["a"] - 1, counts["a"]}) {
                Batch batch = TemporaryEngine::batchOf({{"__name__", "x"}}, Kind::Delta, {{startMs, 1}});
                batch.idempotency = Batch::Idempotency{{n, 1}, {n, 2}};
                QCOMPARE(restored->engine->stage(batch).replayed, n < counts["a"]);
            }
        }
        stop = true;
        writer.join();
        qInfo("the slowest of %llu commits took %.1f ms",
              static_cast<unsigned long long>(acknowledged.load()), double(slowestUs) / 1000);
    }

    void refusesWhatIsDamaged()
    {
        TemporaryEngine engine;
        fill(engine);
        const auto file = pathOf("good.backup");
        QVERIFY(backUp(*engine, file).ok());
        const QByteArray good = contentOf(file);
        const auto bad = pathOf("bad.backup");
        const auto directory = emptyDirectory();
        const auto refuses = [&](const QByteArray &content) {
            write(bad, content);
            const auto report = restore(bad, directory);
            return !report.ok() && !report.error().message.empty() && isEmpty(directory);
        };
        for (qsizetype at = 0; at < good.size(); at += good.size() / 40) {
            QByteArray content = good;
            content[at] = char(content[at] ^ 1);
            QVERIFY2(refuses(content), qPrintable(QString::number(at)));
        }
        for (qsizetype at = good.size() - 64; at < good.size(); at++) {
            QByteArray content = good;
            content[at] = char(content[at] ^ 0x40);
            QVERIFY2(refuses(content), qPrintable(QString::number(at)));
        }
        for (const qsizetype size :
             {qsizetype(0), qsizetype(63), qsizetype(64), good.size() / 2, good.size() - 64, good.size() - 1})
            QVERIFY2(refuses(good.left(size)), qPrintable(QString::number(size)));
        QVERIFY(refuses(good + 'x'));
        const auto missing = restore(pathOf("missing.backup"), directory);
        QVERIFY(!missing.ok());
        QVERIFY(restore(file, directory).ok());
    }

    void movesAsideOnlyWhenTold()
    {
        TemporaryEngine engine;
        fill(engine);
        const auto file = pathOf("force.backup");
        QVERIFY(backUp(*engine, file).ok());
        const auto directory = emptyDirectory();
        QVERIFY(restore(file, directory).ok());
        const QByteArray before = contentOf(directory / "plimsoll.db");
        const auto refused = restore(file, directory);
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::Conflict);
        QVERIFY(contentOf(directory / "plimsoll.db") == before);
        const auto forced = restore(file, directory, true);
        QVERIFY(forced.ok());
        QVERIFY(contentOf(forced->movedAsideTo / "plimsoll.db") == before);
        QVERIFY(std::filesystem::exists(forced->movedAsideTo / "journal"));
        QVERIFY(OpenEngine::on(directory, engine.clock));
    }

    void saysWhereARestoreDidNotEnd()
    {
        TemporaryEngine engine;
        fill(engine);
        const auto file = pathOf("mark.backup");
        QVERIFY(backUp(*engine, file).ok());
        const auto directory = emptyDirectory();
        QVERIFY(checkNoUnfinishedRestore(directory).ok());
        write(directory / "restore.unfinished", "x");
        write(directory / "plimsoll.db", "half");
        QVERIFY(!checkNoUnfinishedRestore(directory).ok());
        QVERIFY(restore(file, directory).ok());
        QVERIFY(checkNoUnfinishedRestore(directory).ok());
    }

    void leavesNothingWhenCancelled()
    {
        TemporaryEngine engine;
        fill(engine);
        const std::atomic<bool> cancelled = true;
        const auto file = pathOf("cancelled.backup");
        const auto made = backUp(*engine, file, {{}, &cancelled});
        QVERIFY(!made.ok());
        QCOMPARE(made.error().code, ErrorCode::Cancelled);
        for (const auto &entry : std::filesystem::directory_iterator(m_directory.path().toStdString()))
            QVERIFY(!entry.path().filename().string().starts_with("cancelled"));
    }
};

QTEST_GUILESS_MAIN(BackupTest)
#include "BackupTest.moc"
