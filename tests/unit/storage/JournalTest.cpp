#include "storage/engine/Journal.h"
#include "tests/support/FaultyDisk.h"

#include <QTest>

using namespace plimsoll;
using plimsoll::test::FaultyDisk;

namespace {

constexpr uint64_t smallSegment = 6 * journal::blockBytes;
const std::filesystem::path directory = "journal";

struct ReadBack
{
    std::vector<std::pair<uint64_t, std::string>> frames;
    JournalReport report;
    bool ok = false;
};

ReadBack open(Journal &journal, uint64_t released = 0)
{
    ReadBack back;
    const auto report = journal.open(released, 0, [&](uint64_t sequence, std::string_view payload) {
        back.frames.emplace_back(sequence, payload);
    });
    back.ok = report.ok();
    if (report)
        back.report = *report;
    return back;
}

ReadBack readAll(FaultyDisk &disk, uint64_t released = 0)
{
    Journal journal(disk, directory, smallSegment);
    return open(journal, released);
}

std::string payloadOf(int number, size_t size = 100)
{
    std::string payload = "frame " + std::to_string(number) + ' ';
    payload.resize(std::max(size, payload.size()), static_cast<char>('a' + number % 26));
    return payload;
}

/// A disk with three frames in one segment.
void writeThree(FaultyDisk &disk, size_t size)
{
    Journal journal(disk, directory, 10 * smallSegment);
    QVERIFY(open(journal).ok);
    for (int i = 1; i <= 3; i++)
        QVERIFY(journal.append(payloadOf(i, size)));
}

size_t offsetOf(const std::string &bytes, int number)
{
    const size_t payload = bytes.find("frame " + std::to_string(number) + ' ');
    if (payload == std::string::npos)
        qFatal("The frame is not in this segment.");
    return payload - journal::frameHeadBytes;
}

} // namespace

class JournalTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsBackAllSizesOverManySegments()
    {
        FaultyDisk disk;
        std::vector<std::pair<uint64_t, std::string>> written;
        {
            Journal journal(disk, directory, smallSegment);
            QVERIFY(open(journal).ok);
            for (int i = 1; i <= 60; i++) {
                const size_t size = size_t(i) * 683 % 30'000;
                QVERIFY(journal.append(payloadOf(i, size)));
                written.emplace_back(i, payloadOf(i, size));
            }
            QCOMPARE(journal.nextSequence(), uint64_t(61));
        }
        disk.powerLoss();
        const ReadBack back = readAll(disk);
        QVERIFY(back.ok);
        QCOMPARE(back.frames, written);
        QCOMPARE(back.report.damagedFrames, uint64_t(0));
    }

    void dropsATornTailAtEveryByte()
    {
        constexpr size_t size = 5000; // more than one block
        for (size_t cut = 0; cut < journal::frameHeadBytes + size; cut++) {
            FaultyDisk disk;
            writeThree(disk, size);
            const auto path = disk.files().front();
            std::string &bytes = disk.bytesOf(path);
            const size_t frame = offsetOf(bytes, 3);
            std::fill(bytes.begin() + static_cast<ptrdiff_t>(frame + cut), bytes.end(), '\0');
            disk.keepDamage();
            Journal journal(disk, directory, smallSegment);
            const ReadBack back = open(journal);
            QVERIFY(back.ok);
            QCOMPARE(back.frames.size(), size_t(2));
            QCOMPARE(back.report.damagedFrames, uint64_t(0));
            QCOMPARE(journal.nextSequence(), uint64_t(3));
            QVERIFY(journal.append(payloadOf(7)));
            const ReadBack again = readAll(disk);
            QCOMPARE(again.frames.size(), size_t(3));
            QCOMPARE(again.frames.back(), (std::pair<uint64_t, std::string>(3, payloadOf(7))));
        }
    }

    void neverServesAFlippedBit()
    {
        constexpr size_t size = 300;
        for (size_t at = 0; at < journal::frameHeadBytes + size; at++) {
            FaultyDisk disk;
            writeThree(disk, size);
            std::string &bytes = disk.bytesOf(disk.files().front());
            bytes[offsetOf(bytes, 2) + at] ^= static_cast<char>(1 << at % 8);
            disk.keepDamage();
            const ReadBack back = readAll(disk);
            QVERIFY(back.ok);
            QCOMPARE(back.report.damagedFrames, uint64_t(1));
            QCOMPARE(back.frames.size(), size_t(2));
            QCOMPARE(back.frames[0].second, payloadOf(1, size));
            QCOMPARE(back.frames[1].second, payloadOf(3, size));
        }
    }

    void readsASegmentWithADamagedHead()
    {
        for (size_t at = 0; at < journal::segmentHeadBytes; at++) {
            FaultyDisk disk;
            writeThree(disk, 100);
            disk.bytesOf(disk.files().front())[at] ^= 0x10;
            disk.keepDamage();
            const ReadBack back = readAll(disk);
            QVERIFY(back.ok);
            QCOMPARE(back.frames.size(), size_t(3));
        }
    }

    void reportsAMissingSegment()
    {
        FaultyDisk disk;
        {
            Journal journal(disk, directory, smallSegment);
            QVERIFY(open(journal).ok);
            for (int i = 1; i <= 12; i++)
                QVERIFY(journal.append(payloadOf(i)));
        }
        QVERIFY(disk.files().size() >= 3);
        QVERIFY(disk.remove(disk.files()[1]));
        const ReadBack back = readAll(disk);
        QVERIFY(back.ok);
        QVERIFY(back.report.damagedFrames > 0);
        QCOMPARE(back.frames.size() + back.report.damagedFrames, size_t(12));
    }

    void loseNothingAcknowledgedWhenWritesFail() { failEverywhere(true); }
    void loseNothingAcknowledgedWhenSyncsFail() { failEverywhere(false); }

    void mayKeepTheFailedFrameOnlyWithoutRecovery()
    {
        for (int n = 0; n < 20; n++) {
            for (uint32_t seed = 0; seed < 4; seed++) {
                FaultyDisk disk;
                size_t acknowledged = 0;
                {
                    Journal journal(disk, directory, smallSegment);
                    QVERIFY(open(journal).ok);
                    disk.failSync(n);
                    while (acknowledged < 12 && journal.append(payloadOf(int(acknowledged))))
                        acknowledged++;
                    QVERIFY(acknowledged == 12 || !journal.append("refused until recovered"));
                }
                disk.heal();
                disk.powerLoss(seed);
                const ReadBack back = readAll(disk);
                QVERIFY(back.ok);
                QCOMPARE(back.report.damagedFrames, uint64_t(0));
                QVERIFY(back.frames.size() == acknowledged || back.frames.size() == acknowledged + 1);
            }
        }
    }

    void usesReleasedSegmentsAgain()
    {
        FaultyDisk disk;
        Journal journal(disk, directory, smallSegment);
        QVERIFY(open(journal).ok);
        for (int i = 1; i <= 500; i++) {
            QVERIFY(journal.append(payloadOf(i)));
            const uint64_t releasable = journal.releasable(journal.nextSequence() - 3);
            journal.release(releasable);
        }
        QVERIFY(disk.files().size() <= 5);
        const ReadBack back = readAll(disk, 498);
        QCOMPARE(back.frames.size(), size_t(2));
        QCOMPARE(back.frames.back().first, uint64_t(500));
        QCOMPARE(back.report.damagedFrames, uint64_t(0));
    }

    void takesSparesThatWereMadeBefore()
    {
        FaultyDisk disk;
        size_t files = 0;
        {
            Journal journal(disk, directory, smallSegment);
            QVERIFY(open(journal).ok);
            QVERIFY(!journal.wantsSpare());
            for (int i = 1; i <= 30; i++) {
                QVERIFY(journal.append(payloadOf(i)));
                const auto path = journal.wantsSpare();
                if (!path)
                    continue;
                QVERIFY(Journal::makeSpare(disk, *path, journal.segmentBytes(), false));
                journal.addSpare(*path);
                QVERIFY(!journal.wantsSpare());
                files = disk.files().size();
            }
        }
        QCOMPARE(disk.files().size(), files); // no segment was made when it was needed
        disk.powerLoss();
        QCOMPARE(readAll(disk).frames.size(), size_t(30));
        // One that was under way when the machine stopped is an empty segment like any other.
        FaultyDisk other;
        QVERIFY(Journal::makeSpare(other, directory / "segment-000007", 4096, false));
        QVERIFY(readAll(other).ok);
    }

    void leavesAReservedSegmentForOneFullOfZeros()
    {
        FaultyDisk disk;
        constexpr uint64_t size = 16U << 20; // more than is reserved for a segment that cannot wait
        const auto sizeOfFirst = [&]() -> uint64_t {
            auto file = disk.open(directory / "segment-000001");
            return file ? (*file)->size() : 0;
        };
        {
            Journal journal(disk, directory, size);
            QVERIFY(open(journal).ok);
            QVERIFY(sizeOfFirst() > 0 && sizeOfFirst() < size);
            QVERIFY(journal.append(payloadOf(1)));
            const auto spare = journal.wantsSpare();
            QVERIFY(spare);
            QVERIFY(Journal::makeSpare(disk, *spare, size, false));
            journal.addSpare(*spare);
            QVERIFY(journal.append(payloadOf(2)));
            QCOMPARE(journal.releasable(1), uint64_t(1)); // the second frame is in another segment
            QVERIFY(!journal.wantsSpare());
            journal.release(1);
            QCOMPARE(sizeOfFirst(), uint64_t(0)); // removed
        }
        disk.powerLoss();
        Journal journal(disk, directory, size);
        const ReadBack back = open(journal, 1);
        QVERIFY(back.ok);
        QCOMPARE(back.frames.size(), size_t(1));
        QCOMPARE(back.frames[0].second, payloadOf(2));
        QCOMPARE(back.report.damagedFrames, uint64_t(0));
    }

    void readsOnlyWhatIsNotReleased()
    {
        FaultyDisk disk;
        writeThree(disk, 100);
        const ReadBack back = readAll(disk, 2);
        QCOMPARE(back.frames.size(), size_t(1));
        QCOMPARE(back.frames[0].first, uint64_t(3));
        QCOMPARE(readAll(disk, 3).frames.size(), size_t(0));
    }

    void ignoresForeignFiles()
    {
        FaultyDisk disk;
        QVERIFY(disk.create(directory / "segment-x", 100).ok());
        QVERIFY(disk.create(directory / "segment-000009", 0).ok());
        QVERIFY(disk.create(directory / "notes.txt", 10).ok());
        writeThree(disk, 100);
        QCOMPARE(readAll(disk).frames.size(), size_t(3));
    }

