#pragma once

#include "storage/backend/Neighbours.h"
#include "storage/engine/Catalogue.h"
#include "storage/engine/Head.h"
#include "storage/engine/PackCache.h"
#include "storage/model/SeriesReader.h"

#include <memory>
#include <mutex>
#include <set>

namespace plimsoll {

/// Another node as this one sees it: its series, its seals in the database, and in memory the samples of its
/// shipped frames that no seal holds yet.
///
/// Threads: one updates; any opens readers, which keep the follower and stand still.
class Follower : public std::enable_shared_from_this<Follower>
{
public:
    Follower(int64_t node, std::unique_ptr<Backend> packs);

    /// Reads what is new. After a failure it goes on where it was.
    Status update(Neighbours &neighbours);
    std::unique_ptr<SeriesReader> openReader();

private:
    Status adopt(const NeighbourNews &news);
    Status adoptSeal(const StoredSeal &stored);
    void apply(Head &head, const std::vector<ShippedFrame> &frames);
    void noteSealed(int64_t windowStartMs, uint64_t sequence);
    void refreshSeals();

    const int64_t m_node;
    std::unique_ptr<Backend> m_backend;
    Catalogue m_catalogue;
    PackCache m_packs;
    HourlyCache m_hours;
    NeighbourPosition m_position;
    int64_t m_windowMs;
    std::map<uint32_t, SealPointer> m_seals;
    Floors m_floors;
    std::shared_ptr<const Seals> m_current;      ///< of all these; null where they changed
    std::map<int64_t, uint64_t> m_sealedThrough; ///< by window: the frames whose samples are in seals
    std::set<int64_t> m_windows;                 ///< that the head holds samples of
    /// Samples in memory are in seals now: memory must be filled anew, also where that fails at first.
    bool m_refill = false;
    Group m_group;

    std::mutex m_mutex;
    std::shared_ptr<Head> m_head; ///< under the mutex, where others than the updating thread look
};

} // namespace plimsoll
