#pragma once

#include "storage/backend/DocumentStore.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace plimsoll {

/// One closing of one window: the packs that were written together. Readers choose seals by time and by
/// series, then packs by seal and series.
struct StoredSeal
{
    uint32_t id = 0; ///< rising in the order of sealing; later seals win over earlier ones
    int64_t windowStartMs = 0;
    int64_t minMs = 0; ///< of the samples inside, inclusive
    int64_t maxMs = 0; ///< of the samples inside, inclusive
    uint64_t samples = 0;
    uint64_t bytes = 0; ///< of its packs
    uint64_t journalSequence =
        0; ///< all samples of this window in journal frames up to here are in this seal or an earlier one
    std::string series; ///< the ids inside: a roaring bitmap in its portable form
    int64_t resolutionMs =
        0;              ///< 0: raw samples; 3600000: hourly rollups, whose packs have a form of their own
    int64_t spanMs = 0; ///< length of its window
};

/// Compressed samples of neighbouring series in one window; about 32 KB. The format is in storage/README.md.
struct StoredPack
{
    uint32_t seal = 0;
    uint32_t firstSeries = 0;
    std::string data;
};

/// A range of packs of one seal, by their first series, inclusive.
struct PackRange
{
    uint32_t seal = 0;
    uint32_t firstSeries = 0;
    uint32_t lastSeries = UINT32_MAX;
};

/// The rollup of one series and day, a row of an ordinary table; storage/engine/rollup/ROLLUP.md says what
/// the columns mean. NaN is NULL in SQL.
struct StoredDay
{
    uint32_t series = 0;
    int64_t startMs = 0; ///< with `series` the key
    int64_t endMs = 0;   ///< exclusive
    std::string zone;    ///< IANA name
    uint64_t count = 0;
    double sum = 0;
    double min = 0;
    double max = 0;
    double first = 0;
    double last = 0;
    double increase = 0;
    std::string exactSum;  ///< ExactSum's stored form
    std::string histogram; ///< empty for floats
    double p50 = 0;
    double p95 = 0;
    double p99 = 0;
};

/// What a series is, for those who read the daily table with SQL tools.
struct StoredSeriesRow
{
    uint32_t id = 0;
    ProjectId project = 0;
    std::string name;
    std::string labels; ///< a JSON object without __name__
    std::string kind;   ///< kindName()
};

/// Days to be removed: those that end at `endMs` or earlier, of some series or (none named) of all.
struct DayExpiry
{
    int64_t endMs = 0;
    std::vector<uint32_t> series;
};

/// One change of one document.
struct DocumentChange
{
    ProjectId project = 0;
    std::string collection;
    Document document;
    bool removed = false; ///< only the id counts
};

/// Everything that one transaction may write. All of it becomes durable, or nothing.
struct BackendWrite
{
    std::vector<StoredSeal> seals;
    std::vector<StoredPack> packs;
    std::vector<uint32_t> removedSeals;  ///< with their packs; also packs of an id that has no seal
    std::vector<uint32_t> retiredSeals;  ///< without their packs, which stay readable until they are removed
    std::vector<PackRange> removedPacks; ///< of retired seals, in slices
    std::vector<StoredDay> days;         ///< replace those of the same series and start
    std::vector<DayExpiry> expireDays;   ///< applied before `days`
    std::vector<StoredSeriesRow> seriesRows; ///< replace those of the same id
    std::string catalogue;                   ///< one block of series definitions; empty: none
    std::string receipts;                    ///< one block of remembered Idempotency-Keys; empty: none
    int64_t receiptsNewestMs = 0;            ///< the newest of that block
    int64_t expireReceiptsMs = 0;            ///< blocks whose newest is older are removed
    std::map<std::string, std::string> meta; ///< an empty value removes the key
    std::vector<DocumentChange> documents;
    /// A power cut may undo it, together with all that was written after it: for work that is found and done
    /// again. The next write without this mark makes both durable.
    bool unhurried = false;
};

/// What an engine needs to know at start.
struct BackendState
{
    std::map<std::string, std::string> meta;
    std::vector<std::string> catalogue; ///< blocks in the order they were written
    std::vector<std::string> receipts;  ///< blocks in the order they were written
    std::vector<StoredSeal> seals;      ///< ordered by id
};

class BackendSnapshot;

/// The role of a database: the only place that knows an SQL dialect. An implementation is one file beside
/// this one and passes tests/unit/storage/BackendTest.
///
/// Threads: readPack(), readDays() and bytes() are called from any thread; all else from the store thread
/// only (see Store).
class Backend
{
public:
    virtual ~Backend() = default;

    /// Connects and creates or upgrades the schema. Fails where a newer version wrote it.
    virtual Status open() = 0;
    /// Disconnects; leaves as little on disk as possible.
    virtual Status close() = 0;

    virtual Result<BackendState> load() = 0;
    virtual Result<std::vector<DocumentChange>> loadDocuments() = 0;
    /// One durable transaction.
    virtual Status write(const BackendWrite &write) = 0;
    /// Bytes that the database takes, for figures on pages.
    virtual uint64_t bytes() const = 0;

    /// The pack of a seal that holds a series, if any does: the one with the largest first series up to
    /// `series`. NotFound where there is none.
    virtual Result<StoredPack> readPack(uint32_t seal, uint32_t series) const = 0;
    /// The days of a series that overlap [fromMs, toMs], by start.
    virtual Result<std::vector<StoredDay>> readDays(uint32_t series, int64_t fromMs, int64_t toMs) const = 0;

    /// Pages that removed rows left, which giveBack() can return to the file system; 0 where the database
    /// sees to that itself.
    virtual uint64_t freePages() const = 0;
    /// Returns at most so many of them; a slice of work on the store thread.
    virtual Status giveBack(uint64_t maxPages) = 0;

    /// Everything in the database at this moment; belongs to the calling thread. Any thread, the store thread
    /// included. Fails with Unsupported where this kind of database has none.
    virtual Result<std::unique_ptr<BackendSnapshot>> snapshot() const;

    /// What waits locally because the database was away. Any thread.
    struct Waiting
    {
        uint64_t files = 0;
        uint64_t bytes = 0;
        uint64_t damagedFiles = 0; ///< found so far; what was in them is lost
        std::string reason;        ///< why the database took nothing; empty while it does
    };
    virtual Waiting waiting() const { return {}; }
    /// Carries on with what waits, at most a slice of it; called about once a second.
    virtual Status catchUp() { return {}; }
};

} // namespace plimsoll
