#pragma once

#include "storage/backend/Backend.h"
#include "storage/engine/Pack.h"

#include <list>
#include <map>
#include <memory>
#include <mutex>

namespace plimsoll {

/// Packs that were read lately, shared by all readers. Safe from any thread.
class PackCache
{
public:
    PackCache(const Backend &backend, size_t maxBytes)
        : m_backend(backend)
        , m_maxBytes(maxBytes)
    {
    }

    /// The pack of a seal that holds a series. Fails with Corrupt where the seal promises it and it is not
    /// there.
    Result<std::shared_ptr<const Pack>> get(uint32_t seal, SeriesId series);

private:
    struct Cached
    {
        std::shared_ptr<const Pack> pack;
        std::list<uint64_t>::iterator use;
    };
    std::shared_ptr<const Pack> cached(uint32_t seal, SeriesId series);
    void insert(uint64_t key, const std::shared_ptr<const Pack> &pack);

    const Backend &m_backend;
    const size_t m_maxBytes;
    std::mutex m_mutex;
    size_t m_bytes = 0;
    std::map<uint64_t, Cached> m_packs; ///< by seal << 32 | first series
    std::list<uint64_t> m_uses;         ///< the latest first
};

} // namespace plimsoll
