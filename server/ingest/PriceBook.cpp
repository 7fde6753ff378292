#include "server/ingest/PriceBook.h"

namespace plimsoll::ingest {

PriceBook::PriceBook()
    : m_shipped(std::make_shared<const Prices>(Prices::shipped()))
{
}

PriceBook::Table PriceBook::of(ProjectId project) const
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_tables.find(project);
    return found == m_tables.end() ? m_shipped : found->second;
}

void PriceBook::setOwn(ProjectId project, std::vector<Price> own)
{
    const std::lock_guard lock(m_mutex);
    if (own.empty()) {
        m_tables.erase(project);
    } else {
        const auto shipped = m_shipped->rows();
        own.insert(own.end(), shipped.begin(), shipped.end());
        m_tables[project] = std::make_shared<const Prices>(std::move(own));
    }
    m_generation.fetch_add(1, std::memory_order_release);
}

const Prices &PriceView::of(ProjectId project)
{
    // The number is read before the tables: one that changes in between is looked at again next time.
    if (const uint64_t now = m_book.generation(); now != m_generation) {
        m_tables.clear();
        m_generation = now;
    }
    PriceBook::Table &table = m_tables[project];
    if (!table)
        table = m_book.of(project);
    return *table;
}

} // namespace plimsoll::ingest
