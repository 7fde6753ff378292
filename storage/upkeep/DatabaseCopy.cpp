#include "storage/upkeep/DatabaseCopy.h"

#include "storage/engine/Receipts.h"

#include <chrono>
#include <thread>
#include <unordered_map>

namespace plimsoll {

namespace {

constexpr size_t sliceBytes = 1 << 20;
constexpr size_t sliceRows = 2048;

/// One copy from its first row to its last.
class Copy
{
public:
    Copy(BackendSnapshot &from, Backend &to, const Progress &progress)
        : m_from(from)
        , m_to(to)
        , m_progress(progress)
    {
    }

    Status all()
    {
        auto state = m_from.load();
        if (!state)
            return state.error();
        for (const StoredSeal &seal : state->seals)
            m_totalBytes += seal.bytes;
        Status done = copyBlocks(*state);
        if (done)
            done = copyPacks(*state);
        if (done)
            done = copyDays();
        if (done)
            done = copySeriesRows();
        if (done)
            done = copyDocuments();
        return done;
    }

private:
    /// Leaves the disk to others half of the time.
    Status write(const BackendWrite &write)
    {
        if (Status go = m_progress.check(); !go)
            return go;
        const auto begun = std::chrono::steady_clock::now();
        Status done = m_to.write(write);
        std::this_thread::sleep_for(std::chrono::steady_clock::now() - begun);
        return done;
    }

    Status copyBlocks(BackendState &state)
    {
        BackendWrite first;
        first.meta = std::move(state.meta);
        Status done = write(first);
        for (std::string &block : state.catalogue) {
            BackendWrite next;
            next.catalogue = std::move(block);
            if (done)
                done = write(next);
        }
        for (std::string &block : state.receipts) {
            BackendWrite next;
            next.receiptsNewestMs = newestOf(block);
            next.receipts = std::move(block);
            if (done)
                done = write(next);
        }
        return done;
    }

    static int64_t newestOf(std::string_view block)
    {
        int64_t newestMs = 0;
        (void)readReceipts(
            block, [&](const Receipt &receipt) { newestMs = std::max(newestMs, receipt.committedMs); });
        return newestMs;
    }

    /// The seals come last: packs without one are read by nobody.
    Status copyPacks(BackendState &state)
    {
        std::unordered_map<uint32_t, bool> known;
        for (const StoredSeal &seal : state.seals)
            known[seal.id] = true;
        uint32_t seal = 0;
        uint32_t series = 0;
        for (;;) {
            auto packs = m_from.packsAfter(seal, series, sliceBytes);
            if (!packs)
                return packs.error();
            if (packs->empty())
                break;
            seal = packs->back().seal;
            series = packs->back().firstSeries;
            BackendWrite next;
            for (StoredPack &pack : *packs) {
                if (!known.contains(pack.seal))
                    continue;
                m_doneBytes += pack.data.size();
                next.packs.push_back(std::move(pack));
            }
            if (Status done = write(next); !done)
                return done;
            m_progress.say(m_doneBytes, m_totalBytes);
        }
        return copySeals(std::move(state.seals));
    }

    Status copySeals(std::vector<StoredSeal> seals)
    {
        BackendWrite next;
        size_t bytes = 0;
        for (StoredSeal &seal : seals) {
            bytes += seal.series.size();
            next.seals.push_back(std::move(seal));
            if (bytes < sliceBytes && next.seals.size() < sliceRows)
                continue;
            if (Status done = write(next); !done)
                return done;
            next.seals.clear();
            bytes = 0;
        }
        return write(next);
    }

    Status copyDays()
    {
        uint32_t series = 0;
        int64_t startMs = INT64_MIN;
        for (;;) {
            auto days = m_from.daysAfter(series, startMs, sliceRows);
            if (!days)
                return days.error();
            if (days->empty())
                return {};
            series = days->back().series;
            startMs = days->back().startMs;
            BackendWrite next;
            next.days = std::move(*days);
            if (Status done = write(next); !done)
                return done;
        }
    }

    Status copySeriesRows()
    {
        auto rows = m_from.seriesRows();
        if (!rows)
            return rows.error();
        BackendWrite next;
        for (StoredSeriesRow &row : *rows) {
            next.seriesRows.push_back(std::move(row));
            if (next.seriesRows.size() < sliceRows)
                continue;
            if (Status done = write(next); !done)
                return done;
            next.seriesRows.clear();
        }
        return write(next);
    }

    Status copyDocuments()
    {
        auto documents = m_from.loadDocuments();
        if (!documents)
            return documents.error();
        BackendWrite next;
        for (DocumentChange &change : *documents) {
            next.documents.push_back(std::move(change));
            if (next.documents.size() < sliceRows)
                continue;
            if (Status done = write(next); !done)
                return done;
            next.documents.clear();
        }
        return write(next);
    }

    BackendSnapshot &m_from;
    Backend &m_to;
    const Progress &m_progress;
    uint64_t m_doneBytes = 0;
    uint64_t m_totalBytes = 0;
};

} // namespace

Status copyDatabase(BackendSnapshot &from, Backend &to, const Progress &progress)
{
    return Copy(from, to, progress).all();
}

} // namespace plimsoll
