#include "alerts/receipts/EpisodeChart.h"

#include "alerts/Fields.h"
#include "alerts/status/Markup.h"

#include <QDateTime>
#include <QJsonArray>

#include <algorithm>
#include <cmath>
#include <vector>

namespace plimsoll::alerts {

namespace {

constexpr double width = 640;
constexpr double height = 200;
constexpr double left = 56;
constexpr double right = 12;
constexpr double top = 28;
constexpr double bottom = 24;

struct Point
{
    double atMs = 0;
    double value = 0;
};

std::vector<Point> pointsOf(const QJsonValue &array)
{
    std::vector<Point> points;
    for (const QJsonValue entry : array.toArray()) {
        const double value = numberFromJson(entry.toArray().at(1));
        if (std::isfinite(value))
            points.push_back({entry.toArray().at(0).toDouble(), value});
    }
    return points;
}

/// Where times and values lie in the picture.
struct Scale
{
    double fromMs = 0;
    double toMs = 1;
    double low = 0;
    double high = 1;

    double x(double atMs) const
    {
        return left + (std::clamp(atMs, fromMs, toMs) - fromMs) / (toMs - fromMs) * (width - left - right);
    }
    double y(double value) const { return top + (high - value) / (high - low) * (height - top - bottom); }
};

void include(Scale &scale, const std::vector<Point> &points)
{
    for (const Point &point : points) {
        scale.fromMs = std::min(scale.fromMs, point.atMs);
        scale.toMs = std::max(scale.toMs, point.atMs);
        scale.low = std::min(scale.low, point.value);
        scale.high = std::max(scale.high, point.value);
    }
}

/// Air above and below, and never a height of nothing.
void widen(Scale &scale)
{
    if (scale.low > scale.high)
        scale.low = scale.high = 0;
    const double air = std::max((scale.high - scale.low) * 0.1, std::abs(scale.high) * 0.01 + 1e-9);
    scale.low -= air;
    scale.high += air;
    scale.toMs = std::max(scale.toMs, scale.fromMs + 1);
}

QString number(double value) { return QString::number(value, 'f', 1); }

QString line(const char *kind, double x1, double y1, double x2, double y2)
{
    return QStringLiteral("<line class=\"%1\" x1=\"%2\" y1=\"%3\" x2=\"%4\" y2=\"%5\"/>")
        .arg(QLatin1String(kind), number(x1), number(y1), number(x2), number(y2));
}

QString text(const char *kind, double x, double y, const QString &words)
{
    return QStringLiteral("<text class=\"%1\" x=\"%2\" y=\"%3\">%4</text>")
        .arg(QLatin1String(kind), number(x), number(y), QString::fromStdString(escaped(words.toStdString())));
}

QString trace(const char *kind, const std::vector<Point> &points, const Scale &scale)
{
    if (points.empty())
        return {};
    QStringList places;
    for (const Point &point : points)
        places << number(scale.x(point.atMs)) + u',' + number(scale.y(point.value));
    if (places.size() == 1)
        return QStringLiteral("<circle class=\"%1\" cx=\"%2\" cy=\"%3\" r=\"2.5\"/>")
            .arg(QLatin1String(kind), places[0].section(u',', 0, 0), places[0].section(u',', 1));
    return QStringLiteral("<polyline class=\"%1\" points=\"%2\"/>")
        .arg(QLatin1String(kind), places.join(u' '));
}

QString timeText(double atMs)
{
    return QDateTime::fromMSecsSinceEpoch(qint64(atMs), Qt::UTC)
        .toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"));
}

QString style(bool critical)
{
    return QStringLiteral(
               "<style>text{font:11px "
               "sans-serif;fill:#475569}.title{font-size:13px;fill:#0f172a}.end{text-anchor:"
               "end}.axis{stroke:#cbd5e1}.line{stroke:#475569;stroke-dasharray:5 4}.mark{stroke:%1;"
               "stroke-width:1}.span{fill:%1;opacity:.12}polyline{fill:none;stroke-width:1.8}.before{stroke:"
               "#64748b}.during{stroke:%1}circle{fill:%1;stroke:none}@media(prefers-color-scheme:dark){text"
               "{fill:#94a3b8}.title{fill:#f1f5f9}.axis{stroke:#334155}.line{stroke:#cbd5e1}}</style>")
        .arg(critical ? QStringLiteral("#dc2626") : QStringLiteral("#d97706"));
}

QString heading(const QJsonObject &episode)
{
    QStringList labels;
    const QJsonObject own = episode.value("series_labels").toObject();
    for (auto it = own.begin(); it != own.end(); ++it)
        labels << it.key() + u'=' + it->toString();
    QString words = episode.value("rule_name").toString();
    if (!labels.isEmpty())
        words += QStringLiteral(" · ") + labels.join(QStringLiteral(", "));
    return words.size() > 90 ? words.left(89) + QStringLiteral("…") : words;
}

} // namespace

QByteArray episodeChart(const QJsonObject &episode, int64_t nowMs)
{
    const std::vector<Point> before = pointsOf(episode.value("before"));
    const std::vector<Point> during = pointsOf(episode.value("points"));
    const double startMs = episode.value("started_ms").toDouble();
    const double endMs = std::max(startMs, episode.value("ended_ms").toDouble(double(nowMs)));
    const bool hasLine = episode.value("threshold").isDouble();
    const double threshold = episode.value("threshold").toDouble();
    Scale scale{startMs, endMs, INFINITY, -INFINITY};
    include(scale, before);
    include(scale, during);
    if (hasLine)
        include(scale, {{startMs, threshold}});
    widen(scale);

    QString svg =
        QStringLiteral("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %1 %2\" role=\"img\">")
            .arg(int(width))
            .arg(int(height));
    const QString title = heading(episode);
    svg += QStringLiteral("<title>%1</title>").arg(QString::fromStdString(escaped(title.toStdString())));
    svg += style(episode.value("severity").toString() == QLatin1String("critical"));
    svg += QStringLiteral("<rect class=\"span\" x=\"%1\" y=\"%2\" width=\"%3\" height=\"%4\"/>")
               .arg(number(scale.x(startMs)), number(top),
                    number(std::max(1.0, scale.x(endMs) - scale.x(startMs))), number(height - top - bottom));
    svg += line("axis", left, height - bottom, width - right, height - bottom);
    if (hasLine) {
        svg += line("line", left, scale.y(threshold), width - right, scale.y(threshold));
        svg += text("end", left - 6, scale.y(threshold) + 4, QString::number(threshold, 'g', 4));
    }
    svg += line("mark", scale.x(startMs), top, scale.x(startMs), height - bottom);
    if (episode.value("ended_ms").isDouble())
        svg += line("mark", scale.x(endMs), top, scale.x(endMs), height - bottom);
    svg += trace("before", before, scale) + trace("during", during, scale);
    svg += text("title", left, 16, title);
    svg += text("end", width - right, 16,
                QStringLiteral("peak ") + QString::number(episode.value("peak").toDouble(), 'g', 4));
    svg += text("start", left, height - 8, timeText(scale.fromMs));
    svg += text("end", width - right, height - 8, timeText(scale.toMs) + QStringLiteral(" UTC"));
    return (svg + QStringLiteral("</svg>\n")).toUtf8();
}

} // namespace plimsoll::alerts
