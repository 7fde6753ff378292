#include "server/ingest/RemoteWrite2.h"

#include "tests/support/RemoteWriteBody.h"
#include "tests/unit/server/ingest/Decoding.h"

#include <QTest>

using namespace plimsoll;
using namespace plimsoll::ingest;
using namespace plimsoll::ingest::testing;
namespace prw = plimsoll::tests::prw;

class RemoteWrite2Test : public QObject
{
    Q_OBJECT

    Prices m_prices;
    RemoteWrite2 m_decoder{m_prices};

    Decoded decode(std::string_view body)
    {
        Payload payload;
        payload.body = body;
        return testing::decode(m_decoder, payload);
    }
    Decoded decode(const prw::Request2 &request) { return decode(prw::compressed(request.message())); }
    static std::string sample(double value, int64_t timestampMs)
    {
        return prw::field(2, prw::sample(value, timestampMs));
    }

private Q_SLOTS:
    /// The table of each request is another one; what was remembered must not depend on its numbers.
    void readsSeriesThroughTablesThatChange()
    {
        for (int round = 0; round < 4; round++) {
            prw::Request2 request;
            if (round % 2 == 1)
                request.reference("something else");
            request.add({{"__name__", "up"}, {"job", round < 2 ? "a" : "b"}},
                        sample(1, 1000) + sample(0, 2000));
            request.add({{"__name__", "up"}, {"job", round < 2 ? "b" : "a"}}, sample(-0.5, 1000));
            const auto d = decode(request);
            QVERIFY(d.status.ok());
            const std::string first = round < 2 ? "a" : "b";
            const std::string second = round < 2 ? "b" : "a";
            QCOMPARE(d.samples, "up{job=\"" + first + "\"} untyped? 1000 1 #0\nup{job=\"" + first +
                                    "\"} untyped? 2000 0 #1\nup{job=\"" + second +
                                    "\"} untyped? 1000 -0.5 #2\n");
        }
    }

    void takesABodyThatIsNotCompressed()
    {
        prw::Request2 request;
        request.add({{"__name__", "up"}}, sample(1, 1000));
        QCOMPARE(decode(request.message()).samples, std::string("up untyped? 1000 1 #0\n"));
    }

    void takesSeriesBeforeTheTable()
    {
        prw::Request2 request;
        request.add({{"__name__", "up"}}, sample(1, 1000));
        const std::string message = request.message();
        const size_t series = message.find('\x2a');
        const auto d = decode(prw::compressed(message.substr(series) + message.substr(0, series)));
        QCOMPARE(d.samples, std::string("up untyped? 1000 1 #0\n"));
    }

    void takesKindsFromMetadata()
    {
        const std::pair<int, const char *> types[] = {
            {1, "counter"}, {2, "gauge"}, {6, "gauge"}, {0, "untyped"}};
        for (const auto &[type, kind] : types) {
            prw::Request2 request;
            request.add({{"__name__", "m"}}, sample(1, 1000) + request.metadata(type, "Help."));
            QCOMPARE(decode(request).samples, "m " + std::string(kind) + "? 1000 1 #0\n");
        }
        prw::Request2 request;
        request.add({{"__name__", "d_bucket"}, {"le", "1"}},
                    sample(1, 1000) + request.metadata(3, "How long."));
        request.add({{"__name__", "s"}, {"quantile", "0.5"}}, sample(1, 1000) + request.metadata(5, "Size."));
        request.add({{"__name__", "s_count"}}, sample(1, 1000) + request.metadata(5, "Size."));
        const auto d = decode(request);
        QCOMPARE(d.samples,
                 std::string("d_bucket{le=\"1\"} counter? 1000 1 #0\n"
                             "s{quantile=\"0.5\"} gauge? 1000 1 #1\ns_count counter? 1000 1 #2\n"));
        QCOMPARE(d.batch.meanings.size(), size_t(3));
        const std::vector<Batch::Description> said{{"d", "histogram", "How long.", ""},
                                                   {"s", "summary", "Size.", ""}};
        QCOMPARE(d.batch.descriptions, said);
        // What was said once is not said again.
        QVERIFY(decode(request).batch.meanings.empty());
    }

    void takesNativeHistograms()
    {
        std::string histogram;
        protozero::pbf_writer writer(histogram);
        writer.add_uint64(1, 3);
        writer.add_double(3, 4.5);
        writer.add_sint32(4, 2);
        writer.add_uint64(6, 1);
        writer.add_message(11, std::string("\x08\x02\x10\x01"));
        const std::vector<int64_t> deltas{2};
        writer.add_packed_sint64(12, deltas.begin(), deltas.end());
        writer.add_int64(15, 1000);
        prw::Request2 request;
        request.add({{"__name__", "h"}}, prw::field(3, histogram) + request.metadata(3, "Help."));
        const auto d = decode(request);
        QCOMPARE(d.rejections, std::string());
        const Histogram &read = d.batch.histograms.at(0).value;
        QCOMPARE(read.schema(), 2);
        QCOMPARE(std::pair(read.count(), read.sum()), std::pair(3.0, 4.5));
        QCOMPARE(read.positive(), (Histogram::Buckets{{1, 2}}));
    }

    void refusesBadSeriesAlone()
    {
        prw::Request2 request;
        request.add({{"a", "b"}}, sample(1, 1));
        request.add({{"__name__", "m"}, {"__x", "b"}}, sample(1, 1));
        request.add({{"__name__", "m"}, {"a", "b"}, {"a", "c"}}, sample(1, 1));
        request.add({{"__name__", "m"}, {"a", "\xff"}}, sample(1, 1));
        request.add({{"__name__", "m"}, {"a", std::string(100'000, 'x')}}, sample(1, 1));
        request.add({{"__name__", "m"}}, sample(1, -1));
        request.add({{"__name__", "good"}}, sample(1, 1));
        const std::string wild = prw::field(5, std::string("\x0a\x02\x01\x7f", 4) + sample(1, 1));
        const std::string odd = prw::field(5, std::string("\x0a\x01\x01", 3) + sample(1, 1));
        const auto d = decode(prw::compressed(request.message() + wild + odd));
        QVERIFY(d.status.ok());
        QCOMPARE(d.rejections, std::string("0 bad_name\n1 bad_label\n2 bad_label\n3 bad_label\n4 bad_label\n"
                                           "5 bad_ts\n7 bad_label\n8 bad_label\n"));
        QCOMPARE(d.samples, std::string("good untyped? 1 1 #6\n"));
    }

    void refusesWhatIsNoMessage()
    {
        for (const std::string &body :
             {std::string(), std::string("nonsense"), prw::series({{"__name__", "up"}}, {{1, 1}}),
              std::string("\x22\x7f", 2)})
            QCOMPARE(decode(body).status.error().code, ErrorCode::Invalid);
        // A block that states four gigabytes.
        QCOMPARE(decode(std::string("\xff\xff\xff\xff\x0f\x00", 6)).status.error().code, ErrorCode::TooLarge);
        // A table of very many empty texts.
        std::string many;
        for (int i = 0; i < 1'000'002; i++)
            many += std::string("\x22\x00", 2);
        QCOMPARE(decode(many).status.error().code, ErrorCode::TooLarge);
    }
};

QTEST_GUILESS_MAIN(RemoteWrite2Test)
#include "RemoteWrite2Test.moc"
