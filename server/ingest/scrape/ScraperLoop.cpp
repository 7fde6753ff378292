#include "server/ingest/scrape/ScraperLoop.h"

#include <xxhash.h>

#include <algorithm>

namespace plimsoll::ingest {
namespace {

constexpr int64_t longestWaitMs = 1000;
constexpr int64_t mostDelayMs = 20;  ///< with which a scrape still counts as in time
constexpr size_t mostAtOnce = 20;    ///< of new targets; more are spread over their interval
constexpr size_t mostUnderWay = 256; ///< requests

int64_t offsetOf(const ScrapeTarget &target)
{
    const std::string text = target.labels.key() + target.url;
    return static_cast<int64_t>(XXH3_64bits(text.data(), text.size()) %
                                static_cast<uint64_t>(target.intervalMs));
}

/// The first moment after `nowMs` that is the target's.
int64_t nextDue(int64_t nowMs, int64_t offsetMs, int64_t intervalMs)
{
    const int64_t since = nowMs - offsetMs;
    const int64_t rounds = since >= 0 ? since / intervalMs + 1 : 0;
    return rounds * intervalMs + offsetMs;
}

} // namespace

void Scraper::Loop::Inbox::post(Work each)
{
    const std::lock_guard lock(mutex);
    work.push_back(std::move(each));
    if (fetcher)
        fetcher->wake();
}

std::vector<std::function<void()>> Scraper::Loop::Inbox::take()
{
    const std::lock_guard lock(mutex);
    return std::exchange(work, {});
}

Scraper::Loop::Entry::Entry(std::string ofSource, ScrapeTarget theTarget, int64_t firstMs)
    : source(std::move(ofSource))
    , target(std::move(theTarget))
    , offsetMs(offsetOf(target))
    , reader(target)
    , dueMs(firstMs)
{
}

Scraper::Loop::Loop(IngestThread &sink, const Clock &clock, std::string userAgent)
    : m_sink(sink)
    , m_clock(clock)
    , m_userAgent(std::move(userAgent))
{
    setObjectName("scraper");
}

void Scraper::Loop::setTargets(const std::string &source, ScrapeTargets targets)
{
    if (m_stopped)
        return;
    const bool none = targets.active.empty();
    {
        const std::lock_guard lock(m_mutex);
        m_dropped[source] = std::move(targets.dropped);
        if (none && m_entries.empty() && !isRunning())
            return;
    }
    m_inbox->post([this, source, active = std::move(targets.active)] { takeTargets(source, active); });
    const std::lock_guard lock(m_mutex);
    if (!isRunning() && !m_stopped)
        start();
}

void Scraper::Loop::finish()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopped = true;
    }
    m_inbox->post([] {});
    wait();
}

void Scraper::Loop::run()
{
    m_fetcher = std::make_unique<Fetcher>(m_userAgent);
    {
        const std::lock_guard lock(m_inbox->mutex);
        m_inbox->fetcher = m_fetcher.get();
    }
    while (!m_stopped) {
        for (const Work &work : m_inbox->take())
            work();
        const int64_t waitMs = startDue();
        m_fetcher->run(waitMs);
    }
    {
        const std::lock_guard lock(m_inbox->mutex);
        m_inbox->fetcher = nullptr;
    }
    m_fetcher.reset();
}

