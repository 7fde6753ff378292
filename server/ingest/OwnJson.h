#pragma once

#include "server/ingest/Decoder.h"

#include <memory>

namespace plimsoll::ingest {

/// Plimsoll's own JSON, the body of POST /ingest:
///
///     {"metrics":  [{"name","value","type","labels","ts"} or
///     {"values":{name:value,…},"type","labels","ts"}],
///      "requests": [{"method","route","status","duration_ms","labels","ts"}],
///      "llm": [{"provider","model","input_tokens","output_tokens","cache_read_tokens","cache_write_tokens",
///                    "endpoint","labels","ts"}]}
///
/// One such object, an array of them, or one after the other on lines of their own (NDJSON). A metric may
/// also stand where such an object may ({"name":"x","value":1}). Fields that are not known are ignored; null
/// is the same as absent; label values may be strings, numbers or booleans.
///
/// An item is one metric, request or call; items count in the order in which they stand. An item with an
/// error is refused as a whole and costs no other one. Where the JSON itself breaks, what stood before it
/// counts, the rest of that document is one refused item, and later documents of NDJSON go on.
class OwnJson final : public Decoder
{
public:
    explicit OwnJson(const Prices &prices);
    ~OwnJson() override;

    Status decode(const Payload &payload, Batch &batch) override;

private:
    class Reader;
    std::unique_ptr<Reader> m_reader;
};

} // namespace plimsoll::ingest
