#include "server/api/LiveHub.h"

#include "server/api/JsonWriter.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <chrono>
#include <unordered_set>

#include <pthread.h>

namespace plimsoll::api {

namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::string_view selfSource = "self";
constexpr std::string_view hostSource = "host";

int64_t steadyNowMs()
{
    return std::chrono::duration_cast<milliseconds>(SteadyClock::now().time_since_epoch()).count();
}

void appendEvent(QByteArray &out, const char *name, const std::string &json)
{
    out.append("event: ").append(name).append("\ndata: ");
    out.append(json.data(), static_cast<qsizetype>(json.size())).append("\n\n");
}

/// The word that the HTTP room uses for an error.
std::string codeWord(const Error &error)
{
    const QJsonObject body = QJsonDocument::fromJson(http::Response::error(error).body).object();
    return body["error"].toObject()["code"].toString().toStdString();
}

std::unordered_set<uint32_t> refusedItems(const CommitReceipt &receipt)
{
    std::unordered_set<uint32_t> items;
    for (const Rejection &rejection : receipt.rejections)
        items.insert(rejection.item);
    return items;
}

template<typename Samples>
uint64_t countTaken(const Samples &samples, const std::unordered_set<uint32_t> &refused)
{
    if (refused.empty())
        return samples.size();
    return static_cast<uint64_t>(std::count_if(
        samples.begin(), samples.end(), [&](const auto &sample) { return !refused.contains(sample.item); }));
}

/// What the samples of one batch have in common.
struct Arrival
{
    const Batch &batch;
    const CommitReceipt &receipt;
    std::string_view source;
    int64_t receivedMs;

    LiveSample sampleOf(uint32_t series, int64_t timestampMs) const
    {
        LiveSample sample;
        sample.receivedMs = receivedMs;
        sample.committedMs = receipt.committedMs;
        sample.timestampMs = timestampMs;
        sample.key = batch.series[series].canonicalKey();
        sample.kind = batch.series[series].kind;
        sample.source = source;
        return sample;
    }

    LiveSample show(const Batch::FloatSample &from) const
    {
        LiveSample sample = sampleOf(from.series, from.timestampMs);
        sample.value = from.value;
        if (holdsHistograms(sample.kind))
            sample.count = 1; // a number of a distribution is one observation
        return sample;
    }

    LiveSample show(const Batch::HistogramSample &from) const
    {
        LiveSample sample = sampleOf(from.series, from.timestampMs);
        sample.value = from.value.sum();
        sample.count = from.value.count();
        return sample;
    }

    /// Calls `show` for the last `most` samples that were taken, oldest first.
    template<typename Samples, typename Push>
    void last(const Samples &samples, size_t most, const std::unordered_set<uint32_t> &refused,
              Push push) const
    {
        size_t first = samples.size();
        for (size_t found = 0; first > 0 && found < most; first--)
            found += !refused.contains(samples[first - 1].item);
        for (size_t i = first; i < samples.size(); i++)
            if (!refused.contains(samples[i].item))
                push(show(samples[i]));
    }
};

} // namespace

LiveHub::LiveHub(const Clock &clock, const LiveLimits &limits)
    : m_clock(clock)
    , m_limits(limits)
{
    m_thread = std::thread([this] { run(); });
    pthread_setname_np(m_thread.native_handle(), "live");
}

LiveHub::~LiveHub() { stop(); }

void LiveHub::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stops = true;
    }
    m_changed.notify_one();
    if (m_thread.joinable())
        m_thread.join();
}

void LiveHub::addRoutes(http::Router &router)
{
    router.get("/api/app/live", http::Access::Read,
               [this](http::RequestPtr request, http::Reply reply) { open(*request, std::move(reply)); },
               {.group = "Live",
                .summary = "Server-sent events: sample, rejected, episode, status",
                .text = "A comment line every 15 s. A client that does not keep up is disconnected.",
                .arguments = {{.name = "self", .text = "Own and host metrics too.", .oneOf = {"0", "1"}}},
                .answers = {{.text = "Events.", .contentType = "text/event-stream"}}});
}

