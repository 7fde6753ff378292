#include "storage/engine/Shipper.h"

#include "storage/engine/CatalogueBlock.h"
#include "storage/model/Varint.h"

#include <algorithm>

namespace plimsoll {

namespace {

std::string block(uint64_t count, std::string_view bodies)
{
    std::string out;
    if (count > 0) {
        appendVarint(out, count);
        out += bodies;
    }
    return out;
}

} // namespace

void Shipper::keep(const DefinitionBlock &definitions)
{
    {
        const std::lock_guard lock(m_mutex);
        if (definitions.smallestId() > m_writtenSeries)
            return;
    }
    readDefinitions(definitions.bytes(), [this](const SeriesDefinition &definition) { keep(definition); });
}

void Shipper::keep(const SeriesDefinition &definition)
{
    const std::lock_guard lock(m_mutex);
    if (definition.id <= m_writtenSeries)
        m_relabelled.push_back(definition.id);
}

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
    write.meta.insert(m_meta.begin(), m_meta.end());
    size_t receiptBytes = 0;
    uint64_t receipts = 0;
    size_t relabelled = 0;
    {
        const std::lock_guard lock(m_mutex);
        m_writtenSeries = m_catalogue.lastId();
        write.catalogue = compressDefinitions(m_catalogue.definitionsAfter(m_persistedSeries, m_relabelled));
        relabelled = m_relabelled.size();
        receiptBytes = m_receipts.size();
        receipts = m_receiptCount;
        if (receipts > 0) {
            write.receipts = block(receipts, m_receipts);
            write.receiptsNewestMs = m_receiptsNewestMs;
            write.expireReceiptsMs = m_receiptsNewestMs - Receipts::keptMs;
        }
    }
    if (Status done = backend.write(write); !done)
        return done;
    m_meta.clear();
    const std::lock_guard lock(m_mutex);
    m_persistedSeries = m_writtenSeries;
    m_relabelled.erase(m_relabelled.begin(), m_relabelled.begin() + static_cast<ptrdiff_t>(relabelled));
    m_receipts.erase(0, receiptBytes);
    m_receiptCount -= receipts;
    return {};
}

Shipper::Context Shipper::context() const
{
    const std::lock_guard lock(m_mutex);
    return {m_catalogue.definitionsAfter(m_persistedSeries, m_relabelled), block(m_receiptCount, m_receipts)};
}

} // namespace plimsoll
