#pragma once

#include "storage/backend/Backend.h"
#include "storage/engine/Catalogue.h"
#include "storage/engine/HeadWindow.h"

namespace plimsoll {

/// The packs of a frozen window and the seal that lists them; `samples` is 0 where there is nothing to write.
struct SealedWindow
{
    StoredSeal seal;
    std::vector<StoredPack> packs;
};

SealedWindow sealWindow(const HeadWindow &window, uint32_t seal, uint64_t journalSequence,
                        const Catalogue &catalogue);

} // namespace plimsoll
