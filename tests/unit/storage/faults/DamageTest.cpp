#include "tests/support/FaultyMachine.h"

#include <QTest>

#include <random>

using namespace plimsoll;
using namespace plimsoll::test;

namespace {
constexpr int64_t minuteMs = FaultyMachine::minuteMs;
constexpr int64_t hourMs = FaultyMachine::hourMs;
constexpr int commits = 60;
} // namespace

/// Bytes that changed at rest in journal, checkpoint and spool: found, named, fenced off; the rest is served.
class DamageTest : public QObject
{
    Q_OBJECT

private:
    /// A machine that lost power with its samples in files of this kind.
    static bool fill(FaultyMachine &machine, const QString &kind)
    {
        machine.options.segmentBytes = 64 * 1024;
        machine.options.checkpointBytes = kind == "segment" ? 1 << 20 : 96 * 1024;
        if (!machine.start())
            return false;
        machine.database->failAll = kind == "spool";
        for (int i = 0; i < commits; i++) {
            if (!machine.commit(i % 20, machine.clock.nowMs() + i, 1))
                return false;
        }
        machine.clock.advance(kind == "spool" ? 3 * hourMs : minuteMs);
        for (int i = 0; i < 3; i++) {
            machine.engine->maintain();
            machine.engine->drain();
        }
        machine.crash(0);
        return true;
    }

    static std::vector<std::filesystem::path> filesOf(const FaultyMachine &machine, const QString &kind)
    {
        std::vector<std::filesystem::path> found;
        for (const auto &path : machine.disk.files()) {
            const std::string name = path.filename().string();
            if (name.starts_with(kind.toStdString()) && name.find('.') == std::string::npos)
                found.push_back(path);
        }
        return found;
    }

