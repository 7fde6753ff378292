#include "storage/engine/PackCache.h"

#include <vector>

namespace plimsoll {

namespace {
uint64_t keyOf(uint32_t seal, SeriesId series) { return static_cast<uint64_t>(seal) << 32 | series; }
} // namespace

template<typename AnyPack>
class PackCacheOf<AnyPack>::Turn
{
public:
    Turn(PackCacheOf &cache, uint32_t seal)
        : m_cache(cache)
        , m_seal(seal)
    {
        std::unique_lock lock(cache.m_mutex);
        cache.m_loaded.wait(lock, [&] { return !cache.m_loading.contains(seal); });
        cache.m_loading.insert(seal);
    }
    ~Turn()
    {
        {
            const std::lock_guard lock(m_cache.m_mutex);
            m_cache.m_loading.erase(m_seal);
        }
        m_cache.m_loaded.notify_all();
    }
    Turn(const Turn &) = delete;
    Turn &operator=(const Turn &) = delete;

private:
    PackCacheOf &m_cache;
    const uint32_t m_seal;
};

template<typename AnyPack>
Result<std::shared_ptr<const AnyPack>> PackCacheOf<AnyPack>::get(uint32_t seal, SeriesId series)
{
    if (auto known = cached(seal, series))
        return known;
    const Turn turn(*this, seal);
    if (auto known = cached(seal, series))
        return known;
    return load(seal, series);
}

template<typename AnyPack>
Result<std::shared_ptr<const AnyPack>> PackCacheOf<AnyPack>::load(uint32_t seal, SeriesId series)
{
    auto stored = m_backend.readPack(seal, series);
    if (!stored && stored.error().code != ErrorCode::NotFound)
        return stored.error();
    if (!stored)
        return Error{ErrorCode::Corrupt, "Stored samples are missing.",
                     "Run plimsoll doctor on the data directory."};
    auto opened = AnyPack::open(std::move(stored->data));
    if (!opened)
        return opened.error();
    auto pack = std::make_shared<const AnyPack>(std::move(*opened));
    if (!pack->find(series))
        return Error{ErrorCode::Corrupt, "Stored samples are missing.",
                     "Run plimsoll doctor on the data directory."};
    insert(keyOf(seal, stored->firstSeries), pack);
    return pack;
}

template<typename AnyPack>
std::shared_ptr<const AnyPack> PackCacheOf<AnyPack>::cached(uint32_t seal, SeriesId series)
{
    const std::lock_guard lock(m_mutex);
    auto it = m_packs.upper_bound(keyOf(seal, series));
    if (it == m_packs.begin())
        return nullptr;
    --it;
    if (it->first >> 32 != seal || !it->second.pack->find(series))
        return nullptr;
    m_uses.splice(m_uses.begin(), m_uses, it->second.use);
    it->second.wasUsed = true;
    return it->second.pack;
}

template<typename AnyPack>
void PackCacheOf<AnyPack>::insert(uint64_t key, const std::shared_ptr<const AnyPack> &pack)
{
    const std::lock_guard lock(m_mutex);
    if (m_packs.contains(key))
        return;
    m_uses.push_front(key);
    m_packs[key] = {pack, m_uses.begin(), true};
    m_bytes += pack->memoryBytes();
    while (m_bytes > m_maxBytes && m_uses.size() > 1) {
        const auto oldest = m_packs.find(m_uses.back());
        m_bytes -= oldest->second.pack->memoryBytes();
        m_packs.erase(oldest);
        m_uses.pop_back();
    }
}

template<typename AnyPack>
size_t PackCacheOf<AnyPack>::dropUnused()
{
    std::vector<std::shared_ptr<const AnyPack>> unused; // freed when nobody waits for the mutex
    size_t bytes = 0;
    const std::lock_guard lock(m_mutex);
    for (auto it = m_packs.begin(); it != m_packs.end();) {
        if (it->second.wasUsed) {
            it->second.wasUsed = false;
            ++it;
            continue;
        }
        bytes += it->second.pack->memoryBytes();
        unused.push_back(std::move(it->second.pack));
        m_uses.erase(it->second.use);
        it = m_packs.erase(it);
    }
    m_bytes -= bytes;
    return bytes;
}

template class PackCacheOf<Pack>;
template class PackCacheOf<HourlyPack>;

} // namespace plimsoll
