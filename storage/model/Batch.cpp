#include "storage/model/Batch.h"

namespace plimsoll {

void Batch::clear()
{
    project = defaultProject;
    keyId.clear();
    rule.reset();
    itemCount = 0;
    rejections.clear();
    idempotency.reset();
    series.clear();
    floats.clear();
    histograms.clear();
    meanings.clear();
    descriptions.clear();
    skippedValues = 0;
    knownOwner.reset();
}

} // namespace plimsoll