    static uint64_t reported(const EngineStats &stats)
    {
        return stats.damagedFrames + stats.tornFrames + stats.damagedSections + stats.damagedSpoolFiles;
    }

private Q_SLOTS:
    void findsDamage_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<bool>("truncates");
        for (const char *kind : {"segment", "checkpoint", "spool"}) {
            QTest::addRow("%s, a flipped bit", kind) << QString(kind) << false;
            QTest::addRow("%s, truncated", kind) << QString(kind) << true;
        }
    }

    void findsDamage()
    {
        QFETCH(QString, kind);
        QFETCH(bool, truncates);
        int found = 0;
        for (uint32_t seed = 1; seed <= 150; seed++) {
            std::mt19937 random(seed);
            FaultyMachine machine;
            QVERIFY(fill(machine, kind));
            const auto files = filesOf(machine, kind);
            QVERIFY(!files.empty());
            std::string &bytes = machine.disk.bytesOf(files[random() % files.size()]);
            // Most of a segment is padding: the damage that counts is in the front of its blocks.
            const size_t place = kind == "segment" && !truncates
                                     ? random() % 10 * 4096 + 4096 + random() % 120
                                     : random() % bytes.size();
            if (truncates)
                bytes.resize(place);
            else
                bytes[place] = char(bytes[place] ^ (1 << random() % 8));
            machine.disk.keepDamage();

            QVERIFY2(machine.start(), qPrintable(QString::number(seed)));
            const auto totals = machine.totals();
            const uint64_t damage = reported(machine.engine->stats());
            found += damage > 0 ? 1 : 0;
            QVERIFY(totals.sales <= commits && totals.observations <= commits);
            const bool isWhole = totals.ok && totals.sales == commits && totals.observations == commits;
            QVERIFY2(isWhole || damage > 0 || !totals.ok, qPrintable(QString::number(seed)));
            // It goes on, and what came after is safe.
            QVERIFY(machine.commit(1, machine.clock.nowMs(), 1000));
            machine.crash(0);
            QVERIFY(machine.start());
            QVERIFY(machine.totals().sales >= 1000 || !machine.totals().ok);
        }
        QVERIFY(found > 50);
    }

    /// A damaged pack in the database: the rest of the answer is served, with a warning.
    void leavesOutWhatIsDamagedAndSaysSo()
    {
        FaultyMachine machine;
        QVERIFY(machine.start());
        for (int i = 0; i < commits; i++)
            QVERIFY(machine.commit(i % 20, machine.clock.nowMs() + i, 1));
        QVERIFY(machine.engine->close());
        machine.crash(0);
        QVERIFY(machine.start());
        {
            const auto reader = machine.engine->openReader();
            FloatColumns columns;
            QVERIFY(reader->readFloats(1, 0, INT64_MAX, columns));
            QCOMPARE(columns.size(), size_t(3));
            QVERIFY(reader->warnings().empty());
        }
        machine.database->damagePacks = true;
        machine.crash(0);
        QVERIFY(machine.start());
        const auto reader = machine.engine->openReader();
        QVERIFY(machine.commit(0, machine.clock.nowMs() + 1000, 1));
        const auto later = machine.engine->openReader();
        FloatColumns columns;
        QVERIFY(later->readFloats(1, 0, INT64_MAX, columns));
        QCOMPARE(columns.size(), size_t(1));
        QCOMPARE(later->warnings().size(), size_t(1));
        QVERIFY(later->warnings().front().find("sales") != std::string::npos);
        QCOMPARE(machine.engine->stats().damagedChunks, uint64_t(1));
        QVERIFY(reader->warnings().empty());
    }

    /// Damaged hours are made from samples while those are there; later they are left out with a warning,
    /// and keep no query from the rest.
    void fencesDamagedHoursOff()
    {
        constexpr int64_t dayMs = 24 * hourMs;
        FaultyMachine machine;
        machine.options.rawRetentionMs = dayMs;
        QVERIFY(machine.start());
        const int64_t firstMs = machine.clock.nowMs();
        for (int i = 0; i < commits; i++)
            QVERIFY(machine.commit(i % 20, firstMs + i, 1));
        const auto upkeep = [&](int64_t afterMs) {
            machine.clock.advance(afterMs);
            machine.engine->maintain();
            machine.drainStore();
            machine.clock.advance(hourMs);
            return machine.engine->runUpkeep();
        };
        QVERIFY(upkeep(3 * hourMs));
        const auto salesIn = [&](const SeriesReader &reader, bool days) {
            double count = 0;
            const auto all = reader.select(defaultProject, {}, 0, INT64_MAX);
            for (const SelectedSeries &series : *all) {
                RollupColumns columns;
                const Status read =
                    days ? reader.readDays(series.id, 0, INT64_MAX - hourMs, columns)
                         : reader.readHours(series.id, 0, INT64_MAX - hourMs, rollupSums, columns);
                if (!read)
                    return -1.0;
                for (const double one : columns.counts)
                    count += series.kind == Kind::Delta ? one : 0;
            }
            return count;
        };
        machine.database->damageHours = true;
        machine.crash(0);
        QVERIFY(machine.start());
        auto reader = machine.engine->openReader();
        QCOMPARE(salesIn(*reader, false), double(commits));
        QVERIFY(reader->warnings().empty());
        machine.database->damageHours = false;
        reader.reset();

        QVERIFY(upkeep(2 * dayMs));
        QVERIFY(machine.engine->stats().samplesFromMs > firstMs);
        QCOMPARE(salesIn(*machine.engine->openReader(), true), double(commits));
        machine.database->damageHours = true;
        machine.crash(0);
        QVERIFY(machine.start());
        // Late data make the day due again.
        QVERIFY(machine.commit(0, firstMs + 1000, 1));
        QVERIFY(machine.commit(0, machine.clock.nowMs(), 1));
        (void)upkeep(2 * dayMs);
        (void)upkeep(2 * dayMs);
        reader = machine.engine->openReader();
        QVERIFY(salesIn(*reader, false) >= 0);
        QVERIFY(!reader->warnings().empty());
        QVERIFY(reader->warnings().front().find("Some stored hours of") == 0);
    }

    void negativeControlWithoutDamageNothingIsReported()
    {
        for (const char *kind : {"segment", "checkpoint", "spool"}) {
            FaultyMachine machine;
            QVERIFY(fill(machine, kind));
            QVERIFY(!filesOf(machine, kind).empty());
            QVERIFY(machine.start());
            QCOMPARE(reported(machine.engine->stats()), uint64_t(0));
            QCOMPARE(machine.totals().sales, double(commits));
        }
    }
};

QTEST_GUILESS_MAIN(DamageTest)
#include "DamageTest.moc"
