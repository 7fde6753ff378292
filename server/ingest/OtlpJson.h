#pragma once

#include "server/ingest/Decoder.h"

#include <memory>

namespace plimsoll::ingest {

/// OTLP metrics as JSON: the same message as OtlpProtobuf's in protobuf's JSON form, field names in
/// lowerCamelCase, 64-bit integers as strings or numbers, enumerations as integers or names. Fields may come
/// in any order; unknown ones are skipped, null is the same as absent.
/// Source: opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding.
class OtlpJson final : public Decoder
{
public:
    explicit OtlpJson(const Prices &prices);
    ~OtlpJson() override;

    Status decode(const Payload &payload, Batch &batch) override;

private:
    class Reader;
    std::unique_ptr<Reader> m_reader;
};

} // namespace plimsoll::ingest
