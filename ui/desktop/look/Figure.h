#pragma once

#include <QString>

#include <optional>

namespace plimsoll::desktop {

/// What a number measures, as far as its writing depends on it.
enum class Unit { Plain, Ratio, Percent, Seconds, Bytes, BytesPerSecond, PerSecond, Dollars };

/// A number as it is written on screen: three significant digits, the unit once, a space that does not break
/// between them.
struct Figure
{
    QString number; ///< "612", "12.4k", "$23.58"; "–" where there is none
    QString unit;   ///< "ms", "%", "GiB", "/s"; may be empty

    QString text() const;

    static Figure of(std::optional<double> value, Unit unit);
    /// The unit that a metric's name declares by its last word (`_seconds`, `_bytes`, `_ratio`, `_usd`).
    static Unit unitOf(const QString &metric);
    /// "38 min", "2 h", "3 d": a stretch of time, rounded down, in its largest unit.
    static QString duration(qint64 ms);
};

} // namespace plimsoll::desktop
