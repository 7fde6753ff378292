#pragma once

#include "server/ingest/Decoder.h"

#include <memory>

namespace plimsoll::ingest {

/// Prometheus remote write 2.0: a snappy block (or the bare message) that holds an
/// io.prometheus.write.v2.Request, whose labels are numbers of a table of strings that each request brings.
///
/// Each sample, and each native histogram, is one item. A series is known by the bytes of its labels, put
/// together from the table. Its metadata says what a name means that nobody knows yet; it is never an error.
/// Exemplars and start timestamps are read and not kept. Sources: prometheus.io/docs/specs/prw/
/// remote_write_spec_2_0, prometheus/prompb/io/prometheus/write/v2/types.proto.
class RemoteWrite2 final : public Decoder
{
public:
    explicit RemoteWrite2(const Prices &prices);
    ~RemoteWrite2() override;

    Status decode(const Payload &payload, Batch &batch) override;

private:
    class Reader;
    std::unique_ptr<Reader> m_reader;
};

} // namespace plimsoll::ingest
