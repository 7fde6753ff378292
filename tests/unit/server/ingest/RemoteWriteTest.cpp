#include "server/ingest/RemoteWrite.h"

#include "tests/support/RemoteWriteBody.h"
#include "tests/unit/server/ingest/Decoding.h"

#include <QTest>

#include <algorithm>
#include <bit>
#include <random>

using namespace plimsoll;
using namespace plimsoll::ingest;
using namespace plimsoll::ingest::testing;
namespace prw = plimsoll::tests::prw;

class RemoteWriteTest : public QObject
{
    Q_OBJECT

    Prices m_prices;
    RemoteWrite m_decoder{m_prices};

    Decoded decode(std::string_view body)
    {
        Payload payload;
        payload.body = body;
        return testing::decode(m_decoder, payload);
    }
    Decoded decodeMessage(const std::string &message) { return decode(prw::compressed(message)); }

    static std::string nativeHistogram(const std::function<void(protozero::pbf_writer &)> &more)
    {
        std::string out;
        protozero::pbf_writer writer(out);
        writer.add_uint64(1, 12);
        writer.add_double(3, 18.4);
        writer.add_sint32(4, 1);
        writer.add_double(5, 0.001);
        writer.add_uint64(6, 2);
        more(writer);
        writer.add_int64(15, 1790000000123);
        return out;
    }
    static std::string span(int32_t offset, uint32_t length)
    {
        std::string out;
        protozero::pbf_writer writer(out);
        writer.add_sint32(1, offset);
        writer.add_uint32(2, length);
        return out;
    }

private Q_SLOTS:
    void readsSeries()
    {
        const std::string message = prw::series({{"__name__", "up"}, {"job", "a"}}, {{1, 1000}, {0, 2000}}) +
                                    prw::series({{"__name__", "up"}, {"job", "b"}}, {{-0.5, 1000}});
        const std::string expected = "up{job=\"a\"} untyped? 1000 1 #0\nup{job=\"a\"} untyped? 2000 0 #1\n"
                                     "up{job=\"b\"} untyped? 1000 -0.5 #2\n";
        for (int round = 0; round < 3; round++) {
            const auto d = decodeMessage(message);
            QVERIFY(d.status.ok());
            QCOMPARE(d.samples, expected);
            QCOMPARE(d.batch.series.size(), size_t(2));
        }
    }

    void takesABodyThatIsNotCompressed()
    {
        const auto d = decode(prw::series({{"__name__", "up"}}, {{1, 1000}}));
        QVERIFY(d.status.ok());
        QCOMPARE(d.samples, std::string("up untyped? 1000 1 #0\n"));
    }

    void keepsTheBitsOfStaleMarkers()
    {
        constexpr uint64_t stale = 0x7ff0000000000002;
        for (const uint64_t bits : {stale, uint64_t(0x7ff8000000000001), std::bit_cast<uint64_t>(-0.0)}) {
            const auto d =
                decodeMessage(prw::series({{"__name__", "up"}}, {{std::bit_cast<double>(bits), 1}}));
            QCOMPARE(std::bit_cast<uint64_t>(d.batch.floats.at(0).value), bits);
        }
    }

    void predictsOrdersThatChange()
    {
        const auto one = [](int i) {
            return prw::series({{"__name__", "m"}, {"i", std::to_string(i)}}, {{double(i), 1000 + i}});
        };
        for (const std::vector<int> &order :
             {std::vector<int>{1, 2, 3}, {3, 2, 1}, {1, 1, 3}, {1, 2, 3}, {2}, {1, 22, 2, 3}, {1, 2, 3}}) {
            std::string message;
            std::string expected;
            for (size_t at = 0; at < order.size(); at++) {
                message += one(order[at]);
                const std::string i = std::to_string(order[at]);
                expected += "m{i=\"" + i + "\"} untyped? " + std::to_string(1000 + order[at]) + ' ' + i +
                            " #" + std::to_string(at) + '\n';
            }
            QCOMPARE(decodeMessage(message).samples, expected);
        }
    }

    /// The bytes of one label set may be the start of another's.
    void tellsALongerLabelSetApart()
    {
        const std::string shorter = prw::series({{"__name__", "m"}, {"a", "1"}}, {{1, 1}});
        const std::string longer = prw::series({{"__name__", "m"}, {"a", "1"}, {"b", "2"}}, {{2, 1}});
        QCOMPARE(decodeMessage(shorter).samples, std::string("m{a=\"1\"} untyped? 1 1 #0\n"));
        QCOMPARE(decodeMessage(longer).samples, std::string("m{a=\"1\",b=\"2\"} untyped? 1 2 #0\n"));
        QCOMPARE(decodeMessage(shorter).samples, std::string("m{a=\"1\"} untyped? 1 1 #0\n"));
    }

