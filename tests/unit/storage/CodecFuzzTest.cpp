#include "storage/engine/Chunk.h"
#include "storage/engine/PackBuilder.h"
#include "storage/engine/PackFormat.h"
#include "storage/model/Varint.h"
#include "tests/support/DecodeAnything.h"
#include "tests/support/OddDoubles.h"

#include <QTest>

#include <cstring>

using namespace plimsoll;

namespace {

struct Seed
{
    int decoder;
    size_t count;
    std::string bytes;
};

std::string packOf(const std::vector<double> &values)
{
    FloatColumns columns;
    columns.values = values;
    for (size_t i = 0; i < values.size(); i++)
        columns.timestampsMs.push_back(int64_t(i) * 1000);
    PackEntry entry;
    entry.series = 3;
    entry.samples = values.size();
    entry.maxMs = columns.timestampsMs.back();
    PackBuilder builder(0);
    builder.add(entry, encodeChunk(columns, 0));
    return builder.finish();
}

/// What each encoder makes of each kind of column.
std::vector<Seed> seeds()
{
    std::vector<Seed> all;
    for (const auto &[name, values] : test::oddColumns()) {
        Seed chosen{1, values.size(), {}};
        encodeValues(values, chosen.bytes);
        all.push_back(chosen);
        for (const ValueCodec *codec : valueCodecs()) {
            Seed one{1, values.size(), std::string(1, char(codec->id))};
            if (codec->encode(values, one.bytes))
                all.push_back(one);
        }
        all.push_back({5, 0, packOf(values)});
        Seed integers{0, values.size(), {}};
        std::vector<int64_t> column(values.size());
        std::memcpy(column.data(), values.data(), values.size() * sizeof(double));
        encodeIntegers(column, integers.bytes);
        all.push_back(integers);
    }
    for (const auto &[name, times] : test::oddTimes()) {
        Seed clock{2, times.size(), {}};
        encodeClock(times, 1'767'700'800'000, clock.bytes);
        all.push_back(clock);
    }
    std::vector<Histogram> histograms(40);
    for (size_t i = 0; i < histograms.size(); i++) {
        for (size_t k = 0; k <= i % 9; k++)
            histograms[i].observe(0.01 * double(i + k));
    }
    Seed histogram{3, histograms.size(), {}};
    encodeHistograms(histograms, false, histogram.bytes);
    all.push_back(histogram);
    DefinitionBlock block;
    for (SeriesId id = 1; id < 30; id++)
        block.add({id, 1, Kind::Gauge, Labels{{"__name__", "a"}, {"b", std::to_string(id)}}.key()});
    all.push_back({4, 0, compressDefinitions(block.bytes())});
    return all;
}

void damage(std::string &bytes, std::mt19937_64 &random)
{
    for (uint64_t flips = random() % 5; flips > 0 && !bytes.empty(); flips--)
        bytes[random() % std::min<size_t>(bytes.size(), random() % 2 == 0 ? 24 : SIZE_MAX)] =
            static_cast<char>(random());
    switch (random() % 4) {
    case 0:
        bytes.resize(random() % (bytes.size() + 1));
        break;
    case 1:
        bytes.append(random() % 40, static_cast<char>(random()));
        break;
    default:
        break;
    }
}

} // namespace

/// Bytes that no checksum guards any more: changed, cut and extended. Worth it under AddressSanitizer, which
/// sees each read out of bounds; PLIMSOLL_FUZZ_ROUNDS makes it longer.
class CodecFuzzTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void damagedBytesAreNeverReadOutOfBounds()
    {
        bool given = false;
        const int wanted = qEnvironmentVariableIntValue("PLIMSOLL_FUZZ_ROUNDS", &given);
        const int rounds = given ? wanted : 20'000;
        const std::vector<Seed> all = seeds();
        QVERIFY(all.size() > 100);
        std::mt19937_64 random(qEnvironmentVariableIntValue("PLIMSOLL_FUZZ_SEED"));
        for (int round = 0; round < rounds; round++) {
            const Seed &seed = all[random() % all.size()];
            std::string bytes = seed.bytes;
            damage(bytes, random);
            const std::vector<char> tight(bytes.begin(), bytes.end());
            const size_t count = random() % 4 == 0 ? random() % 3000 : seed.count;
            test::decodeAnything(seed.decoder, count, {tight.data(), tight.size()});
        }
    }

    /// The directory of a pack may lie with a checksum that holds.
    void packsThatLieAreRefusedOrRead()
    {
        std::mt19937_64 random(17);
        const std::string good = packOf(test::oddColumns().back().second);
        constexpr size_t headBytes = 4 + 1 + 1; // magic, version, window start 0
        for (int round = 0; round < 5000; round++) {
            std::string bytes = good;
            std::string_view rest = std::string_view(bytes).substr(headBytes);
            const uint64_t size = *takeVarint(rest);
            const size_t head = bytes.size() - rest.size();
            bytes[head + 4 + random() % size] = static_cast<char>(random());
            const uint32_t checksum =
                packDirectoryChecksum(bytes.substr(0, head), std::string_view(bytes).substr(head + 4, size));
            std::memcpy(bytes.data() + head, &checksum, sizeof checksum);
            const auto pack = Pack::open(bytes);
            if (pack && pack->entries().size() == 1 && pack->entries()[0].samples < 100'000)
                test::decodeAnything(5, 0, bytes);
        }
    }
};

QTEST_GUILESS_MAIN(CodecFuzzTest)
#include "CodecFuzzTest.moc"
