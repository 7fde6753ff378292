#include "app/ProcText.h"

#include <QTest>

using namespace plimsoll::app;

class ProcTextTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsCpuTimes()
    {
        const auto times = parseCpuTimes("cpu  100 5 50 1000 40 1 2 3 7 7\ncpu0 1 2 3 4\n");
        QVERIFY(times.has_value());
        QCOMPARE(times->idle, uint64_t(1040));
        QCOMPARE(times->all, uint64_t(1201));
        QVERIFY(!parseCpuTimes(""));
        QVERIFY(!parseCpuTimes("cpu  a b c d\n"));
        QVERIFY(!parseCpuTimes("cpu  1 2\n"));
        QVERIFY(!parseCpuTimes("intr 1 2 3 4\n"));
    }

    void usageIsWhatWasNotIdle()
    {
        QCOMPARE(usageBetween({100, 200}, {175, 300}), std::optional(0.25));
        QCOMPARE(usageBetween({100, 200}, {100, 300}), std::optional(1.0));
        QCOMPARE(usageBetween({100, 200}, {90, 300}), std::optional(1.0));
        QVERIFY(!usageBetween({100, 200}, {100, 200}));
        QVERIFY(!usageBetween({100, 200}, {0, 100}));
    }

    void readsMemory()
    {
        const auto memory =
            parseMemory("MemTotal:       16000 kB\nMemFree:  1 kB\nMemAvailable:    6000 kB\n");
        QVERIFY(memory.has_value());
        QCOMPARE(memory->totalBytes, uint64_t(16'000 * 1024));
        QCOMPARE(memory->usedBytes, uint64_t(10'000 * 1024));
        QVERIFY(!parseMemory("MemTotal: 16000 kB\n"));
        QVERIFY(!parseMemory("MemTotal: x kB\nMemAvailable: 1 kB\n"));
        QVERIFY(!parseMemory(""));
    }

    void readsLoadAndUptime()
    {
        const auto load = parseLoad("0.52 1.25 3.00 2/345 6789\n");
        QVERIFY(load.has_value());
        QCOMPARE(load->over1, 0.52);
        QCOMPARE(load->over15, 3.0);
        QVERIFY(!parseLoad("0.52 1.25\n"));
        QCOMPARE(parseUptimeSeconds("3600.25 7000.11\n"), std::optional(3600.25));
        QVERIFY(!parseUptimeSeconds("\n"));
    }

    void readsNetwork()
    {
        const auto totals = parseNetwork(
            "Inter-|   Receive                            |  Transmit\n"
            " face |bytes    packets errs drop fifo frame compressed multicast|bytes packets\n"
            "    lo: 999999     10    0    0    0     0          0         0 999999      10 0 0 0 0 0 0\n"
            "  eth0: 1000     10    0    0    0     0          0         0    200      10 0 0 0 0 0 0\n"
            "wlan0:234     10    0    0    0     0          0         0    50      10 0 0 0 0 0 0\n");
        QVERIFY(totals.has_value());
        QCOMPARE(totals->receivedBytes, uint64_t(1234));
        QCOMPARE(totals->transmittedBytes, uint64_t(250));
        QVERIFY(!parseNetwork("head\nhead\n    lo: 1 0 0 0 0 0 0 0 1 0\n"));
    }

    void keepsRealMountsOnly()
    {
        const auto mounts = parseMounts("sysfs /sys sysfs rw 0 0\n"
                                        "proc /proc proc rw 0 0\n"
                                        "/dev/sda1 / ext4 rw 0 0\n"
                                        "tmpfs /run tmpfs rw 0 0\n"
                                        "/dev/sda2 /home\\040of\\011us ext4 rw 0 0\n"
                                        "/dev/sda1 /var/lib/docker/bind ext4 rw 0 0\n"
                                        "/dev/loop3 /snap/core/1 squashfs ro 0 0\n"
                                        "tank/data /tank zfs rw 0 0\n"
                                        "server:/export /mnt/nfs nfs4 rw 0 0\n"
                                        "//nas/share /mnt/nas cifs rw 0 0\n");
        QCOMPARE(mounts.size(), size_t(3));
        QCOMPARE(mounts[0].path, std::string("/"));
        QCOMPARE(mounts[1].path, std::string("/home of\tus"));
        QCOMPARE(mounts[2].path, std::string("/tank"));
    }

    void aContainersRootCounts()
    {
        const auto mounts = parseMounts(
            "overlay / overlay rw 0 0\n/dev/vda /etc/hosts ext4 rw 0 0\n/dev/vda /data ext4 rw 0 0\n");
        QCOMPARE(mounts.size(), size_t(2));
        QCOMPARE(mounts[0].path, std::string("/"));
        QCOMPARE(mounts[1].path, std::string("/data"));
    }

    void readsTheProcess()
    {
        QCOMPARE(parseResidentPages("5000 1234 300 10 0 400 0\n"), std::optional<uint64_t>(1234));
        QCOMPARE(parseProcessTicks("42 (a ) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 3 0 100"),
                 std::optional<uint64_t>(300));
        QVERIFY(!parseProcessTicks("42 nothing"));
        QVERIFY(!parseResidentPages(""));
    }

    void survivesNonsense()
    {
        const std::string nonsense(100'000, '\\');
        QVERIFY(parseMounts(nonsense).empty());
        QVERIFY(!parseNetwork(nonsense));
        QVERIFY(readProc("/proc/no such file").empty());
    }
};

QTEST_GUILESS_MAIN(ProcTextTest)
#include "ProcTextTest.moc"
