#pragma once

#include "server/ingest/scrape/ScrapeTarget.h"

#include <memory>
#include <string_view>

namespace plimsoll::ingest {

/// What is said of one scrape beside its samples.
struct ScrapeOutcome
{
    std::string error; ///< empty where the scrape counts
    double seconds = 0;
    uint64_t samples = 0;
    uint64_t kept = 0;
    uint64_t added = 0;
    uint64_t refused = 0;
    std::string refusal; ///< the first of them
};

/// Turns the bodies of one target into batches, and knows which of its series vanished.
///
/// Series are known by the bytes of their line, so that those of the scrape before need no parsing. Used by
/// one thread; a batch that it filled must be answered before the next one is begun.
class ScrapeReader
{
public:
    explicit ScrapeReader(const ScrapeTarget &target);
    ~ScrapeReader();
    ScrapeReader(ScrapeReader &&) noexcept;

    /// Puts the samples of a body into an empty batch. Where the outcome has an error the batch is empty
    /// again.
    ScrapeOutcome read(std::string_view body, ExpositionForm form, int64_t timestampMs, Batch &batch);
    /// Puts stale markers for what the scrape before showed and the one that was read, or failed, did not.
    void markVanished(int64_t timestampMs, bool failed, Batch &batch);
    /// Puts `up` and the others of SCRAPE.md.
    void report(const ScrapeOutcome &outcome, int64_t timestampMs, Batch &batch);
    /// The end of the target: a stale marker for all it has, those of report() too.
    void markEnded(int64_t timestampMs, Batch &batch);

    /// What the last body said of its families.
    const std::vector<Batch::Description> &families() const;

private:
    class Work;
    std::unique_ptr<Work> m_work;
};

} // namespace plimsoll::ingest
