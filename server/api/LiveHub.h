#pragma once

#include "server/api/LiveQueue.h"
#include "server/http/Router.h"
#include "server/ingest/IngestObserver.h"
#include "storage/model/Clock.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <QByteArray>

namespace plimsoll::api {

/// Bounds of the live stream; tests make them shorter.
struct LiveLimits
{
    int64_t gatherMs = 50; ///< between two pieces with samples
    int64_t statusMs = 2'000;
    int64_t rejectedMs = 1'000;
    int64_t heartbeatMs = 15'000;
    qint64 maxPendingBytes = 256 << 10; ///< a client that leaves more than this unread is dropped
    size_t maxClients = 1'000;          ///< beyond it 503
};

/// Tells every open page what just happened, by server-sent events (README.md, "Live").
///
/// Publishing is safe from any thread and quick: while nobody of the project watches it only counts. One
/// thread of the hub's own makes each event once per project and hands the same bytes to all its clients.
/// What happens in a project is told to that project only.
class LiveHub final : public ingest::IngestObserver
{
public:
    explicit LiveHub(const Clock &clock, const LiveLimits &limits = {});
    ~LiveHub() override;
    LiveHub(const LiveHub &) = delete;
    LiveHub &operator=(const LiveHub &) = delete;

    /// Streams of callers who may not watch their project any more are ended, at the latest after
    /// LiveLimits::statusMs. Safe from any thread, quick. Set it before addRoutes().
    using MayWatch = std::function<bool(const http::Principal &caller)>;
    void setMayWatch(MayWatch mayWatch) { m_mayWatch = std::move(mayWatch); }

    /// GET /api/app/live. The hub must outlive the router's use.
    void addRoutes(http::Router &router);

    /// Ends all streams and takes no more, so that the HTTP threads have nothing left to wait for when they
    /// stop. Safe to call again.
    void stop();

    void batchCommitted(const Batch &batch, const CommitReceipt &receipt, std::string_view source,
                        int64_t receivedMs) override;
    void requestRefused(std::string_view source, ProjectId project, const Error &error) override;

    /// Sends the event `episode`; `json` is the episode resource.
    void publishEpisode(ProjectId project, std::string json);
    /// Sends the event `check`; `json` is the resource of a check whose state changed.
    void publishCheck(ProjectId project, std::string json);
    /// What `status` says of alarms from now on; `worst` is "ok", "warning" or "critical". A change is sent
    /// at once.
    void setAlertStatus(ProjectId project, int firing, std::string worst);

    /// Samples taken a second lately, over all projects.
    double samplesPerSecond() const;
    size_t clientCount() const { return m_clientCount; }

private:
    struct Client
    {
        std::shared_ptr<http::Stream> stream;
        http::Principal caller;
        bool self = false;    ///< wants own and host metrics too
        bool greeted = false; ///< has got its first status
    };
    struct Project
    {
        size_t clients = 0;
        LiveQueue apps;
        LiveQueue everything;
        RejectionTally rejections;
        std::vector<std::string> episodes;
        std::vector<std::string> checks;
        RateMeter rate;
        int firing = 0;
        std::string worst = "ok";
        bool statusChanged = false;
    };
    /// What one round sends to a project: once for those who want own metrics, once for the others.
    struct Round
    {
        QByteArray apps;
        QByteArray everything;
        QByteArray status;    ///< for those who have not got one, where it is not in the others
        bool recheck = false; ///< it is time to ask who may still watch
    };
    struct Schedule
    {
        int64_t status = 0;
        int64_t rejected = 0;
        int64_t heartbeat = 0;
        int64_t samples = 0;
    };

    void open(const http::Request &request, http::Reply reply);
    void wake();
    void run();
    void waitForWork(std::unique_lock<std::mutex> &lock);
    int64_t nextDue() const;
    std::unordered_map<ProjectId, Round> gather(int64_t steadyMs);
    Round gatherProject(Project &project, int64_t steadyMs);
    std::string statusJson(const Project &project) const;
    void deliver(const std::unordered_map<ProjectId, Round> &rounds);
    bool deliver(Client &client, const Round &round) const;

    const Clock &m_clock;
    LiveLimits m_limits;
    MayWatch m_mayWatch = [](const http::Principal &) { return true; };
    std::atomic<size_t> m_clientCount{0};

    mutable std::mutex m_mutex; ///< guards what follows
    std::condition_variable m_changed;
    std::unordered_map<ProjectId, Project> m_projects;
    std::vector<Client> m_newClients;
    RateMeter m_rate;
    bool m_hasWork = false;
    bool m_stops = false;

    std::vector<Client> m_clients; ///< of the hub's thread
    Schedule m_next;               ///< of the hub's thread, in steady milliseconds
    std::thread m_thread;
};

} // namespace plimsoll::api
