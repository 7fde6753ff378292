#pragma once

#include "server/ingest/Decoder.h"

#include <memory>

namespace plimsoll::ingest {

/// The text exposition of Prometheus and OpenMetrics, pushed or imported (see ExpositionText).
///
/// Each sample line is one item. A malformed line is refused with its number and costs no other one. A sample
/// without a time is of now. What is said of families (HELP, TYPE, UNIT) goes along with the batch.
class Exposition final : public Decoder
{
public:
    explicit Exposition(const Prices &prices);
    ~Exposition() override;

    Status decode(const Payload &payload, Batch &batch) override;

private:
    class Reader;
    std::unique_ptr<Reader> m_reader;
};

} // namespace plimsoll::ingest