void Scraper::Loop::takeTargets(const std::string &source, std::vector<ScrapeTarget> targets)
{
    const int64_t nowMs = m_clock.nowMs();
    std::vector<EntryPtr> kept;
    std::vector<EntryPtr> gone;
    std::multimap<std::string, EntryPtr> before;
    for (const EntryPtr &entry : m_entries) {
        if (entry->source == source && !entry->ended)
            before.emplace(entry->target.url, entry);
        else
            kept.push_back(entry);
    }
    std::vector<ScrapeTarget> added;
    for (ScrapeTarget &target : targets) {
        auto [at, end] = before.equal_range(target.url);
        at = std::find_if(at, end, [&](const auto &each) { return each.second->target == target; });
        if (at == end) {
            added.push_back(std::move(target));
        } else {
            kept.push_back(at->second);
            before.erase(at);
        }
    }
    for (ScrapeTarget &target : added) {
        const auto entry = std::make_shared<Entry>(source, std::move(target), nowMs);
        if (added.size() > mostAtOnce)
            entry->dueMs = nextDue(nowMs, entry->offsetMs, entry->target.intervalMs);
        kept.push_back(entry);
    }
    for (const auto &[url, entry] : before)
        gone.push_back(entry);
    kept.insert(kept.end(), gone.begin(), gone.end());
    {
        const std::lock_guard lock(m_mutex);
        for (const EntryPtr &entry : gone)
            entry->ended = true;
        m_entries = std::move(kept);
    }
    for (const EntryPtr &entry : gone)
        endWhenIdle(entry);
}

/// Begins what is due; how long until the next one is.
int64_t Scraper::Loop::startDue()
{
    const int64_t nowMs = m_clock.nowMs();
    int64_t nextMs = nowMs + longestWaitMs;
    for (const EntryPtr &entry : m_entries) {
        Entry &each = *entry;
        if (each.ended)
            continue;
        if (each.dueMs > nowMs + each.target.intervalMs) // the clock was set back
            each.dueMs = nextDue(nowMs, each.offsetMs, each.target.intervalMs);
        if (each.dueMs <= nowMs && m_fetcher->underWay() < mostUnderWay) {
            const int64_t dueMs =
                std::exchange(each.dueMs, nextDue(nowMs, each.offsetMs, each.target.intervalMs));
            scrape(entry, dueMs);
        }
        nextMs = std::min(nextMs, std::max(each.dueMs, nowMs + 1));
    }
    return nextMs - nowMs;
}

void Scraper::Loop::scrape(const EntryPtr &entry, int64_t dueMs)
{
    if (entry->fetching || entry->storing) {
        const std::lock_guard lock(m_mutex);
        entry->state.skipped++;
        return;
    }
    const int64_t nowMs = m_clock.nowMs();
    const int64_t inTimeMs = std::min(mostDelayMs, entry->target.intervalMs / 100);
    const int64_t timestampMs = nowMs - dueMs <= inTimeMs ? dueMs : nowMs;
    entry->fetching = true;
    m_fetcher->start(entry->target, [this, entry, timestampMs](const Fetched &fetched) {
        entry->fetching = false;
        if (entry->ended)
            endWhenIdle(entry);
        else
            take(entry, timestampMs, fetched);
    });
}

void Scraper::Loop::take(const EntryPtr &entry, int64_t timestampMs, const Fetched &fetched)
{
    Batch batch = m_sink.takeBatch();
    ScrapeOutcome outcome = read(*entry, timestampMs, fetched, batch);
    outcome.seconds = fetched.seconds;
    entry->reader.markVanished(timestampMs, !outcome.error.empty(), batch);
    entry->reader.report(outcome, timestampMs, batch);
    note(*entry, timestampMs, outcome);
    store(entry, std::move(batch), timestampMs);
}

ScrapeOutcome Scraper::Loop::read(Entry &entry, int64_t timestampMs, const Fetched &fetched, Batch &batch)
{
    ScrapeOutcome outcome;
    outcome.error = fetched.error;
    if (!outcome.error.empty())
        return outcome;
    auto form = formOfContentType(fetched.contentType);
    if (!form && entry.target.fallback)
        form = formOf(*entry.target.fallback);
    if (form)
        return entry.reader.read(fetched.body, *form, timestampMs, batch);
    outcome.error = fetched.contentType.empty() ? "The target names no Content-Type"
                                                : "The Content-Type \"" + fetched.contentType.substr(0, 100) +
                                                      "\" is not that of a text exposition or OpenMetrics";
    outcome.error += "; set fallback_scrape_protocol if it is one all the same.";
    return outcome;
}

