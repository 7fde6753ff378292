#pragma once

#include "server/ingest/IngestThread.h"
#include "server/ingest/scrape/ScrapeTarget.h"
#include "storage/model/Clock.h"

#include <memory>
#include <string>
#include <vector>

namespace plimsoll::ingest {

/// What is to be scraped, from one source.
struct ScrapeTargets
{
    std::vector<ScrapeTarget> active;
    std::vector<DroppedTarget> dropped;
};

/// Figures of all targets, for the appliance's own metrics.
struct ScrapeFigures
{
    size_t targets = 0;
    size_t down = 0;
    uint64_t scrapes = 0;
    uint64_t failures = 0;
    uint64_t skipped = 0;
};

/// Scrapes targets on a thread of its own, which begins with the first one: SCRAPE.md says when and what is
/// written. All functions may be called from any thread.
class Scraper
{
public:
    /// Both must outlive it. `userAgent` is how it is known to targets.
    Scraper(IngestThread &sink, const Clock &clock, std::string userAgent);
    /// Stops it.
    ~Scraper();
    Scraper(const Scraper &) = delete;
    Scraper &operator=(const Scraper &) = delete;

    /// Puts these in the place of all that came from `source` before. Those that are equal go on as they are;
    /// those that are gone are marked so.
    void setTargets(const std::string &source, ScrapeTargets targets);
    /// Ends what is under way, without a mark. Nothing is scraped afterwards.
    void stop();

    /// The targets of a project as they are now, by pool and URL.
    std::vector<ScrapeReport> reports(ProjectId project) const;
    std::vector<DroppedTarget> dropped(ProjectId project) const;
    /// How the target of that id is doing; nothing where there is none yet.
    std::optional<ScrapeState> stateOf(ProjectId project, const std::string &id) const;
    ScrapeFigures figures() const;

private:
    class Loop;
    std::unique_ptr<Loop> m_loop;
};

} // namespace plimsoll::ingest
