#include "storage/engine/Seals.h"

#include <algorithm>

namespace plimsoll {

Result<std::shared_ptr<const Seal>> readSeal(const StoredSeal &stored)
{
    auto seal = std::make_shared<Seal>();
    seal->id = stored.id;
    seal->windowStartMs = stored.windowStartMs;
    seal->minMs = stored.minMs;
    seal->maxMs = stored.maxMs;
    seal->bytes = stored.bytes;
    // The C reader checks its bounds; that of the C++ wrapper would throw where ours reports.
    roaring_bitmap_t *bitmap =
        roaring_bitmap_portable_deserialize_safe(stored.series.data(), stored.series.size());
    if (!bitmap)
        return Error{ErrorCode::Corrupt, "The list of series of a seal is damaged.",
                     "Run plimsoll doctor on the data directory."};
    seal->series = Roaring(bitmap);
    return std::shared_ptr<const Seal>(std::move(seal));
}

std::shared_ptr<const Seals> withSeal(const Seals &seals, std::shared_ptr<const Seal> seal)
{
    auto copy = std::make_shared<Seals>(seals);
    const auto after = std::upper_bound(copy->begin(), copy->end(), seal, [](const auto &a, const auto &b) {
        return std::pair(a->windowStartMs, a->id) < std::pair(b->windowStartMs, b->id);
    });
    copy->insert(after, std::move(seal));
    return copy;
}

} // namespace plimsoll
