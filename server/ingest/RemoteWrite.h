#pragma once

#include "server/ingest/Decoder.h"

#include <memory>

namespace plimsoll::ingest {

/// Prometheus remote write 1.0: a snappy block (or the bare message) that holds a prometheus.WriteRequest.
///
/// Each sample, and each native histogram, is one item. A series is known by the raw bytes of its labels; as
/// senders repeat their order, the bytes of the series that followed last time are compared first, and
/// nothing of a known series is walked, hashed or allocated. Labels that do not stand together at the start
/// of their series are legal and take a slower way. Samples are untyped floats whose bits are kept (stale
/// markers are NaNs); metadata says what an untyped name means. Exemplars are read and not kept.
///
/// The stated length is bounded before memory is taken for it. Sources: prometheus.io/docs/specs/prw/
/// remote_write_spec, prometheus/prompb/types.proto, google/snappy/format_description.txt.
class RemoteWrite final : public Decoder
{
public:
    explicit RemoteWrite(const Prices &prices);
    ~RemoteWrite() override;

    Status decode(const Payload &payload, Batch &batch) override;

private:
    class Reader;
    std::unique_ptr<Reader> m_reader;
};

} // namespace plimsoll::ingest
