#include "ui/desktop/look/Figure.h"

#include <QLocale>

#include <algorithm>
#include <array>
#include <cmath>

namespace plimsoll::desktop {

namespace {

QLocale english() { return {QLocale::English, QLocale::UnitedStates}; }

/// Three significant digits without trailing zeros after the point: 0.24, 1.4, 63, 612, 1,284.
QString digits(double value)
{
    const double magnitude = std::fabs(value);
    if (magnitude >= 999.5)
        return english().toString(value, 'f', 0);
    const double power = magnitude > 0 ? std::floor(std::log10(magnitude * 1.0005)) : 0;
    const int decimals = int(std::clamp(2 - power, 0.0, 6.0));
    QString text = QString::number(value, 'f', decimals);
    if (text.contains('.')) {
        while (text.endsWith('0'))
            text.chop(1);
        if (text.endsWith('.'))
            text.chop(1);
    }
    return text == "-0" ? "0" : text;
}

/// Divides by `step` until the value is below it and names the power by `names`.
template<size_t N>
Figure scaled(double value, double step, const std::array<const char *, N> &names)
{
    size_t power = 0;
    while (std::fabs(value) >= step * 0.9995 && power + 1 < N) {
        value /= step;
        power++;
    }
    return {digits(value), QString::fromLatin1(names[power])};
}

Figure seconds(double value)
{
    const double magnitude = std::fabs(value);
    if (magnitude == 0)
        return {"0", "s"};
    if (magnitude < 0.0009995)
        return {digits(value * 1e6), QString::fromUtf8("µs")};
    if (magnitude < 0.9995)
        return {digits(value * 1e3), "ms"};
    if (magnitude < 99.5)
        return {digits(value), "s"};
    if (magnitude < 5400)
        return {digits(value / 60), "min"};
    return magnitude < 172800 ? Figure{digits(value / 3600), "h"} : Figure{digits(value / 86400), "d"};
}

Figure plain(double value)
{
    static const std::array<const char *, 4> names{"", "k", "M", "G"};
    if (std::fabs(value) < 9999.5)
        return {digits(value), {}};
    const Figure figure = scaled(value, 1000, names);
    return {figure.number + figure.unit, {}};
}

Figure bytes(double value, const QString &suffix)
{
    static const std::array<const char *, 6> names{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    Figure figure = scaled(value, 1024, names);
    figure.unit += suffix;
    return figure;
}

} // namespace

QString Figure::text() const
{
    if (unit.isEmpty())
        return number;
    return number + QChar(0xA0) + unit;
}

Figure Figure::of(std::optional<double> value, Unit unit)
{
    if (!value || !std::isfinite(*value))
        return {QString::fromUtf8("–"), {}};
    switch (unit) {
    case Unit::Plain:
        break;
    case Unit::Ratio:
        return {digits(*value * 100), "%"};
    case Unit::Percent:
        return {digits(*value), "%"};
    case Unit::Seconds:
        return seconds(*value);
    case Unit::Bytes:
        return bytes(*value, {});
    case Unit::BytesPerSecond:
        return bytes(*value, "/s");
    case Unit::PerSecond:
        return {plain(*value).number, "/s"};
    case Unit::Dollars:
        return {(*value < 0 ? "-$" : "$") + english().toString(std::fabs(*value), 'f', 2), {}};
    }
    return plain(*value);
}

Unit Figure::unitOf(const QString &metric)
{
    static const std::pair<const char *, Unit> endings[] = {
        {"_ratio", Unit::Ratio}, {"_percent", Unit::Percent},   {"_seconds", Unit::Seconds},
        {"_bytes", Unit::Bytes}, {"_bytes_total", Unit::Bytes}, {"_seconds_total", Unit::Seconds},
        {"_usd", Unit::Dollars}, {"_usd_total", Unit::Dollars},
    };
    for (const auto &[ending, unit] : endings) {
        if (metric.endsWith(QLatin1String(ending)))
            return unit;
    }
    return Unit::Plain;
}

QString Figure::duration(qint64 ms)
{
    const qint64 seconds = std::max<qint64>(ms, 0) / 1000;
    const QChar space(0xA0);
    if (seconds < 60)
        return QString::number(seconds) + space + "s";
    if (seconds < 5400)
        return QString::number(seconds / 60) + space + "min";
    return seconds < 172800 ? QString::number(seconds / 3600) + space + "h"
                            : QString::number(seconds / 86400) + space + "d";
}

} // namespace plimsoll::desktop
