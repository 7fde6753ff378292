#include "server/ingest/scrape/ScraperWord.h"

#include "server/http/Secret.h"

namespace plimsoll::ingest {

const std::string &scraperWord()
{
    static const std::string word = http::randomId();
    return word;
}

} // namespace plimsoll::ingest
