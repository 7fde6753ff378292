#pragma once

#include "server/ingest/Decoder.h"
#include "server/ingest/scrape/ScrapeReader.h"

namespace plimsoll::ingest {

/// What a target shows, as a decoder: the way in which the scraper reads bodies, for those who test every row
/// of formats(). A body is taken as a whole or not at all.
class ScrapeLines final : public Decoder
{
public:
    explicit ScrapeLines(const Prices &prices);

    Status decode(const Payload &payload, Batch &batch) override;

private:
    ScrapeReader m_reader;
};

} // namespace plimsoll::ingest
