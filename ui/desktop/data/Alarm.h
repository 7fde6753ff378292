#pragma once

#include "ui/desktop/look/Figure.h"
#include "ui/desktop/look/Mark.h"

#include <QJsonObject>
#include <QString>

#include <optional>
#include <vector>

namespace plimsoll::desktop {

/// An alarm (in the API: a rule) with how it stands now.
struct Alarm
{
    QString id, name, expr, op, severity, state, error;
    std::optional<double> threshold; ///< where expr held the comparison, what the server read off it
    std::optional<double> value;     ///< the worst current value
    std::optional<double> highest;   ///< the worst in the last 24 h
    qint64 firingSinceMs = 0;
    Unit unit = Unit::Plain;

    static Alarm fromJson(const QJsonObject &json);

    bool enabled() const { return state != "disabled"; }
    bool firing() const { return state == "firing"; }
    bool below() const { return op.startsWith('<'); }

    /// How full it is: value over threshold, for a "below" alarm threshold over value; 1 is on the line.
    /// Empty where there is nothing to compare.
    std::optional<double> level() const { return levelOf(value); }
    std::optional<double> highestLevel() const { return levelOf(highest); }
    Standing standing() const;

    QString valueText() const { return Figure::of(value, unit).text(); }
    QString thresholdText() const { return Figure::of(threshold, unit).text(); }

private:
    std::optional<double> levelOf(std::optional<double> of) const;
};

/// One firing of an alarm.
struct Episode
{
    QString id, ruleId, ruleName, severity, state, op, expr;
    std::optional<double> value, threshold;
    qint64 startedMs = 0;

    static Episode fromJson(const QJsonObject &json);
};

/// Enabled alarms, worst first: firing ones, then by level, those without a level last.
std::vector<Alarm> worstFirst(std::vector<Alarm> alarms);

} // namespace plimsoll::desktop
