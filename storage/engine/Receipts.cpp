#include "storage/engine/Receipts.h"

#include "storage/engine/ByteOrder.h"
#include "storage/model/Varint.h"

namespace plimsoll {

namespace {

void appendText(std::string &out, std::string_view text)
{
    appendVarint(out, text.size());
    out += text;
}

bool takeNumber(std::string_view &bytes, uint32_t &number)
{
    const auto value = takeVarint(bytes);
    number = static_cast<uint32_t>(value.value_or(0));
    return value && *value <= UINT32_MAX;
}

bool takeText(std::string_view &bytes, std::string &text)
{
    const auto size = takeVarint(bytes);
    if (!size || *size > bytes.size())
        return false;
    text = bytes.substr(0, *size);
    bytes.remove_prefix(*size);
    return true;
}

bool takeRejections(std::string_view &bytes, std::vector<Rejection> &rejections)
{
    uint32_t count = 0;
    if (!takeNumber(bytes, count) || count > bytes.size())
        return false;
    for (uint32_t i = 0; i < count; i++) {
        Rejection &rejection = rejections.emplace_back();
        if (!takeNumber(bytes, rejection.item) || !takeText(bytes, rejection.code) ||
            !takeText(bytes, rejection.message))
            return false;
    }
    return true;
}

bool takeReceipt(std::string_view &bytes, Receipt &receipt)
{
    if (!takeNumber(bytes, receipt.project))
        return false;
    for (uint64_t *word : {&receipt.hashes.keyHash[0], &receipt.hashes.keyHash[1],
                           &receipt.hashes.bodyHash[0], &receipt.hashes.bodyHash[1]}) {
        if (!takeFixed(bytes, *word))
            return false;
    }
    const auto time = takeVarint(bytes);
    receipt.committedMs = static_cast<int64_t>(time.value_or(0));
    return time && takeNumber(bytes, receipt.accepted) && takeRejections(bytes, receipt.rejections);
}

} // namespace

void appendReceipt(std::string &out, const Receipt &receipt)
{
    appendVarint(out, receipt.project);
    for (const auto &hash : {receipt.hashes.keyHash, receipt.hashes.bodyHash}) {
        appendFixed(out, hash[0]);
        appendFixed(out, hash[1]);
    }
    appendVarint(out, static_cast<uint64_t>(receipt.committedMs));
    appendVarint(out, receipt.accepted);
    appendVarint(out, receipt.rejections.size());
    for (const Rejection &rejection : receipt.rejections) {
        appendVarint(out, rejection.item);
        appendText(out, rejection.code);
        appendText(out, rejection.message);
    }
}

bool readReceipts(std::string_view bytes, const std::function<void(Receipt)> &take)
{
    const auto count = takeVarint(bytes);
    for (uint64_t i = 0; count && i < *count; i++) {
        Receipt receipt;
        if (!takeReceipt(bytes, receipt))
            return false;
        take(std::move(receipt));
    }
    return count && bytes.empty();
}

const Receipt *Receipts::find(ProjectId project, const Batch::Idempotency &hashes) const
{
    const auto it = m_receipts.find({hashes.keyHash, project});
    return it == m_receipts.end() ? nullptr : &it->second;
}

void Receipts::remember(Receipt receipt)
{
    const Key key{receipt.hashes.keyHash, receipt.project};
    m_order.emplace_back(receipt.committedMs, key);
    m_receipts.insert_or_assign(key, std::move(receipt));
    while (m_receipts.size() > m_maxKeys) {
        dropOldest();
        m_evicted++;
    }
}

void Receipts::forget(ProjectId project, const Batch::Idempotency &hashes)
{
    m_receipts.erase({hashes.keyHash, project});
}

void Receipts::expire(int64_t nowMs)
{
    while (!m_order.empty() && m_order.front().first < nowMs - keptMs)
        dropOldest();
}

void Receipts::dropOldest()
{
    const auto [time, key] = m_order.front();
    m_order.pop_front();
    const auto it = m_receipts.find(key);
    if (it != m_receipts.end() && it->second.committedMs <= time)
        m_receipts.erase(it);
}

} // namespace plimsoll