    /// Senders repeat their messages but for values and times; whatever else changes is read as it stands.
    void remembersLayoutsAndReadsWhatChanged()
    {
        const auto labelsOf = [](int i) {
            return prw::Labels{{"__name__", "node_cpu_" + std::to_string(i % 7)},
                               {"host", "host_" + std::to_string(i / 7)},
                               {"region", "eu-west-1"},
                               {"service", "a service with a name of some length"},
                               {"version", std::to_string(i % 2)}};
        };
        std::mt19937 random(77);
        for (int round = 0; round < 120; round++) {
            std::vector<std::string> parts;
            for (int i = 0; i < 700; i++) {
                auto labels = labelsOf(i);
                const int64_t timestampMs = now + round * 1000;
                std::vector<std::pair<double, int64_t>> samples{{double(random() % 100), timestampMs}};
                const auto change = round == 0 ? 1000 : random() % 1000;
                if (change == 0)
                    labels[random() % 5].second.back() ^= 1;
                if (change == 1)
                    labels[random() % 5].second += "longer";
                if (change == 2)
                    labels.pop_back();
                if (change == 3)
                    samples.emplace_back(0.25, timestampMs + 1);
                if (change == 4)
                    samples[0].second = -1;
                std::string part = prw::series(labels, samples);
                if (change == 5)
                    part += prw::metadata(1, "node_cpu_0");
                if (change == 6) // an exemplar behind the sample, a field that nobody knows
                    part = prw::field(1, prw::labels(labels) + prw::field(2, prw::sample(3, timestampMs)) +
                                             prw::field(3, prw::label("trace", "x")) + prw::field(77, "y"));
                if (change == 7) // the time before the value, then only one of them
                    part = prw::field(
                        1, prw::labels(labels) +
                               prw::field(2, prw::sample(3, 9).substr(9) + prw::sample(3, 9).substr(0, 9)) +
                               prw::field(2, prw::sample(3, 9).substr(9)) +
                               prw::field(2, prw::sample(3, 9).substr(0, 9)));
                if (change == 8)
                    part = prw::field(1, prw::labels(labels) +
                                             prw::field(4, nativeHistogram([](protozero::pbf_writer &w) {
                                                            w.add_message(11, span(0, 1));
                                                            w.add_sint64(12, 10);
                                                        })) +
                                             prw::field(2, prw::sample(3, timestampMs)));
                if (change == 9)
                    part = prw::field(99, std::string(random() % 40'000, 'x'));
                parts.push_back(std::move(part));
            }
            if (round % 10 == 9)
                std::shuffle(parts.begin(), parts.end(), random);
            std::string message;
            for (const std::string &part : parts)
                message += part;
            if (round % 20 == 13)
                message.resize(random() % message.size());
            std::string body = round % 5 == 4 ? message : prw::compressed(message);
            if (round % 30 == 29)
                body.resize(random() % body.size());
            const auto remembering = decode(body);
            RemoteWrite forgetful(m_prices);
            Payload payload;
            payload.body = body;
            const auto fresh = testing::decode(forgetful, payload);
            QCOMPARE(remembering.status.ok(), fresh.status.ok());
            if (!fresh.status.ok())
                continue;
            QCOMPARE(remembering.samples, fresh.samples);
            QCOMPARE(remembering.rejections, fresh.rejections);
            QCOMPARE(remembering.batch.itemCount, fresh.batch.itemCount);
            QCOMPARE(remembering.batch.histograms.size(), fresh.batch.histograms.size());
            QCOMPARE(remembering.batch.meanings.size(), fresh.batch.meanings.size());
        }
    }

    void readsManySamplesOfOneSeries()
    {
        std::vector<std::pair<double, int64_t>> samples;
        for (int i = 0; i < 60'000; i++)
            samples.emplace_back(i * 0.5, now + i);
        for (int round = 0; round < 2; round++) {
            const auto d = decodeMessage(prw::series({{"__name__", "m"}}, samples) +
                                         prw::series({{"__name__", "n"}}, {{1, 2}}));
            QCOMPARE(d.batch.floats.size(), samples.size() + 1);
            for (size_t i = 0; i < samples.size(); i++)
                QCOMPARE(std::pair(d.batch.floats[i].value, d.batch.floats[i].timestampMs), samples[i]);
        }
    }

    /// What was read before the block turned out to be none is not kept.
    void takesNothingOfABrokenBlock()
    {
        std::string message;
        for (int i = 0; i < 3000; i++)
            message += prw::series({{"__name__", "m"}, {"i", std::to_string(i)}}, {{1, 1000}});
        const std::string body = prw::compressed(message);
        for (const std::string &broken : {body.substr(0, body.size() - 1), body + "x"}) {
            const auto d = decode(broken);
            QCOMPARE(d.status.error().code, ErrorCode::Invalid);
        }
        QCOMPARE(decode(body).batch.floats.size(), size_t(3000));
    }

    void readsLabelsAnywhereAndInAnyOrder()
    {
        const std::string scattered = prw::field(
            1, prw::field(2, prw::sample(1, 1000)) + prw::field(1, prw::label("z", "1")) +
                   prw::field(2, prw::sample(2, 2000)) + prw::field(1, prw::label("__name__", "m")));
        const std::string after =
            prw::field(1, prw::labels({{"__name__", "m"}}) + prw::field(2, prw::sample(3, 3000)) +
                              prw::field(1, prw::label("z", "1")));
        for (int round = 0; round < 2; round++) {
            const auto d =
                decodeMessage(scattered + after + prw::series({{"z", "1"}, {"__name__", "m"}}, {{4, 4000}}));
            QVERIFY(d.status.ok());
            QCOMPARE(d.rejections, std::string());
            QCOMPARE(d.samples,
                     std::string("m{z=\"1\"} untyped? 1000 1 #0\nm{z=\"1\"} untyped? 2000 2 #1\n"
                                 "m{z=\"1\"} untyped? 3000 3 #2\nm{z=\"1\"} untyped? 4000 4 #3\n"));
            QVERIFY(d.batch.series.size() <= 3);
        }
    }

    void refusesBadSeriesAlone_data()
    {
        QTest::addColumn<QByteArray>("series");
        QTest::addColumn<QByteArray>("code");
        const auto bytes = [](const std::string &s) { return QByteArray::fromStdString(s); };
        QTest::newRow("no name") << bytes(prw::series({{"a", "b"}}, {{1, 1}})) << QByteArray("bad_name");
        QTest::newRow("reserved") << bytes(prw::series({{"__name__", "m"}, {"__x", "b"}}, {{1, 1}}))
                                  << QByteArray("bad_label");
        QTest::newRow("twice") << bytes(prw::series({{"__name__", "m"}, {"a", "b"}, {"a", "c"}}, {{1, 1}}))
                               << QByteArray("bad_label");
        QTest::newRow("not UTF-8") << bytes(prw::series({{"__name__", "m"}, {"a", "\xff"}}, {{1, 1}}))
                                   << QByteArray("bad_label");
        QTest::newRow("before 1970") << bytes(prw::series({{"__name__", "m"}}, {{1, -1}}))
                                     << QByteArray("bad_ts");
        prw::Labels many{{"__name__", "m"}};
        for (int i = 0; i < 65; i++)
            many.emplace_back("l" + std::to_string(100 + i), "v");
        QTest::newRow("many") << bytes(prw::series(many, {{1, 1}})) << QByteArray("too_many_labels");
    }
    void refusesBadSeriesAlone()
    {
        QFETCH(QByteArray, series);
        QFETCH(QByteArray, code);
        const std::string good = prw::series({{"__name__", "up"}}, {{1, 1000}});
        for (int round = 0; round < 2; round++) {
            const auto d = decodeMessage(good + series.toStdString() + good);
            QVERIFY(d.status.ok());
            QCOMPARE(d.rejections, "1 " + code.toStdString() + "\n");
            QCOMPARE(d.samples, std::string("up untyped? 1000 1 #0\nup untyped? 1000 1 #2\n"));
        }
    }

    void refusesWhatIsNoMessage()
    {
        for (const std::string &body : std::vector<std::string>{
                 "hello", "\x0a\xff", prw::compressed("nonsense here"), std::string(100, '\xff')})
            QCOMPARE(decode(body).status.error().code, ErrorCode::Invalid);
        const auto framed = decode(std::string("\xff\x06\x00\x00sNaPpY", 10) + "rest");
        QVERIFY(framed.status.error().message.find("framed") != std::string::npos);
    }

    /// The stated length is not believed.
    void boundsTheStatedLength()
    {
        const auto tooMuch = decode(std::string("\xff\xff\xff\xff\x0f\x00", 6));
        QCOMPARE(tooMuch.status.error().code, ErrorCode::TooLarge);
        const auto unlikely = decode(std::string("\x80\x80\x80\x18\x00", 5)); // 48 MiB out of five bytes
        QCOMPARE(unlikely.status.error().code, ErrorCode::Invalid);
        std::string message = prw::labels({{"__name__", "m"}});
        for (int i = 0; i < 2'000'001; i++)
            message.append("\x12\x00", 2);
        QCOMPARE(decodeMessage(prw::field(1, message)).status.error().code, ErrorCode::TooLarge);
    }

    void readsMetadata()
    {
        const auto d = decodeMessage(prw::metadata(1, "http_requests") + prw::metadata(2, "temperature") +
                                     prw::metadata(3, "latency") + prw::metadata(0, "whatever"));
        QVERIFY(d.status.ok());
        std::string said;
        for (const auto &meaning : d.batch.meanings)
            said += meaning.name + ' ' + std::string(kindName(meaning.kind)) + '\n';
        QCOMPARE(said, std::string("http_requests counter\nhttp_requests_total counter\ntemperature gauge\n"
                                   "latency_bucket counter\nlatency_sum counter\nlatency_count counter\n"));
        QCOMPARE(d.batch.itemCount, 0U);
    }

    void readsNativeHistograms()
    {
        const std::string histogram = nativeHistogram([](protozero::pbf_writer &writer) {
            writer.add_message(8, span(1, 2));
            const std::vector<int64_t> negative{1, 1};
            writer.add_packed_sint64(9, negative.begin(), negative.end());
            writer.add_message(11, span(-1, 2));
            writer.add_message(11, span(3, 1));
            const std::vector<int64_t> positive{2, 1, -1};
            writer.add_packed_sint64(12, positive.begin(), positive.end());
            writer.add_enum(14, 2);
        });
        const std::string series =
            prw::field(1, prw::labels({{"__name__", "h"}, {"a", "b"}}) + prw::field(4, histogram));
        for (int round = 0; round < 2; round++) {
            const auto d = decodeMessage(series);
            QVERIFY(d.status.ok());
            QCOMPARE(d.rejections, std::string());
            QCOMPARE(d.batch.histograms.size(), size_t(1));
            QCOMPARE(d.batch.series.at(0).kind, Kind::Histogram);
            const auto &sample = d.batch.histograms[0];
            QCOMPARE(sample.timestampMs, int64_t(1790000000123));
            QCOMPARE(sample.value.count(), 12.0);
            QCOMPARE(sample.value.sum(), 18.4);
            QCOMPARE(sample.value.schema(), 1);
            QCOMPARE(sample.value.zeroThreshold(), 0.001);
            QCOMPARE(sample.value.zeroCount(), 2.0);
            QCOMPARE(sample.value.resetHint(), Histogram::ResetHint::NotReset);
            QVERIFY((sample.value.positive() == Histogram::Buckets{{-1, 2}, {0, 3}, {4, 2}}));
            QVERIFY((sample.value.negative() == Histogram::Buckets{{1, 1}, {2, 2}}));
            QVERIFY(Histogram::decode(sample.value.encode()).value() == sample.value);
        }
    }

    void readsCustomBounds()
    {
        const std::vector<double> bounds{0.1, 1, 10};
        std::string histogram;
        protozero::pbf_writer writer(histogram);
        writer.add_double(2, 6);
        writer.add_double(3, 7.5);
        writer.add_sint32(4, -53);
        writer.add_message(11, span(0, 4));
        const std::vector<double> counts{1, 2, 0, 3};
        writer.add_packed_double(13, counts.begin(), counts.end());
        writer.add_packed_double(16, bounds.begin(), bounds.end());
        const auto d =
            decodeMessage(prw::field(1, prw::labels({{"__name__", "h"}}) + prw::field(4, histogram)));
        QCOMPARE(d.rejections, std::string());
        QCOMPARE(d.batch.histograms.at(0).value.customBounds(), bounds);
        QVERIFY((d.batch.histograms[0].value.positive() == Histogram::Buckets{{0, 1}, {1, 2}, {3, 3}}));
    }

    void refusesBrokenHistograms()
    {
        using Writer = protozero::pbf_writer;
        const std::vector<int64_t> two{2, -5};
        const std::vector<std::function<void(Writer &)>> faults{
            [](Writer &w) { w.add_message(11, span(0, 3)); },
            [&](Writer &w) { w.add_packed_sint64(12, two.begin(), two.end()); },
            [&](Writer &w) {
                w.add_message(11, span(0, 2));
                w.add_packed_sint64(12, two.begin(), two.end()); // a count below 0
            },
            [](Writer &w) { w.add_sint32(4, 9); },
            [&](Writer &w) {
                w.add_message(11, span(INT32_MAX, 0));
                w.add_message(11, span(INT32_MAX, 2));
                w.add_packed_sint64(12, two.begin(), two.end());
            },
            [](Writer &w) { w.add_sint32(4, -53), w.add_double(16, 2), w.add_double(16, 1); },
        };
        const std::string good = prw::series({{"__name__", "up"}}, {{1, 1000}});
        for (const auto &fault : faults) {
            const auto d = decodeMessage(good + prw::field(1, prw::labels({{"__name__", "h"}}) +
                                                                  prw::field(4, nativeHistogram(fault))));
            QVERIFY(d.status.ok());
            QCOMPARE(d.rejections, std::string("1 bad_value\n"));
            QCOMPARE(d.samples, std::string("up untyped? 1000 1 #0\n"));
            QCOMPARE(d.batch.series.size(), size_t(1));
        }
    }
};

QTEST_GUILESS_MAIN(RemoteWriteTest)
#include "RemoteWriteTest.moc"
