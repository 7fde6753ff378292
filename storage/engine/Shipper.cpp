#include "storage/engine/Shipper.h"

#include "storage/model/Varint.h"

#include <algorithm>

namespace plimsoll {

void Shipper::keep(const std::vector<Receipt> &receipts)
{
    if (receipts.empty())
        return;
    const std::lock_guard lock(m_mutex);
    for (const Receipt &receipt : receipts) {
        appendReceipt(m_receipts, receipt);
        m_receiptsNewestMs = std::max(m_receiptsNewestMs, receipt.committedMs);
    }
    m_receiptCount += receipts.size();
}

std::string Shipper::waitingReceipts() const
{
    const std::lock_guard lock(m_mutex);
    std::string block;
    if (m_receiptCount > 0) {
        appendVarint(block, m_receiptCount);
        block += m_receipts;
    }
    return block;
}

Status Shipper::write(Backend &backend, BackendWrite &write)
{
    const SeriesId lastSeries = m_catalogue.lastId();
    write.catalogue = m_catalogue.definitionsAfter(m_persistedSeries);
    write.meta.insert(m_meta.begin(), m_meta.end());
    size_t bytes = 0;
    uint64_t count = 0;
    {
        const std::lock_guard lock(m_mutex);
        bytes = m_receipts.size();
        count = m_receiptCount;
        if (count > 0) {
            appendVarint(write.receipts, count);
            write.receipts += m_receipts;
            write.receiptsNewestMs = m_receiptsNewestMs;
            write.expireReceiptsMs = m_receiptsNewestMs - Receipts::keptMs;
        }
    }
    if (Status done = backend.write(write); !done)
        return done;
    m_persistedSeries = lastSeries;
    m_meta.clear();
    const std::lock_guard lock(m_mutex);
    m_receipts.erase(0, bytes);
    m_receiptCount -= count;
    return {};
}

} // namespace plimsoll
