#include "ui/desktop/chart/Axis.h"

#include <QDateTime>
#include <QLocale>

#include <cmath>

namespace plimsoll::desktop {

namespace {

double niceStep(double raw)
{
    const double power = std::pow(10, std::floor(std::log10(raw)));
    for (const double nice : {1.0, 2.0, 2.5, 5.0}) {
        if (raw <= nice * power * (1 + 1e-9))
            return nice * power;
    }
    return 10 * power;
}

std::pair<double, QString> scaleOf(double highest, Unit unit)
{
    static const char *const byteNames[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    switch (unit) {
    case Unit::Ratio:
        return {100, "%"};
    case Unit::Percent:
        return {1, "%"};
    case Unit::Seconds:
        if (highest < 0.001)
            return {1e6, QString::fromUtf8("µs")};
        return highest < 1 ? std::pair{1e3, QString("ms")} : std::pair{1.0, QString("s")};
    case Unit::Bytes:
    case Unit::BytesPerSecond: {
        size_t power = 0;
        while (highest >= 1024 && power + 1 < std::size(byteNames))
            highest /= 1024, power++;
        return {std::pow(1024, -double(power)), byteNames[power]};
    }
    case Unit::PerSecond:
    case Unit::Plain:
    case Unit::Dollars:
        break;
    }
    return {1, {}};
}

qint64 tickStep(int64_t lengthMs, int most)
{
    constexpr qint64 minute = 60'000, hour = 60 * minute, day = 24 * hour;
    for (const qint64 step :
         {minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 3 * hour,
          6 * hour, 12 * hour, day, 2 * day, 5 * day, 7 * day, 14 * day}) {
        if (lengthMs / step <= most)
            return step;
    }
    return 30 * day;
}

} // namespace

ValueAxis ValueAxis::to(double highest, Unit unit)
{
    if (!(highest > 0) || !std::isfinite(highest))
        highest = unit == Unit::Seconds ? 0.001 : unit == Unit::Ratio ? 0.01 : 1;
    ValueAxis axis;
    std::tie(axis.factor, axis.unit) = scaleOf(highest, unit);
    const double scaled = highest * axis.factor;
    const double step = niceStep(scaled / 3);
    const double count = std::ceil(scaled / step - 1e-9);
    for (int i = 0; i <= int(count); i++)
        axis.ticks.push_back(i * step / axis.factor);
    axis.top = axis.ticks.back();
    return axis;
}

QString ValueAxis::label(double value) const
{
    const QString number = Figure::of(value * factor, Unit::Plain).number;
    const bool named = unit == "%" || (!unit.isEmpty() && value == top);
    return named ? number + QChar(0xA0) + unit : number;
}

std::vector<TimeTick> timeTicks(const TimeSpan &span, int most)
{
    constexpr qint64 day = 86'400'000;
    const qint64 step = tickStep(span.toMs - span.fromMs, std::max(most, 1));
    const QDate first = QDateTime::fromMSecsSinceEpoch(span.fromMs).date();
    std::vector<TimeTick> ticks;
    // Each local day starts its own ticks, so that days of 23 and 25 hours keep round times.
    for (QDate date = first; ticks.size() <= 100; date = date.addDays(std::max<qint64>(1, step / day))) {
        const qint64 start = date.startOfDay().toMSecsSinceEpoch();
        if (start > span.toMs)
            break;
        const qint64 end = date.addDays(1).startOfDay().toMSecsSinceEpoch();
        for (qint64 at = start; at < end; at += step) {
            if (at < span.fromMs || at > span.toMs)
                continue;
            const QDateTime local = QDateTime::fromMSecsSinceEpoch(at);
            ticks.push_back(
                {at, step < day ? local.toString("HH:mm") : QLocale::c().toString(local, "d MMM")});
        }
    }
    return ticks;
}

} // namespace plimsoll::desktop
