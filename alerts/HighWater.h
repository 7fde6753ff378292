#pragma once

#include "alerts/Comparison.h"

#include <QJsonArray>

#include <cstdint>
#include <map>

namespace plimsoll::alerts {

/// The worst value of the last 24 h, kept as one figure per hour; good to within the hour that is leaving.
class HighWater
{
public:
    explicit HighWater(Worse direction = Worse::Higher)
        : m_direction(direction)
    {
    }

    /// True where a new hour began, which is when the whole is worth storing.
    bool add(int64_t atMs, double value);
    /// NaN where nothing was seen.
    double worst(int64_t nowMs) const;
    void clear(Worse direction);

    QJsonArray toJson() const; ///< of [hour since the epoch, value]
    void restore(const QJsonArray &hours);

private:
    Worse m_direction;
    std::map<int64_t, double> m_hours;
};

} // namespace plimsoll::alerts
