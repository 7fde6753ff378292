#pragma once

#include "storage/engine/rollup/RetiredSeals.h"
#include "storage/engine/rollup/UpkeepContext.h"

namespace plimsoll {

/// Writes the packs of new seals in slices, and puts those seals into the place of others in the last
/// transaction.
class SealReplacement
{
public:
    SealReplacement(UpkeepContext &context, RetiredSeals &retired);
    /// Leaves what was written to be removed, unless it was finished.
    ~SealReplacement();
    SealReplacement(const SealReplacement &) = delete;
    SealReplacement &operator=(const SealReplacement &) = delete;

    /// Ids for the new seals.
    SealNumbers numbers() const { return m_numbers; }
    /// Makes packs durable that no seal names yet.
    Status write(Backend &backend, std::vector<StoredPack> packs);
    /// Names them, and retires the old ones. `meta` goes along. New seals without samples are left out. A
    /// failure leaves a doubt, as the database may have done it all the same.
    Status finish(Backend &backend, std::vector<StoredPack> packs, std::vector<StoredSeal> seals,
                  const std::vector<SealPointer> &replaced, std::map<std::string, std::string> meta,
                  std::optional<Floors> floors = {});

private:
    UpkeepContext &m_context;
    RetiredSeals &m_retired;
    SealNumbers m_numbers;
    bool m_begun = false;
};

} // namespace plimsoll
