#pragma once

#include <atomic>
#include <cstdint>

namespace plimsoll {

/// The bytes that all queries of a program may hold together, as they count them themselves: points of
/// answers, samples under work, labels. Safe from any thread.
class QueryMemory
{
public:
    explicit QueryMemory(uint64_t maxBytes = UINT64_MAX)
        : m_maxBytes(maxBytes)
    {
    }

    bool take(uint64_t bytes)
    {
        if (m_held.fetch_add(bytes, std::memory_order_relaxed) + bytes <= m_maxBytes)
            return true;
        release(bytes);
        return false;
    }
    void release(uint64_t bytes) { m_held.fetch_sub(bytes, std::memory_order_relaxed); }

    uint64_t held() const { return m_held.load(std::memory_order_relaxed); }
    uint64_t maxBytes() const { return m_maxBytes; }

    /// For who sets no bound.
    static QueryMemory &unbounded()
    {
        static QueryMemory memory;
        return memory;
    }

private:
    const uint64_t m_maxBytes;
    std::atomic<uint64_t> m_held{0};
};

} // namespace plimsoll
