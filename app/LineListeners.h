#pragma once

#include "app/Configuration.h"
#include "server/http/Projects.h"
#include "server/ingest/LineSockets.h"
#include "server/ingest/Statsd.h"
#include "storage/model/SeriesReader.h"

#include <functional>
#include <memory>
#include <optional>

namespace plimsoll::app {

class BatchBuilder;

/// What the formats that come over sockets need.
struct LineParts
{
    ingest::IngestThread &ingest;
    const Clock &clock;
    const ReaderSource &readers;
    const http::Projects &projects;
    /// Called on the thread of the sockets.
    ingest::StatsdLines::EventSink event;
    ingest::RefusalSink &refusals;
};

/// StatsD and Graphite, as the settings say. A port that is taken is a warning and no failure.
class LineListeners
{
public:
    /// What is in `parts` outlives it.
    explicit LineListeners(LineParts parts);
    ~LineListeners();

    Status open(const Configuration &configuration);
    void start() { m_sockets.start(); }
    void stop() { m_sockets.stop(); }

    /// The figures of each format that listens. Any thread.
    void addFigures(BatchBuilder &batch) const;

private:
    Status openStatsd(const Configuration &configuration);
    Status openGraphite(const Configuration &configuration);
    Status listen(const char *title, const QString &address, std::unique_ptr<ingest::LineDoor> door,
                  bool alsoUdp);
    ingest::LineDoor::ProjectSource projectNamed(const QString &name) const;

    const LineParts m_parts;
    std::vector<std::unique_ptr<ingest::LineDoor>> m_doors;
    ingest::LineSockets m_sockets; ///< uses the doors
};

/// The newest value that a gauge has had within a day.
std::optional<double> newestGauge(const ReaderSource &readers, ProjectId project, const std::string &key,
                                  int64_t nowMs);

} // namespace plimsoll::app
