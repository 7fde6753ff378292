#include "ui/desktop/data/Alarm.h"

#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace plimsoll::desktop {

namespace {

std::optional<double> numberOf(const QJsonValue &value)
{
    return value.isDouble() ? std::optional(value.toDouble()) : std::nullopt;
}

/// The unit of an expression's values: that of its metric, unless it is rescaled or counted.
Unit unitOfExpression(const QString &expr)
{
    static const QRegularExpression name(
        "\\b[a-z_:]+[a-z0-9_:]*_(?:ratio|percent|seconds|bytes|usd)(?:_total)?\\b");
    static const QRegularExpression scaled(
        "(?:\\*\\s*100(?:0)?\\b)|(?:\\b100(?:0)?\\s*\\*)|histogram_count|\\bcount");
    const auto found = name.match(expr);
    if (!found.hasMatch())
        return Unit::Plain;
    // A metric over itself, such as errors over requests, is a share.
    const qsizetype over = expr.indexOf('/');
    if (over > 0 && expr.indexOf(found.captured()) < over && expr.indexOf(found.captured(), over) > 0)
        return Unit::Ratio;
    const Unit unit = Figure::unitOf(found.captured());
    if (scaled.match(expr).hasMatch())
        return unit == Unit::Ratio ? Unit::Percent : Unit::Plain;
    return unit == Unit::Bytes && expr.contains("rate(") ? Unit::BytesPerSecond : unit;
}

} // namespace

Alarm Alarm::fromJson(const QJsonObject &json)
{
    Alarm alarm;
    alarm.id = json["id"].toString();
    alarm.name = json["name"].toString();
    alarm.expr = json["expr"].toString();
    alarm.op = json["op"].toString();
    alarm.severity = json["severity"].toString();
    alarm.state = json["state"].toString();
    alarm.error = json["error"].toString();
    alarm.threshold = numberOf(json["threshold"]);
    alarm.value = numberOf(json["value"]);
    alarm.highest = numberOf(json["highest"]);
    alarm.firingSinceMs = qint64(json["firing_since_ms"].toDouble());
    if (const QJsonObject condition = json["condition"].toObject();
        !alarm.threshold && !condition.isEmpty()) {
        alarm.expr = condition["expr"].toString();
        alarm.op = condition["op"].toString();
        alarm.threshold = numberOf(condition["threshold"]);
    }
    alarm.unit = unitOfExpression(alarm.expr);
    return alarm;
}

std::optional<double> Alarm::levelOf(std::optional<double> of) const
{
    if (!of || !threshold || !std::isfinite(*of))
        return std::nullopt;
    const double above = below() ? *threshold : *of;
    const double line = below() ? *of : *threshold;
    if (line == 0)
        return above > 0 ? 1.4 : 0;
    return std::max(0.0, above / line);
}

Standing Alarm::standing() const
{
    if (firing())
        return severity == "warning" ? Standing::Warn : Standing::Firing;
    return level().value_or(0) >= 0.8 || state == "pending" || state == "error" ? Standing::Warn
                                                                                : Standing::Ok;
}

Episode Episode::fromJson(const QJsonObject &json)
{
    Episode episode;
    episode.id = json["id"].toString();
    episode.ruleId = json["rule_id"].toString();
    episode.ruleName = json["rule_name"].toString();
    episode.severity = json["severity"].toString();
    episode.state = json["state"].toString();
    episode.op = json["op"].toString();
    episode.expr = json["expr"].toString();
    episode.value = numberOf(json["value"]);
    episode.threshold = numberOf(json["threshold"]);
    episode.startedMs = qint64(json["started_ms"].toDouble());
    return episode;
}

std::vector<Alarm> worstFirst(std::vector<Alarm> alarms)
{
    std::erase_if(alarms, [](const Alarm &alarm) { return !alarm.enabled(); });
    std::stable_sort(alarms.begin(), alarms.end(), [](const Alarm &a, const Alarm &b) {
        if (a.firing() != b.firing())
            return a.firing();
        return a.level().value_or(-1) > b.level().value_or(-1);
    });
    return alarms;
}

} // namespace plimsoll::desktop
