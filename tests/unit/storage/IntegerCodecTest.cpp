#include "storage/engine/codec/IntegerCodec.h"
#include "storage/engine/codec/TansTables.h"
#include "storage/engine/codec/Tokens.h"

#include <QTest>

#include <xxhash.h>

#include <limits>
#include <numeric>
#include <random>

using namespace plimsoll;

namespace {

using Column = std::vector<int64_t>;

/// Columns of every shape and size that the coder treats in its own way.
Column columnOf(std::mt19937_64 &random, size_t size)
{
    Column column(size);
    const int width = int(random() % 64);
    const uint64_t shape = random() % 7;
    uint64_t value = random();
    uint64_t step = random() % 1000;
    for (int64_t &number : column) {
        switch (shape) {
        case 0:
            value = random() >> width;
            break;
        case 1:
            value += random() >> width;
            break;
        case 2:
            value += step += random() % 7 - 3;
            break;
        case 3:
            value = random() % 10 == 0 ? random() >> width : 5;
            break;
        case 4:
            value = random() % 3;
            break;
        case 5:
            value += step;
            break;
        default:
            value += random() % 15 - 7;
        }
        number = static_cast<int64_t>(value);
    }
    return column;
}

void check(const Column &column)
{
    std::string bytes = "before";
    encodeIntegers(column, bytes);
    Column decoded(column.size(), 77);
    QVERIFY(decodeIntegers(std::string_view(bytes).substr(6), decoded));
    QCOMPARE(decoded, column);
}

size_t sizeOf(const Column &column)
{
    std::string bytes;
    encodeIntegers(column, bytes);
    return bytes.size();
}

} // namespace

class IntegerCodecTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void columnsComeBack()
    {
        std::mt19937_64 random(21);
        for (const size_t size : {0, 1, 2, 3, 31, 32, 33, 120, 240, 255, 256, 257, 1080, 4320}) {
            for (int round = 0; round < 300; round++)
                check(columnOf(random, size));
        }
        for (int round = 0; round < 20'000; round++)
            check(columnOf(random, random() % 40));
    }

    void extremesComeBack()
    {
        constexpr int64_t least = std::numeric_limits<int64_t>::min();
        constexpr int64_t most = std::numeric_limits<int64_t>::max();
        check({least, most, 0, -1, 1, most, least, least});
        check({most, most});
        check({least, 0, most});
        Column alternating(1080);
        for (size_t i = 0; i < alternating.size(); i++)
            alternating[i] = i % 2 == 0 ? least : most;
        check(alternating);
        Column powers;
        for (int bit = 0; bit < 64; bit++)
            powers.push_back(static_cast<int64_t>(1ULL << bit));
        check(powers);
        std::shuffle(powers.begin(), powers.end(), std::mt19937_64(22));
        check(powers);
    }

    /// A table of one symbol takes no bits at all, however many there are.
    void longColumnsOfOneToken()
    {
        Column column(2'000'000);
        for (size_t i = 0; i < column.size(); i++)
            column[i] = static_cast<int64_t>(i * i % 2 + i % 3 * (1LL << 40));
        check(column);
    }

    void fewIntegersTakeFewBytes()
    {
        QCOMPARE(sizeOf({}), size_t(0));
        QCOMPARE(sizeOf({5}), size_t(2));
        QCOMPARE(sizeOf({5, 6}), size_t(3));
        QCOMPARE(sizeOf(Column(1000, 1)), size_t(2));
        QVERIFY(sizeOf({1, 1, 0, 1, 0, 0, 1, 1}) <= 4);
        Column rising(5000);
        std::iota(rising.begin(), rising.end(), 1'000'000);
        QVERIFY(sizeOf(rising) <= 6);
    }

    void tokensAreExact()
    {
        std::mt19937_64 random(23);
        for (int round = 0; round < 100'000; round++) {
            const uint64_t number = random() >> random() % 64;
            const int token = tokenOf(number);
            QVERIFY(token >= 0 && token < tokenCount);
            QVERIFY(number >= numberOf(token));
            const int bits = rawBitsOf(token);
            QVERIFY(bits == 0 ? number == numberOf(token) : (number - numberOf(token)) >> bits == 0);
        }
    }

    /// The built-in tables are part of the format: no data of this version could be read with others.
    void builtInTablesNeverChange()
    {
        std::string all;
        for (int table = 0; table < staticTables; table++) {
            const SymbolCounts counts = staticCounts(table);
            QCOMPARE(std::accumulate(counts.begin(), counts.end(), 0), codeStates);
            QVERIFY(counts[escapeSymbol] > 0);
            all.append(reinterpret_cast<const char *>(counts.data()), sizeof counts);
        }
        QCOMPARE(XXH3_64bits(all.data(), all.size()), uint64_t(13326857654728864839ULL));
    }

    void damagedBytesAreNeverReadOutOfBounds()
    {
        std::mt19937_64 random(24);
        for (int round = 0; round < 30'000; round++) {
            Column column = columnOf(random, random() % 300);
            std::string bytes;
            encodeIntegers(column, bytes);
            for (uint64_t flips = random() % 4; flips > 0 && !bytes.empty(); flips--)
                bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
            bytes.resize(random() % 3 == 0 ? random() % (bytes.size() + 1) : bytes.size());
            const std::vector<char> tight(bytes.begin(), bytes.end());
            column.resize(random() % 3 == 0 ? random() % 2000 : column.size());
            (void)decodeIntegers({tight.data(), tight.size()}, column);
        }
    }
};

QTEST_GUILESS_MAIN(IntegerCodecTest)
#include "IntegerCodecTest.moc"