private:
    /// Fails each write or sync in turn; what was acknowledged, and nothing else, must come back after a
    /// power cut.
    void failEverywhere(bool writes)
    {
        for (int n = 0;; n++) {
            for (uint32_t seed = 0; seed < 3; seed++) {
                FaultyDisk disk;
                std::vector<std::string> acknowledged;
                Journal journal(disk, directory, smallSegment);
                QVERIFY(open(journal).ok);
                if (writes)
                    disk.failWrite(n, size_t(n) * 977 % 5000);
                else
                    disk.failSync(n);
                for (int i = 1; i <= 20; i++) {
                    const std::string payload = payloadOf(i, size_t(i) * 431 % 9000);
                    if (journal.append(payload)) {
                        acknowledged.push_back(payload);
                        continue;
                    }
                    QVERIFY(journal.failed());
                    while (!journal.recover()) {
                    }
                }
                const bool reached = disk.failed();
                disk.heal();
                disk.powerLoss(seed);
                const ReadBack back = readAll(disk);
                QVERIFY(back.ok);
                QCOMPARE(back.report.damagedFrames, uint64_t(0));
                std::vector<std::string> found;
                for (const auto &[sequence, payload] : back.frames)
                    found.push_back(payload);
                QCOMPARE(found, acknowledged);
                if (!reached) {
                    QVERIFY(n > 15);
                    return;
                }
            }
        }
    }
};

QTEST_GUILESS_MAIN(JournalTest)
#include "JournalTest.moc"
