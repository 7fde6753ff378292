#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace plimsoll {

/// How a project uses its budget of series.
struct SeriesUse
{
    /// What was beyond the budget since the start.
    struct Excess
    {
        std::string name;  ///< of the metric
        std::string label; ///< the one with the most values; empty where the series has none
        uint64_t folded =
            0; ///< new series whose label became `__other__`, counted each time they are asked for
        uint64_t refused = 0; ///< new series that were not taken, counted likewise
    };

    uint64_t active = 0; ///< seen in the last hour
    uint64_t series = 0; ///< all that are stored
    std::vector<Excess> excess;
};

} // namespace plimsoll
