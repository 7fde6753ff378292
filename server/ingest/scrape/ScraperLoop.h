#pragma once

#include "server/ingest/scrape/Fetcher.h"
#include "server/ingest/scrape/ScrapeReader.h"
#include "server/ingest/scrape/Scraper.h"

#include <condition_variable>
#include <list>
#include <map>
#include <mutex>

#include <QThread>

namespace plimsoll::ingest {

/// The thread of a Scraper: it waits for sockets and for the moment at which the next target is due.
class Scraper::Loop final : public QThread
{
public:
    Loop(IngestThread &sink, const Clock &clock, std::string userAgent);

    void setTargets(const std::string &source, ScrapeTargets targets);
    void finish();

    std::vector<ScrapeReport> reports(ProjectId project) const;
    std::vector<DroppedTarget> dropped(ProjectId project) const;
    std::optional<ScrapeState> stateOf(ProjectId project, const std::string &id) const;
    ScrapeFigures figures() const;

private:
    using Work = std::function<void()>;

    /// Work for the loop from other threads, also after it has ended.
    struct Inbox
    {
        std::mutex mutex;
        std::vector<Work> work;
        Fetcher *fetcher = nullptr; ///< to be woken; null while there is no loop

        void post(Work each);
        std::vector<Work> take();
    };

    struct Entry
    {
        Entry(std::string ofSource, ScrapeTarget theTarget, int64_t firstMs);

        const std::string source;
        const ScrapeTarget target;
        const int64_t offsetMs; ///< within its interval
        ScrapeReader reader;
        int64_t dueMs;
        bool fetching = false;
        bool storing = false;
        bool ended = false;
        ScrapeState state;                        ///< written by the loop under the lock
        std::vector<Batch::Description> families; ///< as well
    };
    using EntryPtr = std::shared_ptr<Entry>;

    void run() override;
    void takeTargets(const std::string &source, std::vector<ScrapeTarget> targets);
    int64_t startDue();
    void scrape(const EntryPtr &entry, int64_t dueMs);
    void take(const EntryPtr &entry, int64_t timestampMs, const Fetched &fetched);
    ScrapeOutcome read(Entry &entry, int64_t timestampMs, const Fetched &fetched, Batch &batch);
    void note(Entry &entry, int64_t timestampMs, const ScrapeOutcome &outcome);
    void store(const EntryPtr &entry, Batch batch, int64_t receivedMs);
    void stored(const EntryPtr &entry, const CommitReceipt &receipt);
    void endWhenIdle(const EntryPtr &entry);

    IngestThread &m_sink;
    const Clock &m_clock;
    const std::string m_userAgent;
    const std::shared_ptr<Inbox> m_inbox = std::make_shared<Inbox>();
    std::atomic<bool> m_stopped{false};

    mutable std::mutex m_mutex; ///< guards the rest, which only the loop changes
    std::vector<EntryPtr> m_entries;
    std::map<std::string, std::vector<DroppedTarget>> m_dropped; ///< by source
    uint64_t m_scrapesOfGone = 0;
    uint64_t m_failuresOfGone = 0;
    uint64_t m_skippedOfGone = 0;

    std::unique_ptr<Fetcher> m_fetcher; ///< of the thread
};

} // namespace plimsoll::ingest
