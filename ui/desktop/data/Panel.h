#pragma once

#include "ui/desktop/data/Alarm.h"

#include <QJsonObject>
#include <QStringList>

#include <cstdint>
#include <span>
#include <vector>

namespace plimsoll::desktop {

struct TimePoint
{
    int64_t timeMs;
    double value;
};

/// One line of a chart, in time order. Missing steps are absent, not zero.
struct Curve
{
    QString name; ///< "p95"; empty where the panel has one line
    std::vector<TimePoint> points;
};

/// The stretch of time that is drawn.
struct TimeSpan
{
    int64_t fromMs = 0;
    int64_t toMs = 0;
    int64_t stepMs = 15'000;

    /// The newest `lengthMs` up to the first step that is not before `nowMs`, on a grid with about one step
    /// for each pixel, so that the points of two refreshes lie on each other. No step is shorter than a
    /// second.
    static TimeSpan last(int64_t lengthMs, int64_t nowMs, int pixels);
};

/// What a chart tile shows and how it asks for it.
struct Panel
{
    struct Line
    {
        QString name;
        QString expr; ///< PromQL; "$w" stands for the rate window
    };
    enum class Combine {
        None,
        Ratio, ///< the first line over the second; where only the second has a point, 0
    };

    QString id; ///< names it while the layout changes around it
    int row = 0;
    QString title, suffix; ///< suffix: what the big number is, for example "p95"; "$w" as in queries
    Unit unit = Unit::Plain;
    std::vector<Line> lines;
    size_t main = 0; ///< the line of the big number
    Combine combine = Combine::None;
    QString metric;      ///< the series behind it: alarms on it lend their line
    QString empty;       ///< said where there is nothing to draw
    double leastTop = 0; ///< the y axis reaches at least this high

    /// The query of a line for this span, with the window filled in.
    QString query(size_t line, const TimeSpan &span) const;
    QString suffixFor(const TimeSpan &span) const;
    /// The query that shows this panel in Explore.
    QString explore(const TimeSpan &span) const;
    /// Lines of the answers as they are drawn: combined where the panel combines.
    std::vector<Curve> drawn(std::vector<Curve> answers) const;
    /// Where an alarm's threshold lies on this panel's scale; empty where it watches something else.
    std::optional<double> lineOf(const Alarm &alarm) const;
};

/// The points of a query_range answer; series of one answer after the first are dropped.
Curve curveFrom(const QString &name, const QJsonObject &answer);

} // namespace plimsoll::desktop
