#pragma once

#include "server/ingest/Decoder.h"

#include <memory>

namespace plimsoll::ingest {

/// The one-line way, POST /track/{name}?label=value: the body is a number, or
/// {"value","type","cumulative","labels","ts"}, or empty for 1. Query arguments are labels; those of the body
/// win. Without a type it is an event (an observation), unless the name has a kind already, which it then
/// adopts.
///
/// The request is one item; what is wrong with it is its rejection. `track` fails as a whole only for a body
/// that is neither a number nor an object.
class Track final : public Decoder
{
public:
    explicit Track(const Prices &prices);
    ~Track() override;

    Status decode(const Payload &payload, Batch &batch) override;

private:
    class Reader;
    std::unique_ptr<Reader> m_reader;
};

} // namespace plimsoll::ingest
