#pragma once

#include "ui/desktop/data/Panel.h"

namespace plimsoll::desktop {

/// A y axis from 0 to a round top, its ticks, and how they are written.
struct ValueAxis
{
    double top = 1;            ///< in the data's own unit, > 0
    std::vector<double> ticks; ///< 0 first; in the data's own unit
    double factor = 1;         ///< own unit times this is what is written
    QString unit;              ///< written once, at the highest tick and at the load line

    /// An axis with three or four ticks that holds `highest`.
    static ValueAxis to(double highest, Unit unit);

    QString label(double value) const;
};

/// A time axis's ticks: round times of the local zone, at most `most` of them.
struct TimeTick
{
    int64_t timeMs;
    QString label;
};
std::vector<TimeTick> timeTicks(const TimeSpan &span, int most);

} // namespace plimsoll::desktop
