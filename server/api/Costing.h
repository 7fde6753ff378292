#pragma once

#include "server/ingest/PriceBook.h"
#include "storage/model/BatchSink.h"
#include "storage/model/Clock.h"
#include "storage/model/SeriesReader.h"
#include "storage/upkeep/Progress.h"

#include <QJsonObject>

#include <condition_variable>
#include <mutex>
#include <set>

namespace plimsoll::api {

/// Lets one job of a project run at a time. Safe from any thread.
class ProjectTurns
{
public:
    /// Waits for the project's turn; fails once the work was cancelled.
    Status take(ProjectId project, const Progress &progress);
    void giveBack(ProjectId project);

private:
    std::mutex m_mutex;
    std::condition_variable m_freed;
    std::set<ProjectId> m_taken;
};

/// Gives calls a cost that came before their price (README.md, "Prices"). The writing is idempotent: an
/// instant that has a cost is left alone, and each batch has a key made of what it says.
class Costing
{
public:
    static constexpr size_t maxInstantsPerBatch = 2'000;
    static constexpr int64_t patienceMs = 60'000; ///< with a sink that takes nothing for now

    /// All must outlive it.
    struct Parts
    {
        const ReaderSource &readers;
        BatchSink &sink;
        const Clock &clock;
        ProjectTurns &turns;
    };
    struct Task
    {
        ProjectId project = defaultProject;
        ingest::PriceBook::Table prices;
        ingest::Price price; ///< calls that it covers are looked at
        int64_t sinceMs = 0;
    };

    /// Takes as long as it takes, on the calling thread; not the ingest thread.
    static Result<QJsonObject> run(const Parts &parts, const Task &task, const Progress &progress);
};

} // namespace plimsoll::api
