#pragma once

#include "server/ingest/Decoder.h"
#include "server/ingest/Exposition.h"

#include <string>
#include <string_view>

namespace plimsoll::ingest {

/// The same metrics as text exposition, from the protobuf that Go's Pushgateway client sends unless told
/// otherwise: io.prometheus.client.MetricFamily, each behind its length. The parts of native histograms that
/// classic ones lack, HELP, exemplars and created times are left out. Fails with Invalid for bytes that are
/// none, with TooLarge where the text would have more than 64 MiB.
/// Source: github.com/prometheus/client_model, io/prometheus/client/metrics.proto.
Result<std::string> familiesAsText(std::string_view body);

/// The same as a decoder.
class MetricFamilies final : public Decoder
{
public:
    explicit MetricFamilies(const Prices &prices)
        : m_exposition(prices)
    {
    }
    Status decode(const Payload &payload, Batch &batch) override;

private:
    Exposition m_exposition;
};

} // namespace plimsoll::ingest
