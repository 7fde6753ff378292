#include "storage/backend/SqliteBackend.h"
#include "storage/backend/Store.h"
#include "storage/engine/Engine.h"
#include "storage/engine/PosixDisk.h"
#include "storage/engine/SpooledBackend.h"
#include "tests/support/ManualClock.h"

#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <random>
#include <sys/mount.h>
#include <unistd.h>

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

/// A real file system of a few megabytes, for as long as it lives. Needs root.
class SmallDisk
{
public:
    SmallDisk()
        : m_isMounted(::mount("tmpfs", m_directory.path().toUtf8().constData(), "tmpfs", 0, "size=12m") == 0)
    {
    }
    ~SmallDisk()
    {
        if (m_isMounted)
            ::umount2(m_directory.path().toUtf8().constData(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk &) = delete;
    SmallDisk &operator=(const SmallDisk &) = delete;

    bool isMounted() const { return m_isMounted; }
    std::filesystem::path path() const { return m_directory.path().toStdString(); }

private:
    QTemporaryDir m_directory;
    const bool m_isMounted;
};

struct Appliance
{
    explicit Appliance(const std::filesystem::path &directory)
    {
        options.directory = directory;
        options.segmentBytes = 512 * 1024;
        options.checkpointBytes = 1 << 20;
        options.journalMaxBytes = 64 << 20;
        options.windowMs = 3600'000;
    }

    bool start()
    {
        auto opened = Store::open(std::make_unique<SpooledBackend>(
            std::make_unique<SqliteBackend>(options.directory / "plimsoll.db"), disk,
            options.directory / "spool", clock));
        if (!opened)
            return false;
        store = std::move(*opened);
        auto started = Engine::open(options, *store, disk, clock);
        if (!started)
            return false;
        engine = std::move(*started);
        return true;
    }

    void stop()
    {
        engine.reset();
        store.reset();
    }

    /// Commits 1,000 values that do not compress; the error where it was refused.
    std::optional<Error> commit(double &acknowledged)
    {
        Batch batch;
        batch.itemCount = 1000;
        batch.series.push_back({Labels{{"__name__", "noise"}}.key(), Kind::Gauge, false, 0});
        for (uint32_t i = 0; i < 1000; i++)
            batch.floats.push_back({0, next++, std::normal_distribution<double>()(random), i});
        const CommitReceipt receipt = engine->stage(batch);
        const Status done = receipt.status ? engine->commit() : receipt.status;
        if (!done) {
            (void)engine->recover();
            return done.error();
        }
        acknowledged += 1000;
        return {};
    }

    double count() const
    {
        const auto reader = engine->openReader();
        const auto selected = reader->select(defaultProject, {}, INT64_MIN, INT64_MAX);
        double total = 0;
        for (const auto &series : *selected) {
            FloatColumns columns;
            if (!reader->readFloats(series.id, INT64_MIN, INT64_MAX, columns))
                return -1;
            total += double(columns.size());
        }
        return total;
    }

    EngineOptions options;
    PosixDisk disk;
    ManualClock clock;
    std::unique_ptr<Store> store;
    std::unique_ptr<Engine> engine;
    std::mt19937 random{1};
    int64_t next = clock.nowMs() - 2LL * 3600'000;
};

} // namespace

/// A disk that is full: 507 or 503 to writers, answers to readers, nothing acknowledged is lost, and on it
/// goes when there is room.
class NoSpaceTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void goesOnWhenThereIsRoom()
    {
        SmallDisk small;
        if (!small.isMounted())
            QSKIP("Mounting a small file system needs root.");
        const std::filesystem::path ballast = small.path() / "ballast";
        Appliance appliance(small.path());
        QVERIFY(appliance.start());
        double acknowledged = 0;
        for (int i = 0; i < 50; i++)
            QVERIFY(!appliance.commit(acknowledged));
        fillUp(ballast);

        std::optional<Error> refused;
        for (int i = 0; i < 2000 && !refused; i++) {
            refused = appliance.commit(acknowledged);
            appliance.clock.advance(1000);
            appliance.engine->maintain();
            appliance.engine->drain();
        }
        QVERIFY(refused);
        QVERIFY2(refused->code == ErrorCode::NoSpace || refused->code == ErrorCode::Unavailable,
                 refused->message.c_str());
        QCOMPARE(appliance.count(), acknowledged);
        const double before = acknowledged;
        for (int i = 0; i < 5; i++) {
            QVERIFY(appliance.commit(acknowledged));
            appliance.clock.advance(1000);
            appliance.engine->maintain();
            appliance.engine->drain();
        }
        QCOMPARE(appliance.count(), acknowledged);

        std::filesystem::remove(ballast);
        bool taken = false;
        for (int i = 0; i < 40 && !taken; i++) {
            appliance.clock.advance(31'000);
            appliance.engine->maintain();
            appliance.engine->drain();
            taken = !appliance.commit(acknowledged);
        }
        QVERIFY(taken);
        QVERIFY(acknowledged > before);
        for (int i = 0; i < 20; i++)
            QVERIFY(!appliance.commit(acknowledged));
        QCOMPARE(appliance.count(), acknowledged);
        appliance.stop();
        QVERIFY(appliance.start());
        QCOMPARE(appliance.count(), acknowledged);
    }

    void negativeControlARoomyDiskRefusesNothing()
    {
        QTemporaryDir directory;
        Appliance appliance(directory.path().toStdString());
        QVERIFY(appliance.start());
        double acknowledged = 0;
        for (int i = 0; i < 300; i++) {
            QVERIFY(!appliance.commit(acknowledged));
            appliance.engine->maintain();
        }
        QCOMPARE(appliance.count(), acknowledged);
    }

private:
    static void fillUp(const std::filesystem::path &path)
    {
        const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        const std::string bytes(64 * 1024, 'x');
        while (::write(file, bytes.data(), bytes.size()) > 0) {
        }
        ::close(file);
    }
};

QTEST_GUILESS_MAIN(NoSpaceTest)
#include "NoSpaceTest.moc"
