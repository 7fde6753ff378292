#pragma once

#include "server/ingest/Prices.h"
#include "storage/model/Batch.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace plimsoll::ingest {

/// The price tables of all projects: what is shipped, and what a project set itself. A table is never changed
/// but replaced. Safe from any thread.
class PriceBook
{
public:
    using Table = std::shared_ptr<const Prices>;

    PriceBook();

    /// Never null.
    Table of(ProjectId project) const;
    /// Replaces the own prices of a project; who looks afterwards sees them.
    void setOwn(ProjectId project, std::vector<Price> own);
    /// Another number after each change.
    uint64_t generation() const { return m_generation.load(std::memory_order_acquire); }

private:
    Table m_shipped;
    mutable std::mutex m_mutex;
    std::map<ProjectId, Table> m_tables; ///< of those that have own ones; guarded
    std::atomic<uint64_t> m_generation{1};
};

/// One thread's look at the book: it takes the lock only after a change and for a project's first time.
class PriceView
{
public:
    /// The book must outlive it.
    explicit PriceView(const PriceBook &book)
        : m_book(book)
    {
    }

    /// As the book is now; holds until the next call.
    const Prices &of(ProjectId project);

private:
    const PriceBook &m_book;
    uint64_t m_generation = 0;
    std::map<ProjectId, PriceBook::Table> m_tables;
};

} // namespace plimsoll::ingest