void LiveHub::open(const http::Request &request, http::Reply reply)
{
    if (m_clientCount >= m_limits.maxClients) {
        reply.send(http::Response::error({ErrorCode::Unavailable, "Too many live streams are open.",
                                          "Close pages that nobody looks at."}));
        return;
    }
    http::Response head = http::Response::text({}, "text/event-stream");
    head.headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
    appendEvent(head.body, "hello", "{\"server_ms\":" + std::to_string(m_clock.nowMs()) + "}");
    Client client{reply.startStream(std::move(head)), request.principal, request.argument("self") == "1",
                  false};
    if (!client.stream)
        return;
    const std::lock_guard lock(m_mutex);
    if (m_stops) {
        client.stream->finish();
        return;
    }
    m_clientCount++;
    m_projects[client.caller.project].clients++;
    m_newClients.push_back(std::move(client));
    wake();
}

void LiveHub::batchCommitted(const Batch &batch, const CommitReceipt &receipt, std::string_view source,
                             int64_t receivedMs)
{
    const bool taken = receipt.status.ok() && !receipt.replayed;
    const auto refused = refusedItems(receipt);
    const uint64_t count =
        taken ? countTaken(batch.floats, refused) + countTaken(batch.histograms, refused) : 0;
    const std::lock_guard lock(m_mutex);
    Project &project = m_projects[batch.project];
    m_rate.add(m_clock.nowMs(), count);
    project.rate.add(m_clock.nowMs(), count);
    if (project.clients == 0)
        return;
    if (!receipt.status)
        project.rejections.add(source, codeWord(receipt.status.error()), receipt.status.error().message);
    for (const Rejection &rejection : receipt.rejections)
        project.rejections.add(source, rejection.code, rejection.message);
    if (count > 0) {
        const Arrival arrival{batch, receipt, source, receivedMs};
        const bool own = source == selfSource || source == hostSource;
        const auto push = [&](LiveSample sample) {
            if (!own)
                project.apps.push(sample);
            project.everything.push(std::move(sample));
        };
        const size_t histograms = std::min(batch.histograms.size(), LiveQueue::perSecond / 2);
        arrival.last(batch.floats, LiveQueue::perSecond - histograms, refused, push);
        arrival.last(batch.histograms, LiveQueue::perSecond, refused, push);
    }
    wake();
}

void LiveHub::requestRefused(std::string_view source, ProjectId projectId, const Error &error)
{
    const std::lock_guard lock(m_mutex);
    Project &project = m_projects[projectId];
    if (project.clients == 0)
        return;
    project.rejections.add(source, codeWord(error), error.message);
    wake();
}

void LiveHub::publishEpisode(ProjectId projectId, std::string json)
{
    const std::lock_guard lock(m_mutex);
    Project &project = m_projects[projectId];
    if (project.clients == 0)
        return;
    project.episodes.push_back(std::move(json));
    wake();
}

void LiveHub::publishCheck(ProjectId projectId, std::string json)
{
    const std::lock_guard lock(m_mutex);
    Project &project = m_projects[projectId];
    if (project.clients == 0)
        return;
    project.checks.push_back(std::move(json));
    wake();
}

void LiveHub::setAlertStatus(ProjectId projectId, int firing, std::string worst)
{
    const std::lock_guard lock(m_mutex);
    Project &project = m_projects[projectId];
    if (project.firing == firing && project.worst == worst)
        return;
    project.firing = firing;
    project.worst = std::move(worst);
    project.statusChanged = true;
    wake();
}

double LiveHub::samplesPerSecond() const
{
    const std::lock_guard lock(m_mutex);
    return m_rate.perSecond(m_clock.nowMs());
}

/// Called with the mutex held.
void LiveHub::wake()
{
    m_hasWork = true;
    m_changed.notify_one();
}

void LiveHub::run()
{
    std::unique_lock lock(m_mutex);
    while (!m_stops) {
        waitForWork(lock);
        if (m_stops)
            break;
        const auto rounds = gather(steadyNowMs());
        for (Client &client : m_newClients)
            m_clients.push_back(std::move(client));
        m_newClients.clear();
        lock.unlock();
        deliver(rounds);
        lock.lock();
    }
    m_clients.insert(m_clients.end(), m_newClients.begin(), m_newClients.end());
    lock.unlock();
    for (const Client &client : m_clients)
        client.stream->finish();
    m_clients.clear();
    m_clientCount = 0;
}

