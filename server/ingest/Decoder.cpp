#include "server/ingest/Decoder.h"

#include "server/ingest/Collectd.h"
#include "server/ingest/ExportLines.h"
#include "server/ingest/Exposition.h"
#include "server/ingest/Graphite.h"
#include "server/ingest/InfluxLines.h"
#include "server/ingest/IngestAnswer.h"
#include "server/ingest/MetricFamilies.h"
#include "server/ingest/OtlpAnswer.h"
#include "server/ingest/OtlpJson.h"
#include "server/ingest/OtlpProtobuf.h"
#include "server/ingest/OwnJson.h"
#include "server/ingest/RemoteWrite.h"
#include "server/ingest/RemoteWrite2.h"
#include "server/ingest/Statsd.h"
#include "server/ingest/Track.h"
#include "server/ingest/scrape/ScrapeLines.h"

#include <cassert>

namespace plimsoll::ingest {
namespace {

template<typename T>
std::unique_ptr<Decoder> make(const Prices &prices)
{
    return std::make_unique<T>(prices);
}

} // namespace

const std::vector<Format> &formats()
{
    static const std::vector<Format> table{
        {"ingest", make<OwnJson>, ingestAnswer},
        {"track", make<Track>, ingestAnswer},
        {"import", make<Exposition>, ingestAnswer},
        {"export", make<ExportLines>, ingestAnswer},
        {"scrape", make<ScrapeLines>, ingestAnswer},
        {"remote_write", make<RemoteWrite>, remoteWriteAnswer, "snappy", remoteWriteRefusal},
        {"remote_write_2", make<RemoteWrite2>, remoteWriteAnswer, "snappy", remoteWriteRefusal,
         remoteWrite2Answer},
        {"influx", make<InfluxLines>, influxAnswer},
        {"statsd", make<Statsd>, ingestAnswer},
        {"graphite", make<Graphite>, ingestAnswer},
        {"metric_families", make<MetricFamilies>, ingestAnswer},
        {"otlp", make<OtlpProtobuf>, otlpProtobufAnswer, "", otlpRefusal},
        {"collectd", make<Collectd>, ingestAnswer},
        {"otlp_json", make<OtlpJson>, otlpJsonAnswer, "", otlpRefusal},
    };
    return table;
}

Decoders::Decoders(const Prices &prices, const PriceBook *book)
    : m_prices(&prices)
    , m_decoders(formats().size())
{
    if (book)
        m_view.emplace(*book);
}

const Format &formatOf(std::string_view source)
{
    const auto &table = formats();
    const auto row =
        std::find_if(table.begin(), table.end(), [&](const Format &f) { return f.source == source; });
    assert(row != table.end());
    return *row;
}

Decoder &Decoders::of(const Format &format)
{
    auto &decoder = m_decoders[static_cast<size_t>(&format - formats().data())];
    if (!decoder)
        decoder = format.make(*m_prices);
    return *decoder;
}

} // namespace plimsoll::ingest
