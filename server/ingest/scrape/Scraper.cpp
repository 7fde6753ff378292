#include "server/ingest/scrape/ScraperLoop.h"

namespace plimsoll::ingest {

Scraper::Scraper(IngestThread &sink, const Clock &clock, std::string userAgent)
    : m_loop(std::make_unique<Loop>(sink, clock, std::move(userAgent)))
{
}
Scraper::~Scraper() { stop(); }

void Scraper::setTargets(const std::string &source, ScrapeTargets targets)
{
    m_loop->setTargets(source, std::move(targets));
}
void Scraper::stop() { m_loop->finish(); }

std::vector<ScrapeReport> Scraper::reports(ProjectId project) const { return m_loop->reports(project); }
std::vector<DroppedTarget> Scraper::dropped(ProjectId project) const { return m_loop->dropped(project); }
std::optional<ScrapeState> Scraper::stateOf(ProjectId project, const std::string &id) const
{
    return m_loop->stateOf(project, id);
}
ScrapeFigures Scraper::figures() const { return m_loop->figures(); }

} // namespace plimsoll::ingest
