#include "storage/upkeep/DatabaseCopy.h"

#include "storage/engine/Receipts.h"
#include "storage/upkeep/PackWalk.h"

#include <chrono>
#include <thread>

namespace plimsoll {

namespace {

constexpr size_t sliceBytes = 1 << 20;
constexpr size_t sliceRows = 2048;

/// One copy from its first row to its last.
class Copy
{
public:
    Copy(BackendSnapshot &from, Backend &to, const Progress &progress, const CopyRules &rules)
        : m_from(from)
        , m_to(to)
        , m_progress(progress)
        , m_rules(rules)
    {
    }

    Status all()
    {
        auto state = m_from.load();
        if (!state)
            return state.error();
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
        if (m_rules.meta)
            m_rules.meta(first.meta);
        Status done = write(first);
        for (std::string &block : state.catalogue) {
            BackendWrite next;
            if (m_rules.catalogue && !m_rules.catalogue(block))
                continue;
            next.catalogue = std::move(block);
            if (done)
                done = write(next);
        }
        for (std::string &block : state.receipts) {
            BackendWrite next;
            if (m_rules.receipts && !m_rules.receipts(block))
                continue;
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
        PackWalk walk(m_from, state.seals, m_progress);
        BackendWrite next;
        walk.take = [&](StoredPack pack, const StoredSeal &seal) -> Status {
            if (m_rules.pack) {
                auto kept = m_rules.pack(std::move(pack), seal);
                if (!kept)
                    return {};
                pack = std::move(*kept);
            }
            next.packs.push_back(std::move(pack));
            return {};
        };
        walk.paused = [&] {
            const Status done = write(next);
            next.packs.clear();
            return done;
        };
        walk.unreadable = m_rules.unreadable;
        const Status walked = walk.run(sliceBytes);
        return walked ? copySeals(std::move(state.seals)) : walked;
    }

    Status copySeals(std::vector<StoredSeal> seals)
    {
        BackendWrite next;
        size_t bytes = 0;
        for (StoredSeal &seal : seals) {
            if (m_rules.seal && !m_rules.seal(seal))
                continue;
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
            if (m_rules.day)
                std::erase_if(*days, [this](const StoredDay &day) { return !m_rules.day(day); });
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
            if (m_rules.document && !m_rules.document(change))
                continue;
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
    const CopyRules &m_rules;
};

} // namespace

Status copyDatabase(BackendSnapshot &from, Backend &to, const Progress &progress, const CopyRules &rules)
{
    return Copy(from, to, progress, rules).all();
}

} // namespace plimsoll
