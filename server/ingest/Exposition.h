#pragma once

#include "server/ingest/Decoder.h"

#include <memory>

namespace plimsoll::ingest {

/// The text exposition of Prometheus (0.0.4) and OpenMetrics (1.0), pushed or imported.
///
/// Each sample line is one item. A malformed line is refused with its number and costs no other one. Types
/// come from
/// `# TYPE`: counters, and the _bucket, _sum and _count of histograms and summaries, become counters; a
/// summary's quantiles, gauges, info and state sets gauges; a name without a type is untyped, or what it was
/// before. HELP, UNIT, exemplars and `# EOF` are read and not kept. Names in quotes (`{"a.b",l="v"} 1`) are
/// understood.
///
/// Timestamps are told apart by their size, as everywhere in Plimsoll: OpenMetrics' seconds are below 1e11,
/// the milliseconds of 0.0.4 above. A sample without one is of now. NaN and infinities are values here.
/// Sources: prometheus.io/docs/instrumenting/exposition_formats,
/// prometheus.io/docs/specs/om/open_metrics_spec.
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
