#include "alerts/HighWater.h"

#include <cmath>
#include <limits>

namespace plimsoll::alerts {

namespace {
constexpr int64_t hourMs = 3'600'000;
constexpr int64_t hoursKept = 24;
} // namespace

bool HighWater::add(int64_t atMs, double value)
{
    if (!std::isfinite(value))
        return false;
    const auto [it, fresh] = m_hours.try_emplace(atMs / hourMs, value);
    if (isWorse(value, it->second, m_direction))
        it->second = value;
    std::erase_if(m_hours, [&](const auto &entry) { return entry.first <= atMs / hourMs - 2 * hoursKept; });
    return fresh;
}

double HighWater::worst(int64_t nowMs) const
{
    double found = std::numeric_limits<double>::quiet_NaN();
    for (auto it = m_hours.upper_bound(nowMs / hourMs - hoursKept); it != m_hours.end(); ++it) {
        if (isWorse(it->second, found, m_direction))
            found = it->second;
    }
    return found;
}

void HighWater::clear(Worse direction)
{
    m_direction = direction;
    m_hours.clear();
}

QJsonArray HighWater::toJson() const
{
    QJsonArray hours;
    for (const auto &[hour, value] : m_hours)
        hours.append(QJsonArray{qint64(hour), value});
    return hours;
}

void HighWater::restore(const QJsonArray &hours)
{
    for (const QJsonValue entry : hours)
        m_hours[entry.toArray().at(0).toInteger()] = entry.toArray().at(1).toDouble();
}

} // namespace plimsoll::alerts
