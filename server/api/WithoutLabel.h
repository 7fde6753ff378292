#pragma once

#include "server/ingest/LabelDrops.h"
#include "storage/model/Labels.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plimsoll::api {

/// What would be left of a metric without one of its labels.
struct WithoutLabel
{
    struct Candidate
    {
        std::string_view label;
        uint64_t values = 0; ///< that it has in these series
    };

    std::string label;
    uint64_t series = 0; ///< left without it
    uint64_t of = 0;     ///< of so many

    /// The label without which the fewest series would be left, where that is fewer than there are; labels
    /// that are dropped already count as gone.
    static std::optional<WithoutLabel> best(std::span<const Labels *const> series,
                                            std::vector<Candidate> candidates,
                                            const ingest::LabelDrops::Labels &dropped);
};

} // namespace plimsoll::api
