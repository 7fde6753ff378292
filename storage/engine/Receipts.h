#pragma once

#include "storage/model/Batch.h"
#include "storage/model/BatchSink.h"

#include <array>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace plimsoll {

/// The first answer to an Idempotency-Key (record 4 of JOURNAL.md).
struct Receipt
{
    ProjectId project = 0;
    Batch::Idempotency hashes;
    int64_t committedMs = 0;
    uint32_t accepted = 0;
    std::vector<Rejection> rejections;
};

void appendReceipt(std::string &out, const Receipt &receipt);
/// Calls `take` for each receipt of a block (how many, then each); false where the bytes are not one.
bool readReceipts(std::string_view bytes, const std::function<void(Receipt)> &take);

/// Remembers Idempotency-Keys for 24 hours, at most so many; beyond that the oldest go. One thread at a time.
class Receipts
{
public:
    static constexpr int64_t keptMs = 24LL * 3600 * 1000;

    explicit Receipts(size_t maxKeys)
        : m_maxKeys(maxKeys)
    {
    }

    /// What was answered to this key, or nothing.
    const Receipt *find(ProjectId project, const Batch::Idempotency &hashes) const;
    void remember(Receipt receipt);
    /// Takes back a receipt whose commit failed; it must be the newest of its key.
    void forget(ProjectId project, const Batch::Idempotency &hashes);
    void expire(int64_t nowMs);

    size_t size() const { return m_receipts.size(); }
    uint64_t evicted() const { return m_evicted; }

private:
    struct Key
    {
        std::array<uint64_t, 2> hash;
        ProjectId project;
        bool operator==(const Key &) const = default;
    };
    struct KeyHash
    {
        size_t operator()(const Key &key) const { return key.hash[0] ^ key.project; }
    };
    void dropOldest();

    size_t m_maxKeys;
    uint64_t m_evicted = 0;
    std::unordered_map<Key, Receipt, KeyHash> m_receipts;
    std::deque<std::pair<int64_t, Key>> m_order; ///< when remembered, oldest first; forgotten keys may linger
};

} // namespace plimsoll
