#pragma once

#include "storage/backend/Backend.h"
#include "storage/engine/Pack.h"
#include "storage/engine/rollup/HourlyPack.h"

#include <condition_variable>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>

namespace plimsoll {

/// Packs of one sort (Pack or HourlyPack) that were read lately, shared by all readers. Safe from any thread.
template<typename AnyPack>
class PackCacheOf
{
public:
    PackCacheOf(const Backend &backend, size_t maxBytes)
        : m_backend(backend)
        , m_maxBytes(maxBytes)
    {
    }

    /// The pack of a seal that holds a series. Fails with Corrupt where the seal promises it and it is not
    /// there.
    Result<std::shared_ptr<const AnyPack>> get(uint32_t seal, SeriesId series);
    const Backend &backend() const { return m_backend; }
    /// Lets go what was not asked for since the call before; returns how many bytes it took.
    size_t dropUnused();

    /// Remembers that what a seal has of a series is damaged.
    void noteDamage(uint32_t seal, SeriesId series)
    {
        const std::lock_guard lock(m_mutex);
        if (m_damaged.size() < maxDamaged)
            m_damaged.emplace(seal, series);
    }
    /// How many of them were met, at most maxDamaged.
    size_t damaged() const
    {
        const std::lock_guard lock(m_mutex);
        return m_damaged.size();
    }

private:
    static constexpr size_t maxDamaged = 100'000;

    struct Cached
    {
        std::shared_ptr<const AnyPack> pack;
        std::list<uint64_t>::iterator use;
        bool wasUsed = true;
    };
    /// That one thread reads the packs of a seal, so that another one waits for it instead of doing the same.
    class Turn;
    Result<std::shared_ptr<const AnyPack>> load(uint32_t seal, SeriesId series);
    std::shared_ptr<const AnyPack> cached(uint32_t seal, SeriesId series);
    void insert(uint64_t key, const std::shared_ptr<const AnyPack> &pack);

    const Backend &m_backend;
    const size_t m_maxBytes;
    mutable std::mutex m_mutex;
    std::condition_variable m_loaded;
    std::set<uint32_t> m_loading; ///< seals
    std::set<std::pair<uint32_t, SeriesId>> m_damaged;
    size_t m_bytes = 0;
    std::map<uint64_t, Cached> m_packs; ///< by seal << 32 | first series
    std::list<uint64_t> m_uses;         ///< the latest first
};

using PackCache = PackCacheOf<Pack>;
using HourlyCache = PackCacheOf<HourlyPack>;

extern template class PackCacheOf<Pack>;
extern template class PackCacheOf<HourlyPack>;

} // namespace plimsoll