void Scraper::Loop::note(Entry &entry, int64_t timestampMs, const ScrapeOutcome &outcome)
{
    const std::lock_guard lock(m_mutex);
    ScrapeState &state = entry.state;
    const bool up = outcome.error.empty();
    state.health = up ? ScrapeState::Health::Up : ScrapeState::Health::Down;
    state.error = up ? std::string() : outcome.error;
    state.lastMs = timestampMs;
    state.lastSeconds = outcome.seconds;
    state.samples = outcome.samples;
    state.kept = outcome.kept;
    state.refused = outcome.refused;
    state.scrapes++;
    state.failures += up ? 0 : 1;
    if (entry.families != entry.reader.families())
        entry.families = entry.reader.families();
}

void Scraper::Loop::store(const EntryPtr &entry, Batch batch, int64_t receivedMs)
{
    entry->storing = true;
    const auto done = [this, inbox = m_inbox, entry](const CommitReceipt &receipt) {
        inbox->post([this, entry, receipt] { stored(entry, receipt); });
    };
    m_sink.submit(std::move(batch), done, "scrape", receivedMs);
}

void Scraper::Loop::stored(const EntryPtr &entry, const CommitReceipt &receipt)
{
    entry->storing = false;
    {
        const std::lock_guard lock(m_mutex);
        entry->state.refused = receipt.rejections.size();
        if (!receipt.status)
            entry->state.error = "What was scraped could not be stored: " + receipt.status.error().message;
    }
    if (entry->ended)
        endWhenIdle(entry);
}

/// Marks all series of a target that is gone, once nothing of it is under way.
void Scraper::Loop::endWhenIdle(const EntryPtr &entry)
{
    if (entry->fetching || entry->storing)
        return;
    Batch batch = m_sink.takeBatch();
    entry->reader.markEnded(m_clock.nowMs(), batch);
    if (!batch.empty())
        m_sink.submit(
            std::move(batch), [](const CommitReceipt &) {}, "scrape", m_clock.nowMs());
    const std::lock_guard lock(m_mutex);
    m_scrapesOfGone += entry->state.scrapes;
    m_failuresOfGone += entry->state.failures;
    m_skippedOfGone += entry->state.skipped;
    std::erase(m_entries, entry);
}

std::vector<ScrapeReport> Scraper::Loop::reports(ProjectId project) const
{
    std::vector<ScrapeReport> out;
    {
        const std::lock_guard lock(m_mutex);
        for (const EntryPtr &entry : m_entries) {
            if (!entry->ended && entry->target.project == project)
                out.push_back({entry->target, entry->state, entry->families});
        }
    }
    std::sort(out.begin(), out.end(), [](const ScrapeReport &a, const ScrapeReport &b) {
        return std::tie(a.target.pool, a.target.url) < std::tie(b.target.pool, b.target.url);
    });
    return out;
}

std::vector<DroppedTarget> Scraper::Loop::dropped(ProjectId project) const
{
    std::vector<DroppedTarget> out;
    const std::lock_guard lock(m_mutex);
    for (const auto &[source, all] : m_dropped)
        std::copy_if(all.begin(), all.end(), std::back_inserter(out),
                     [&](const DroppedTarget &each) { return each.project == project; });
    return out;
}

std::optional<ScrapeState> Scraper::Loop::stateOf(ProjectId project, const std::string &id) const
{
    const std::lock_guard lock(m_mutex);
    for (const EntryPtr &entry : m_entries) {
        if (!entry->ended && entry->target.project == project && entry->target.id == id)
            return entry->state;
    }
    return std::nullopt;
}

ScrapeFigures Scraper::Loop::figures() const
{
    const std::lock_guard lock(m_mutex);
    ScrapeFigures out{0, 0, m_scrapesOfGone, m_failuresOfGone, m_skippedOfGone};
    for (const EntryPtr &entry : m_entries) {
        out.targets += entry->ended ? 0 : 1;
        out.down += entry->state.health == ScrapeState::Health::Down ? 1 : 0;
        out.scrapes += entry->state.scrapes;
        out.failures += entry->state.failures;
        out.skipped += entry->state.skipped;
    }
    return out;
}

} // namespace plimsoll::ingest
