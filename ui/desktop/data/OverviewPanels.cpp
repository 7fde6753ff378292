#include "ui/desktop/data/OverviewPanels.h"

#include <QRegularExpression>

#include <algorithm>

namespace plimsoll::desktop {

namespace {

constexpr qsizetype mostOwn = 3;
const char *const requests = "http_request_duration_seconds";

Panel requestsPanel()
{
    Panel panel;
    panel.id = "requests";
    panel.title = "Requests";
    panel.unit = Unit::PerSecond;
    panel.metric = "http_request_duration_seconds";
    panel.lines = {{"", "histogram_count(sum(rate(http_request_duration_seconds[$w])))"}};
    panel.empty = "No requests in this range.";
    return panel;
}

Panel errorsPanel()
{
    Panel panel = requestsPanel();
    panel.id = "errors";
    panel.title = "Errors";
    panel.unit = Unit::Ratio;
    panel.combine = Panel::Combine::Ratio;
    panel.lines.insert(
        panel.lines.begin(),
        {"", "histogram_count(sum(rate(http_request_duration_seconds{status=~\"5..\"}[$w])))"});
    panel.empty = "No requests in this range.";
    panel.leastTop = 0.01;
    return panel;
}

Panel latencyPanel()
{
    Panel panel;
    panel.id = "latency";
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
    panel.empty = "No requests in this range.";
    return panel;
}

Panel hostPanel(const QString &title, const QString &metric, const QString &expr)
{
    Panel panel;
    panel.id = title;
    panel.title = title;
    panel.unit = Unit::Ratio;
    panel.metric = metric;
    panel.lines = {{"", expr}};
    panel.empty = "No figures from the host yet.";
    panel.leastTop = 1;
    return panel;
}

Panel flowPanel(const QString &title, const QString &metric)
{
    Panel panel = hostPanel(title, metric, "sum(rate(" + metric + "[$w]))");
    panel.unit = Unit::BytesPerSecond;
    panel.leastTop = 0;
    return panel;
}

Panel loadPanel()
{
    Panel panel = hostPanel("Load", "host_load1", "avg(host_load1)");
    panel.unit = Unit::Plain;
    panel.leastTop = 1;
    return panel;
}

/// What adds up is shown as its sum in a window, a measure as its 95th percentile, a value as itself.
Panel ownPanel(const Metric &metric)
{
    Panel panel;
    panel.id = panel.title = panel.metric = metric.name;
    panel.unit = Figure::unitOf(metric.name);
    panel.empty = "Nothing came in this range.";
    const bool measured = panel.unit == Unit::Seconds || panel.unit == Unit::Bytes;
    const bool observed = metric.kind == "distribution" || metric.kind == "histogram";
    QString expr = metric.series == 1 ? metric.name : "avg(" + metric.name + ')';
    if (observed && measured) {
        expr = "histogram_quantile(0.95, sum(rate(" + metric.name + "[$w])))";
        panel.suffix = "p95";
    } else if (observed) {
        expr = "histogram_sum(sum(increase(" + metric.name + "[$w])))";
        panel.suffix = "in $w";
    } else if (metric.kind == "counter" || metric.kind == "delta") {
        expr = "sum(increase(" + metric.name + "[$w]))";
        panel.suffix = "in $w";
    } else if (metric.series > 1) {
        panel.suffix = "on average";
    }
    panel.lines = {{"", expr}};
    return panel;
}

void addRow(std::vector<Panel> &panels, std::vector<Panel> row)
{
    const int number = panels.empty() ? 0 : panels.back().row + 1;
    for (Panel &panel : row) {
        panel.row = number;
        panels.push_back(std::move(panel));
    }
}

const Metric *find(const std::vector<Metric> &metrics, const QString &name)
{
    const auto found = std::find_if(metrics.begin(), metrics.end(),
                                    [&](const Metric &metric) { return metric.name == name; });
    return found == metrics.end() ? nullptr : &*found;
}

} // namespace

Metric Metric::fromJson(const QJsonObject &json)
{
    return {json["name"].toString(), json["kind"].toString(), json["series"].toInt(),
            qint64(json["last_ms"].toDouble())};
}

bool Metric::isOwn(const QString &name)
{
    static const QRegularExpression ours(
        "^(host_|plimsoll_|llm_|ALERTS(_FOR_STATE)?$|check_(up|degraded|duration_seconds|http_status|"
        "tls_expiry_days|value|processes|memory_|disk_))");
    return !ours.match(name).hasMatch() && name != QLatin1String(requests) &&
           name != "http_requests_in_flight";
}

QStringList chosenOwn(const std::vector<Metric> &metrics, const QStringList &shown)
{
    QStringList chosen;
    for (const QString &name : shown) {
        if (find(metrics, name))
            chosen << name;
    }
    std::vector<Metric> newest = metrics;
    std::erase_if(newest, [&](const Metric &m) { return !Metric::isOwn(m.name) || chosen.contains(m.name); });
    std::sort(newest.begin(), newest.end(), [](const auto &a, const auto &b) { return a.lastMs > b.lastMs; });
    for (const Metric &metric : newest) {
        if (chosen.size() < mostOwn)
            chosen << metric.name;
    }
    return chosen;
}

std::vector<Panel> overviewPanels(const std::vector<Metric> *metrics, const QStringList &own)
{
    std::vector<Panel> panels;
    const bool asked = !metrics || find(*metrics, QLatin1String(requests));
    if (asked)
        addRow(panels, {requestsPanel(), errorsPanel(), latencyPanel()});
    std::vector<Panel> row;
    for (const QString &name : own) {
        if (const Metric *metric = metrics ? find(*metrics, name) : nullptr)
            row.push_back(ownPanel(*metric));
    }
    addRow(panels, std::move(row));
    addRow(panels, {hostPanel("CPU", "host_cpu_usage_ratio", "avg(host_cpu_usage_ratio)"),
                    hostPanel("Memory", "host_memory_used_ratio", "avg(host_memory_used_ratio)"),
                    hostPanel("Disk, fullest", "host_disk_used_ratio", "max(host_disk_used_ratio)")});
    if (panels.back().row == 0)
        addRow(panels, {flowPanel("Network in", "host_network_receive_bytes_total"),
                        flowPanel("Network out", "host_network_transmit_bytes_total"), loadPanel()});
    return panels;
}

} // namespace plimsoll::desktop