/// Sleeps until something happened, though not before the gathering time is over, or until the clock asks.
void LiveHub::waitForWork(std::unique_lock<std::mutex> &lock)
{
    const auto until = [](int64_t steadyMs) { return SteadyClock::time_point(milliseconds(steadyMs)); };
    m_changed.wait_until(lock, until(m_next.samples), [this] { return m_stops; });
    const auto called = [this] { return m_stops || m_hasWork; };
    if (m_clients.empty() && m_newClients.empty())
        m_changed.wait(lock, called);
    else
        m_changed.wait_until(lock, until(nextDue()), called);
    m_hasWork = false;
}

int64_t LiveHub::nextDue() const
{
    const int64_t regular = std::min(m_next.status, m_next.heartbeat);
    const bool rejectionsWait = std::any_of(m_projects.begin(), m_projects.end(),
                                            [](const auto &each) { return !each.second.rejections.empty(); });
    return rejectionsWait ? std::min(regular, m_next.rejected) : regular;
}

std::unordered_map<ProjectId, LiveHub::Round> LiveHub::gather(int64_t steadyMs)
{
    std::unordered_map<ProjectId, Round> rounds;
    for (auto &[id, project] : m_projects)
        if (project.clients > 0)
            rounds.emplace(id, gatherProject(project, steadyMs));
    m_next.samples = steadyMs + m_limits.gatherMs;
    if (steadyMs >= m_next.status)
        m_next.status = steadyMs + m_limits.statusMs;
    if (steadyMs >= m_next.rejected)
        m_next.rejected = steadyMs + m_limits.rejectedMs;
    if (steadyMs >= m_next.heartbeat)
        m_next.heartbeat = steadyMs + m_limits.heartbeatMs;
    return rounds;
}

LiveHub::Round LiveHub::gatherProject(Project &project, int64_t steadyMs)
{
    Round round;
    round.recheck = steadyMs >= m_next.status;
    QByteArray common;
    if (steadyMs >= m_next.heartbeat)
        common.append(": still here\n\n");
    if (steadyMs >= m_next.rejected)
        for (const std::string &json : project.rejections.take(m_clock.nowMs()))
            appendEvent(common, "rejected", json);
    for (const std::string &json : std::exchange(project.episodes, {}))
        appendEvent(common, "episode", json);
    for (const std::string &json : std::exchange(project.checks, {}))
        appendEvent(common, "check", json);
    appendEvent(round.status, "status", statusJson(project));
    if (std::exchange(project.statusChanged, false) || steadyMs >= m_next.status)
        common.append(std::exchange(round.status, {}));
    for (const LiveSample &sample : project.apps.take(steadyMs))
        appendEvent(round.apps, "sample", sample.toJson());
    for (const LiveSample &sample : project.everything.take(steadyMs))
        appendEvent(round.everything, "sample", sample.toJson());
    round.apps.append(common);
    round.everything.append(common);
    return round;
}

std::string LiveHub::statusJson(const Project &project) const
{
    const int64_t nowMs = m_clock.nowMs();
    JsonWriter json;
    json.beginObject().member("firing", project.firing).member("worst", project.worst);
    json.member("samples_per_second", project.rate.perSecond(nowMs)).member("server_ms", nowMs).endObject();
    return json.take();
}

void LiveHub::deliver(const std::unordered_map<ProjectId, Round> &rounds)
{
    std::vector<ProjectId> gone;
    std::erase_if(m_clients, [&](Client &client) {
        const auto round = rounds.find(client.caller.project);
        if (round == rounds.end() || deliver(client, round->second))
            return false;
        gone.push_back(client.caller.project);
        return true;
    });
    if (gone.empty())
        return;
    m_clientCount -= gone.size();
    const std::lock_guard lock(m_mutex);
    for (const ProjectId project : gone)
        m_projects[project].clients--;
}

/// False once the client is gone or too slow.
bool LiveHub::deliver(Client &client, const Round &round) const
{
    QByteArray piece = client.self ? round.everything : round.apps;
    if (!std::exchange(client.greeted, true))
        piece.append(round.status);
    if (client.stream->closed())
        return false;
    const bool barred = round.recheck && !m_mayWatch(client.caller);
    if (barred || client.stream->pendingBytes() > m_limits.maxPendingBytes) {
        client.stream->finish();
        return false;
    }
    return piece.isEmpty() || client.stream->write(std::move(piece));
}

} // namespace plimsoll::api
