#include "ui/desktop/data/Panel.h"

#include <QJsonArray>
#include <QRegularExpression>

#include <algorithm>
#include <cmath>

namespace plimsoll::desktop {

namespace {

const char *const requestsMissing = "No requests yet. The middleware or POST /ingest sends them.";

Panel requestsPanel()
{
    Panel panel;
    panel.title = "Requests";
    panel.unit = Unit::PerSecond;
    panel.metric = "http_request_duration_seconds";
    panel.lines = {{"", "histogram_count(sum(rate(http_request_duration_seconds[$w])))"}};
    panel.empty = requestsMissing;
    return panel;
}

Panel errorsPanel()
{
    Panel panel = requestsPanel();
    panel.title = "Errors";
    panel.unit = Unit::Ratio;
    panel.combine = Panel::Combine::Ratio;
    panel.lines.insert(
        panel.lines.begin(),
        {"", "histogram_count(sum(rate(http_request_duration_seconds{status=~\"5..\"}[$w])))"});
    panel.empty = "No requests yet, so no errors.";
    panel.leastTop = 0.01;
    return panel;
}

Panel latencyPanel()
{
    Panel panel;
    panel.title = "Latency";
    panel.suffix = "p95";
    panel.unit = Unit::Seconds;
    panel.metric = "http_request_duration_seconds";
    for (const char *quantile : {"50", "95", "99"}) {
        panel.lines.push_back(
            {QString("p%1").arg(quantile),
             QString("histogram_quantile(0.%1, sum(rate(http_request_duration_seconds[$w])))")
                 .arg(quantile)});
    }
    panel.main = 1;
    panel.empty = "No requests yet, so no latency.";
    return panel;
}

Panel hostPanel(const QString &title, const QString &metric, const QString &expr)
{
    Panel panel;
    panel.title = title;
    panel.unit = Unit::Ratio;
    panel.metric = metric;
    panel.lines = {{"", expr}};
    panel.empty = "No figures from the host yet.";
    panel.leastTop = 1;
    return panel;
}

} // namespace

TimeSpan TimeSpan::last(int64_t lengthMs, int64_t nowMs, int pixels)
{
    const int64_t exact = lengthMs / std::max(pixels, 60);
    TimeSpan span;
    span.stepMs = std::max<int64_t>(1, (exact + 999) / 1000) * 1000;
    span.toMs = nowMs / span.stepMs * span.stepMs;
    span.fromMs = span.toMs - lengthMs / span.stepMs * span.stepMs;
    return span;
}

const std::vector<Panel> &Panel::overview()
{
    static const std::vector<Panel> panels{
        requestsPanel(),
        errorsPanel(),
        latencyPanel(),
        hostPanel("CPU", "host_cpu_usage_ratio", "avg(host_cpu_usage_ratio)"),
        hostPanel("Memory", "host_memory_used_ratio", "avg(host_memory_used_ratio)"),
        hostPanel("Disk, fullest", "host_disk_used_ratio", "max(host_disk_used_ratio)"),
    };
    return panels;
}

QString Panel::query(size_t line, const TimeSpan &span) const
{
    const int64_t windowS = std::max<int64_t>(60, span.stepMs / 1000);
    QString text = lines[line].expr;
    return text.replace("$w", QString::number(windowS) + 's');
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
