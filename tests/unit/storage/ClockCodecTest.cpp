#include "storage/engine/codec/ClockCodec.h"
#include "tests/support/OddDoubles.h"

#include <QTest>

using namespace plimsoll;

namespace {

constexpr int64_t windowStart = 1'767'700'800'000;

std::vector<int64_t> jitter(size_t size, int64_t spread)
{
    std::mt19937_64 random(31);
    std::vector<int64_t> times;
    for (size_t i = 0; i < size; i++)
        times.push_back(windowStart + int64_t(i) * 15'000 + int64_t(random() % uint64_t(spread)));
    return times;
}

std::vector<std::pair<std::string, std::vector<int64_t>>> clocks()
{
    auto all = test::oddTimes();
    all.emplace_back("near the window", jitter(1080, 5));
    all.emplace_back("wide jitter", jitter(720, 200));
    all.emplace_back("two", std::vector<int64_t>{windowStart + 1, windowStart + 60'000});
    std::vector<int64_t> drifting = jitter(500, 3);
    for (size_t i = 0; i < drifting.size(); i++)
        drifting[i] += int64_t(i) * 6;
    all.emplace_back("drifting", drifting);
    return all;
}

} // namespace

class ClockCodecTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void timesAreExact()
    {
        for (const auto &[name, times] : clocks()) {
            for (const int64_t start : {int64_t(0), windowStart, std::numeric_limits<int64_t>::min()}) {
                std::string bytes;
                encodeClock(times, start, bytes);
                std::vector<int64_t> decoded(times.size());
                QVERIFY2(decodeClock(bytes, start, decoded), name.c_str());
                QCOMPARE(decoded, times);
            }
        }
    }

    void everyCodecIsExact()
    {
        for (const ClockCodec &codec : clockCodecs()) {
            int taken = 0;
            for (const auto &[name, times] : clocks()) {
                std::string bytes;
                std::vector<int64_t> decoded(times.size());
                if (!codec.encode(times, windowStart, bytes))
                    continue;
                QVERIFY2(codec.decode(bytes, windowStart, decoded), name.c_str());
                QCOMPARE(decoded, times);
                taken++;
            }
            QVERIFY(taken >= 4);
        }
    }

    void jitterIsNoiseOnAGrid()
    {
        std::string bytes;
        encodeClock(jitter(1080, 5), windowStart, bytes);
        QCOMPARE(int(bytes.front()), 2);
        QVERIFY2(bytes.size() < 1080 * 3 / 8, std::to_string(bytes.size()).c_str());
    }

    void damagedBytesAreNeverReadOutOfBounds()
    {
        std::mt19937_64 random(32);
        const auto all = clocks();
        for (int round = 0; round < 5000; round++) {
            const auto &times = all[random() % all.size()].second;
            std::string bytes;
            encodeClock(times, windowStart, bytes);
            for (uint64_t flips = random() % 4; flips > 0 && !bytes.empty(); flips--)
                bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
            bytes.resize(random() % 3 == 0 ? random() % (bytes.size() + 1) : bytes.size());
            const std::vector<char> tight(bytes.begin(), bytes.end());
            std::vector<int64_t> out(random() % 3 == 0 ? random() % 2000 : times.size());
            (void)decodeClock({tight.data(), tight.size()}, windowStart, out);
        }
    }
};

QTEST_GUILESS_MAIN(ClockCodecTest)
#include "ClockCodecTest.moc"
