#pragma once

#include "server/ingest/Decoder.h"

#include <memory>

namespace plimsoll::ingest {

/// What `plimsoll export` wrote (README.md, "Export"): NDJSON with a run of samples of one series on each
/// line, which comes back bit for bit. A line is one item, taken or refused as a whole; the first line of an
/// export tells its version and is no item.
class ExportLines final : public Decoder
{
public:
    explicit ExportLines(const Prices &prices);
    ~ExportLines() override;

    Status decode(const Payload &payload, Batch &batch) override;

private:
    class Reader;
    std::unique_ptr<Reader> m_reader;
};

} // namespace plimsoll::ingest
