#pragma once

#include "server/http/Poller.h"
#include "server/ingest/IngestObserver.h"
#include "server/ingest/SeriesRules.h"
#include "storage/engine/Engine.h"
#include "storage/model/BatchSink.h"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <QThread>

namespace plimsoll::ingest {

/// Bounds of the ingest thread.
struct IngestLimits
{
    size_t maxPendingBytes = 256 << 20; ///< of batches and bodies that wait for their commit; beyond it 503
    int64_t maxGatherNs = 100'000;      ///< how long a group may wait for those that came along last time
    int64_t firstRetryMs = 100;         ///< after a failed commit; doubled up to maxRetryMs
    int64_t maxRetryMs = 5'000;
};

/// Owner of the engine's writer side: gathers batches into groups, commits each group with one sync, then
/// answers all.
///
/// It owns a QThread with an event loop. Connections whose requests go to the write paths live on that thread
/// too, so that a batch is read, decoded, committed and answered without a hop. Its loop is blocked during
/// the sync, knowingly: that is the back-pressure.
///
/// A group is what arrived: what the connections brought in one turn of reading is committed at its end; what
/// other threads brought, by a low-priority event. Writers that wait for their answers come back together, so
/// it waits for as many as came in the last two groups, at most about one sync, by looking again; it keeps
/// polling and never sleeps.
///
/// After a failed commit the group is answered with the error, and everything is refused with Unavailable
/// until Engine::recover() succeeds.
class IngestThread final : public BatchSink, public http::TurnListener
{
public:
    /// The engine must outlive it; nobody else may use the engine's writer side while it runs.
    explicit IngestThread(Engine &engine, const IngestLimits &limits = {});
    /// Stops it.
    ~IngestThread() override;
    IngestThread(const IngestThread &) = delete;
    IngestThread &operator=(const IngestThread &) = delete;

    /// Observers are added before start() and must outlive the thread's run.
    void addObserver(IngestObserver &observer);
    /// The rules for batches that bring none; what the appliance says of itself needs none. Before start().
    void setRules(SeriesRules &rules);

    void start();
    /// Refuses what comes from now on, commits what is there, and ends the thread. Safe to call again. Not
    /// from the ingest thread itself.
    void stop();

    /// The thread itself, for connections that live on it and for asking who one is.
    QThread *thread() const;
    bool isCurrentThread() const;

    /// From any thread; the source is "self". After stop() `done` is called at once, with Unavailable, by the
    /// caller.
    void submit(Batch batch, Done done) override;
    /// From any thread, with the door it came through and when it was received. `source` must be a literal.
    void submit(Batch batch, Done done, const char *source, int64_t receivedMs);

    /// For the server of the connections on this thread.
    void turnBegan() override;
    bool allRead() override;
    void turnEnded() override;

    /// Tells the observers that a request was refused as a whole. From any thread.
    void refused(const char *source, ProjectId project, const Error &error);

    /// Takes room for a body that waits to be decoded: false where too much waits already. Given back by
    /// giveBack().
    bool reserve(size_t bytes);
    void giveBack(size_t bytes);

    /// Batches and bodies that wait, in bytes, and batches that wait, by number. From any thread.
    size_t pendingBytes() const;
    size_t queueDepth() const;

    /// A cleared batch whose vectors may keep the memory of earlier ones. From any thread.
    Batch takeBatch();

private:
    class Loop;
    std::unique_ptr<QThread> m_thread;
    std::unique_ptr<Loop> m_loop;
};

} // namespace plimsoll::ingest
