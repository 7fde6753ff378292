#pragma once

#include "server/ingest/Decoder.h"

#include <memory>

namespace plimsoll::ingest {

/// Influx line protocol: `measurement,tag=value field=1,other=2i 1790000000000000000`.
///
/// Each line is one item, taken or refused as a whole. A field becomes the untyped series
/// `measurement_field`; a field `value` that stands alone, the series `measurement`. Numbers, integers (i, u)
/// and booleans (1 and 0) are samples; strings are left out and counted. The argument `precision` says what
/// timestamps count: ns (also none), us or u, ms, s, m, h. A line without one is of now.
///
/// The bytes up to the first field are known as a whole, and each field by its raw name, both by comparing
/// them with what followed last time. Messages are worded as InfluxDB's.
/// Source: docs.influxdata.com/influxdb/v1/write_protocols/line_protocol_reference.
class InfluxLines final : public Decoder
{
public:
    explicit InfluxLines(const Prices &prices);
    ~InfluxLines() override;

    Status decode(const Payload &payload, Batch &batch) override;

private:
    class Reader;
    std::unique_ptr<Reader> m_reader;
};

} // namespace plimsoll::ingest
