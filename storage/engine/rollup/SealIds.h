#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace plimsoll {

/// The one sequence of seal ids. Safe from any thread.
class SealIds
{
public:
    /// So many ids that nobody else gets; the first of them.
    uint32_t take(uint32_t count) { return m_last.fetch_add(count) + 1; }
    /// What is in use already; before any take().
    void startAfter(uint32_t last) { m_last = std::max(last, m_last.load()); }

private:
    std::atomic<uint32_t> m_last = 0;
};

} // namespace plimsoll
