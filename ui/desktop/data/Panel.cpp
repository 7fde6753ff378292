#include "ui/desktop/data/Panel.h"

#include <QJsonArray>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace plimsoll::desktop {

namespace {

/// The window of rates and increases, in seconds: a minute, or a step where that is longer.
int64_t windowS(const TimeSpan &span) { return std::max<int64_t>(60, span.stepMs / 1000); }

} // namespace

TimeSpan TimeSpan::last(int64_t lengthMs, int64_t nowMs, int pixels)
{
    const int64_t exact = lengthMs / std::max(pixels, 60);
    TimeSpan span;
    span.stepMs = std::max<int64_t>(1, (exact + 999) / 1000) * 1000;
    span.toMs = (nowMs + span.stepMs - 1) / span.stepMs * span.stepMs;
    span.fromMs = span.toMs - lengthMs / span.stepMs * span.stepMs;
    return span;
}

QString Panel::query(size_t line, const TimeSpan &span) const
{
    QString text = lines[line].expr;
    return text.replace("$w", QString::number(windowS(span)) + 's');
}

QString Panel::suffixFor(const TimeSpan &span) const
{
    QString text = suffix;
    return text.replace("$w", Figure::duration(windowS(span) * 1000));
}

QString Panel::explore(const TimeSpan &span) const
{
    if (combine == Combine::Ratio)
        return query(0, span) + " / " + query(1, span);
    return query(main, span);
}

std::vector<Curve> Panel::drawn(std::vector<Curve> answers) const
{
    if (combine == Combine::None || answers.size() != 2)
        return answers;
    Curve ratio{answers[0].name, {}};
    auto part = answers[0].points.cbegin();
    for (const TimePoint &whole : answers[1].points) {
        while (part != answers[0].points.cend() && part->timeMs < whole.timeMs)
            ++part;
        const bool both = part != answers[0].points.cend() && part->timeMs == whole.timeMs;
        if (whole.value > 0)
            ratio.points.push_back({whole.timeMs, both ? part->value / whole.value : 0});
    }
    return {ratio};
}

std::optional<double> Panel::lineOf(const Alarm &alarm) const
{
    if (!alarm.threshold || !alarm.enabled())
        return std::nullopt;
    QString expr = alarm.expr;
    expr.remove(QRegularExpression("\\s"));
    double scale = 1;
    static const QRegularExpression factor("^(1000?)\\*|\\*(1000?)$");
    if (const auto match = factor.match(expr); match.hasMatch()) {
        scale = (match.captured(1) + match.captured(2)).toDouble();
        expr.remove(match.capturedStart(), match.capturedLength());
    }
    // The same query with another rate window is still this panel; other matchers are so only for a plain
    // gauge.
    static const QRegularExpression window("\\[[^\\]]*\\]");
    static const QRegularExpression gauge(
        "^(?:(?:avg|max|min|sum)(?:_over_time)?(?:(?:by|without)\\([^)]*\\))?\\()*"
        "([a-z0-9_:]+)(?:\\{[^}]*\\})?\\)*$");
    expr.remove(window);
    // Quantiles and shares are the same of increases and of rates.
    if (combine == Combine::Ratio || expr.startsWith("histogram_quantile("))
        expr.replace("increase(", "rate(");
    expr.replace("sum(histogram_count(rate(", "histogram_count(sum(rate(");
    QString own = explore({});
    own.remove(QRegularExpression("\\s")).remove(window);
    const auto plain = gauge.match(expr);
    const bool isGauge = !own.contains("rate(") && plain.hasMatch() && plain.captured(1) == metric;
    return expr == own || isGauge ? std::optional(*alarm.threshold / scale) : std::nullopt;
}

Curve curveFrom(const QString &name, const QJsonObject &answer)
{
    Curve curve{name, {}};
    const QJsonArray values = answer["data"]["result"][0]["values"].toArray();
    curve.points.reserve(size_t(values.size()));
    for (const QJsonValue &pair : values) {
        bool isNumber = false;
        const double value = pair[1].toString().toDouble(&isNumber);
        if (isNumber && std::isfinite(value))
            curve.points.push_back({int64_t(std::llround(pair[0].toDouble() * 1000)), value});
    }
    return curve;
}

} // namespace plimsoll::desktop
