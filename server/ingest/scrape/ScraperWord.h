#pragma once

#include <string>

namespace plimsoll::ingest {

/// The header by which this program tells its scrapes apart, and what it says: a random word for as long as
/// the process runs. An appliance that scraped what it shows itself would store all it has again with each
/// scrape, under longer and longer labels.
inline constexpr const char *scraperHeader = "X-Plimsoll-Scraper";
const std::string &scraperWord();

} // namespace plimsoll::ingest
