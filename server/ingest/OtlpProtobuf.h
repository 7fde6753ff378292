#pragma once

#include "server/ingest/Decoder.h"

#include <memory>

namespace plimsoll::ingest {

/// OTLP metrics as protobuf: opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest. Fields may
/// come in any order; unknown ones are skipped. See OtlpWriter for what becomes of the points.
/// Source: github.com/open-telemetry/opentelemetry-proto, metrics/v1/metrics.proto.
class OtlpProtobuf final : public Decoder
{
public:
    explicit OtlpProtobuf(const Prices &prices);
    ~OtlpProtobuf() override;

    Status decode(const Payload &payload, Batch &batch) override;

private:
    class Reader;
    std::unique_ptr<Reader> m_reader;
};

} // namespace plimsoll::ingest
