#include "storage/upkeep/PackWalk.h"

namespace plimsoll {

PackWalk::PackWalk(BackendSnapshot &database, const std::vector<StoredSeal> &seals, const Progress &progress)
    : m_database(database)
    , m_progress(progress)
{
    for (const StoredSeal &seal : seals) {
        const uint32_t ids = seal.resolutionMs == 0 ? 1 : hourlyPackIds;
        for (uint32_t i = 0; i < ids; i++)
            m_owners[seal.id + i] = &seal;
        m_totalBytes += seal.bytes;
    }
}

const StoredSeal *PackWalk::ownerOf(uint32_t id) const
{
    const auto it = m_owners.find(id);
    return it == m_owners.end() ? nullptr : it->second;
}

/// Moves a place to before the first pack of the seal after `givenUp`, which it becomes; false where there is
/// none.
bool PackWalk::skip(uint32_t &givenUp, uint32_t &seal, uint32_t &series) const
{
    const auto next = m_owners.upper_bound(std::max(givenUp, seal));
    if (next == m_owners.end())
        return false;
    givenUp = next->first;
    seal = next->first - 1;
    series = UINT32_MAX;
    return true;
}

Status PackWalk::run(size_t bytesAtOnce)
{
    uint32_t seal = 0;
    uint32_t series = 0;
    uint32_t givenUp = 0;
    uint64_t doneBytes = 0;
    for (;;) {
        if (Status go = m_progress.check(); !go)
            return go;
        auto packs = m_database.packsAfter(seal, series, bytesAtOnce);
        if (!packs && (!unreadable || packs.error().code != ErrorCode::Corrupt))
            return packs.error();
        if (!packs) {
            unreadable("packs after that of seal " + std::to_string(seal) + " from series " +
                           std::to_string(series),
                       packs.error());
            if (!skip(givenUp, seal, series))
                return {};
            continue;
        }
        if (packs->empty())
            return {};
        seal = packs->back().seal;
        series = packs->back().firstSeries;
        for (StoredPack &pack : *packs) {
            doneBytes += pack.data.size();
            if (const StoredSeal *owner = ownerOf(pack.seal)) {
                if (Status taken = take(std::move(pack), *owner); !taken)
                    return taken;
            }
        }
        if (paused) {
            if (Status done = paused(); !done)
                return done;
        }
        m_progress.say(doneBytes, m_totalBytes);
    }
}

} // namespace plimsoll
