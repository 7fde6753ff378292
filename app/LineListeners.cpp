#include "app/LineListeners.h"

#include "app/BatchBuilder.h"
#include "server/ingest/Graphite.h"

namespace plimsoll::app {

namespace {

constexpr int64_t gaugeAgeMs = 24LL * 3600 * 1000;
constexpr int64_t gaugeAheadMs = 3600LL * 1000;

bool isOff(const QString &address) { return address.isEmpty() || address == QLatin1String("off"); }

} // namespace

LineListeners::LineListeners(LineParts parts)
    : m_parts(std::move(parts))
{
}

LineListeners::~LineListeners() { stop(); }

Status LineListeners::open(const Configuration &configuration)
{
    if (Status statsd = openStatsd(configuration); !statsd)
        return statsd;
    return openGraphite(configuration);
}

Status LineListeners::openStatsd(const Configuration &configuration)
{
    auto lines = std::make_unique<ingest::StatsdLines>();
    lines->setGaugeSource([this](ProjectId project, const std::string &key) {
        return newestGauge(m_parts.readers, project, key, m_parts.clock.nowMs());
    });
    lines->setEventSink(m_parts.event);
    return listen("StatsD", configuration.value("statsd"),
                  std::make_unique<ingest::LineDoor>("statsd", std::move(lines), m_parts.ingest,
                                                     m_parts.clock,
                                                     projectNamed(configuration.value("statsd-project"))),
                  true);
}

Status LineListeners::openGraphite(const Configuration &configuration)
{
    return listen("Graphite", configuration.value("graphite"),
                  std::make_unique<ingest::LineDoor>("graphite", std::make_unique<ingest::GraphiteLines>(),
                                                     m_parts.ingest, m_parts.clock,
                                                     projectNamed(configuration.value("statsd-project"))),
                  false);
}

Status LineListeners::listen(const char *title, const QString &address,
                             std::unique_ptr<ingest::LineDoor> door, bool alsoUdp)
{
    if (isOff(address))
        return {};
    door->keepRefusalsIn(m_parts.refusals);
    const auto port = m_sockets.listen(*door, address.toStdString(), alsoUdp);
    if (!port && port.error().code == ErrorCode::Conflict) {
        qWarning("%s is not taken in: %s Choose another port with --%s ADDR:PORT, or \"off\".", title,
                 port.error().message.c_str(), door->source());
        return {};
    }
    if (!port)
        return Error{port.error().code, "--" + std::string(door->source()) + ": " + port.error().message,
                     port.error().hint};
    const std::string host = address.left(address.lastIndexOf(QLatin1Char(':'))).toStdString();
    qInfo("%s is taken in at %s:%d (%s).", title, host.c_str(), *port, alsoUdp ? "UDP and TCP" : "TCP");
    m_doors.push_back(std::move(door));
    return {};
}

/// The name is looked up again for each batch: a project may be made or removed meanwhile.
ingest::LineDoor::ProjectSource LineListeners::projectNamed(const QString &name) const
{
    const std::string wanted = name.isEmpty() ? std::string(http::defaultProjectName) : name.toStdString();
    if (!m_parts.projects.find(std::string_view(wanted)))
        qWarning("StatsD and Graphite lines are refused until there is a project \"%s\".", wanted.c_str());
    return [&projects = m_parts.projects, wanted]() -> std::optional<ProjectId> {
        const auto project = projects.find(std::string_view(wanted));
        return project ? std::optional(project->id) : std::nullopt;
    };
}

void LineListeners::addFigures(BatchBuilder &batch) const
{
    const auto number = [](uint64_t value) { return static_cast<double>(value); };
    for (const auto &door : m_doors) {
        const ingest::LineFigures &figures = door->figures();
        const Labels labels{{"source", door->source()}};
        batch.counter("plimsoll_socket_packets_total", number(figures.packets), labels);
        batch.counter("plimsoll_socket_packets_dropped_total", number(figures.droppedPackets), labels);
        batch.counter("plimsoll_socket_lines_total", number(figures.lines), labels);
        batch.counter("plimsoll_socket_lines_refused_total", number(figures.refusedLines), labels);
        batch.counter("plimsoll_socket_lines_lost_total", number(figures.lostLines), labels);
        batch.gauge("plimsoll_socket_connections", number(figures.connections), labels);
    }
}

std::optional<double> newestGauge(const ReaderSource &readers, ProjectId project, const std::string &key,
                                  int64_t nowMs)
{
    const auto labels = Labels::fromKey(key);
    if (!labels)
        return std::nullopt;
    std::vector<Matcher> matchers;
    for (const auto &[name, value] : *labels)
        matchers.push_back({name, Matcher::Op::Equal, value});
    const auto reader = readers.openReader();
    const auto found = reader->select(project, matchers, nowMs - gaugeAgeMs, nowMs + gaugeAheadMs);
    for (const SelectedSeries &series : found ? *found : std::vector<SelectedSeries>()) {
        FloatColumns samples;
        if (*series.labels == *labels && series.kind == Kind::Gauge &&
            reader->readNewestFloat(series.id, nowMs - gaugeAgeMs, nowMs + gaugeAheadMs, samples) &&
            samples.size() > 0)
            return samples.values.back();
    }
    return std::nullopt;
}

} // namespace plimsoll::app
