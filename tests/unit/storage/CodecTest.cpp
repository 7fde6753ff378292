#include "storage/engine/codec/BitPacking.h"
#include "storage/engine/codec/TimeCodec.h"
#include "storage/engine/codec/ValueCodec.h"
#include "tests/support/OddDoubles.h"

#include <QTest>

#include <cstring>

using namespace plimsoll;

namespace {

bool sameBits(std::span<const double> a, std::span<const double> b)
{
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

/// A copy without a byte of slack behind it, so that AddressSanitizer sees each read out of bounds.
std::vector<char> tight(std::string_view bytes) { return {bytes.begin(), bytes.end()}; }

} // namespace

/// The contract of every codec: bit-exact, or it declines; damaged bytes are refused or give wrong numbers,
/// but are never read out of bounds.
class CodecTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void valuesAreBitExact_data()
    {
        QTest::addColumn<int>("codec");
        for (size_t i = 0; i < valueCodecs().size(); i++)
            QTest::addRow("%s", valueCodecs()[i]->name.data()) << int(i);
        QTest::addRow("chosen") << -1;
    }

    void valuesAreBitExact()
    {
        QFETCH(int, codec);
        int taken = 0;
        for (const auto &[name, values] : test::oddColumns()) {
            std::string bytes;
            std::vector<double> decoded(values.size(), 42);
            if (codec < 0) {
                encodeValues(values, bytes);
                QVERIFY2(decodeValues(bytes, decoded), name.c_str());
            } else {
                const ValueCodec &one = *valueCodecs()[size_t(codec)];
                if (!one.encode(values, bytes))
                    continue;
                QVERIFY2(one.decode(bytes, decoded), name.c_str());
            }
            QVERIFY2(sameBits(values, decoded), name.c_str());
            taken++;
        }
        QVERIFY(taken >= 2);
    }

    void valueCodecsHaveTheirOwnNumbers()
    {
        std::vector<uint8_t> numbers;
        for (const ValueCodec *codec : valueCodecs())
            numbers.push_back(codec->id);
        std::sort(numbers.begin(), numbers.end());
        QCOMPARE(numbers, (std::vector<uint8_t>{1, 2, 3, 4, 5, 6, 7}));
    }

    void walksAreSmall()
    {
        std::string bytes;
        for (const auto &[name, values] : test::oddColumns()) {
            if (name == "walk of 1080")
                encodeValues(values, bytes);
        }
        QVERIFY(!bytes.empty());
        QVERIFY2(bytes.size() < 1080 / 2 + 50, std::to_string(bytes.size()).c_str());
    }

    void timesAreExact()
    {
        for (const auto &[name, times] : test::oddTimes()) {
            for (const int64_t start :
                 {int64_t(0), int64_t(1'767'700'800'000), std::numeric_limits<int64_t>::min()}) {
                std::string bytes;
                encodeTimes(times, start, bytes);
                std::vector<int64_t> decoded(times.size());
                QVERIFY2(decodeTimes(bytes, start, decoded), name.c_str());
                QCOMPARE(decoded, times);
            }
        }
        std::string regular;
        encodeTimes(test::oddTimes()[5].second, 0, regular);
        QVERIFY(regular.size() < 12);
    }

    void bitsOfEveryWidth()
    {
        std::mt19937_64 random(9);
        for (int width = 0; width <= 64; width++) {
            for (const size_t count : {1, 2, 7, 127, 128, 1000}) {
                std::vector<uint64_t> numbers(count);
                for (uint64_t &number : numbers)
                    number = width == 0 ? 0 : random() >> (64 - width);
                numbers.back() = width == 0 ? 0 : ~0ULL >> (64 - width);
                QCOMPARE(bitWidthOf(numbers), width);
                std::string bytes = "ab";
                packBits(numbers, width, bytes);
                QCOMPARE(bytes.size(), 2 + packedBytes(count, width));
                const std::vector<char> copy = tight(std::string_view(bytes).substr(2));
                std::vector<uint64_t> unpacked(count, 1);
                unpackBits({copy.data(), copy.size()}, width, unpacked);
                QCOMPARE(unpacked, numbers);
            }
        }
    }

    void damagedBytesAreNeverReadOutOfBounds()
    {
        std::mt19937_64 random(10);
        std::vector<double> out;
        for (const auto &[name, values] : test::oddColumns()) {
            std::string bytes;
            encodeValues(values, bytes);
            for (int round = 0; round < 60; round++) {
                std::vector<char> damaged =
                    tight(std::string_view(bytes).substr(0, random() % (bytes.size() + 1)));
                for (uint64_t flips = random() % 4; flips > 0 && !damaged.empty(); flips--)
                    damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
                out.resize(random() % 3 == 0 ? random() % 2000 : values.size());
                (void)decodeValues({damaged.data(), damaged.size()}, out);
            }
        }
    }

    void randomBytesAreNeverReadOutOfBounds()
    {
        std::mt19937_64 random(11);
        std::vector<double> values;
        std::vector<int64_t> times;
        for (int round = 0; round < 20'000; round++) {
            std::vector<char> bytes(random() % 64);
            for (char &byte : bytes)
                byte = static_cast<char>(random());
            if (!bytes.empty() && round % 2 == 0)
                bytes[0] = static_cast<char>(1 + random() % 7);
            values.resize(random() % 300);
            times.resize(random() % 300);
            (void)decodeValues({bytes.data(), bytes.size()}, values);
            (void)decodeTimes({bytes.data(), bytes.size()}, 0, times);
        }
    }

    void shortBytesAreRefused()
    {
        for (const auto &[name, values] : test::oddColumns()) {
            std::string bytes;
            encodeValues(values, bytes);
            std::vector<double> out(values.size());
            for (size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 50) {
                const std::vector<char> cut = tight(std::string_view(bytes).substr(0, size));
                QVERIFY2(!decodeValues({cut.data(), cut.size()}, out), name.c_str());
            }
            QVERIFY2(!decodeValues(bytes + '\0', out), name.c_str());
        }
    }
};

QTEST_GUILESS_MAIN(CodecTest)
#include "CodecTest.moc"
