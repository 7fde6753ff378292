#pragma once

#include "server/ingest/Decoder.h"
#include "server/ingest/LineReader.h"
#include "server/ingest/SampleWriter.h"

namespace plimsoll::ingest {

/// Graphite's plaintext: `path[;tag=value]* value timestamp`, one sample to a line (README.md, "Graphite").
/// Source: graphite.readthedocs.io/en/latest/feeding-carbon.html, …/tags.html.
class GraphiteLines final : public LineReader
{
public:
    void begin(Batch &batch, ProjectId project, int64_t nowMs) override;
    void read(std::string_view lines) override;
    void finish() override { m_writer.finish(); }

private:
    ItemCheck readLine(std::string_view line);

    SampleWriter m_writer;
    int64_t m_nowMs = 0;
};

/// The same for one body of lines.
class Graphite final : public Decoder
{
public:
    explicit Graphite(const Prices &) {}
    Status decode(const Payload &payload, Batch &batch) override;

private:
    GraphiteLines m_lines;
};

} // namespace plimsoll::ingest
