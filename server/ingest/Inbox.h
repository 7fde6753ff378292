#pragma once

#include "server/http/Router.h"
#include "server/ingest/InboxBodies.h"
#include "server/ingest/IngestObserver.h"
#include "server/ingest/RefusedInput.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace plimsoll::ingest {

/// What arrived, or was refused, in a quarter of a second by one key and door.
struct Arrival
{
    int64_t atMs = 0;
    std::string source;
    std::string keyId;
    uint64_t requests = 0;
    uint64_t accepted = 0; ///< items
    uint64_t rejected = 0;
    std::string series; ///< the first one's key, as it was stored; empty where nothing was taken
    double value = 0;
    int64_t timestampMs = 0;
    std::string code; ///< of the first refusal
    std::string message;
    bool hasBody = false; ///< that of its first request can be asked for

    std::string toJson() const;
};

/// "What just arrived": the newest arrivals of each key, for whoever wonders if their app sends, and what.
/// What the appliance says of itself is left out. Arrivals of one key and door in the same quarter of a
/// second are one, so a busy key costs a few words under a lock.
///
/// `GET /api/app/inbox?key=&limit=` lists them and says since when it listens, `GET /api/app/inbox/live?key=`
/// streams them as events, `GET /api/app/inbox/body?at=&source=&key=` shows what the first request of one
/// brought.
class Inbox final : public IngestObserver
{
public:
    static constexpr size_t perKey = 100;
    static constexpr size_t maxKeys = 1'000; ///< beyond, the one that was silent longest goes
    static constexpr size_t maxWatchers = 200;
    static constexpr int64_t windowMs = 250;
    static constexpr size_t maxComing = 1'000;

    /// `sinceMs`: when it began to listen; what arrived before is not in it.
    explicit Inbox(int64_t sinceMs)
        : m_sinceMs(sinceMs)
    {
    }

    /// Streams of callers who may not watch their project any more are ended before the next event. Safe from
    /// any thread, quick. Set it before addRoutes().
    using MayWatch = std::function<bool(const http::Principal &caller)>;
    void setMayWatch(MayWatch mayWatch) { m_mayWatch = std::move(mayWatch); }

    /// It must outlive the router.
    void addRoutes(http::Router &router);

    void batchCommitted(const Batch &batch, const CommitReceipt &receipt, std::string_view source,
                        int64_t receivedMs) override;
    void requestRefused(std::string_view, ProjectId, const Error &) override {}
    /// A body that was taken, before its batch is observed. Any thread; costs a look where its arrival has
    /// one.
    void came(const CameIn &came);
    /// Something of which nothing reached the engine. Any thread.
    void refused(const RefusedInput &input);

    /// The newest first, of one key (by id; "" is what came without) or of all of the project.
    std::vector<Arrival> newest(ProjectId project, const std::optional<std::string> &keyId,
                                size_t limit) const;

private:
    using Key = std::pair<ProjectId, std::string>;
    struct Watcher
    {
        std::shared_ptr<http::Stream> stream;
        http::Principal caller;
        std::optional<std::string> keyId;
    };

    /// The arrival that something at this time belongs to, if it has begun.
    const Arrival *begun(ProjectId project, std::string_view keyId, std::string_view source,
                         int64_t atMs) const;
    std::deque<Arrival> &ringOf(ProjectId project, std::string_view keyId);
    /// The arrival to add to, and whether it is new.
    std::pair<Arrival *, bool> current(ProjectId project, std::string_view keyId, std::string_view source,
                                       int64_t atMs);
    void dropWatchers(ProjectId project);
    void tell(ProjectId project, const Arrival &arrival);
    void watch(const http::Request &request, http::Reply reply);
    void show(const http::Request &request, http::Reply reply) const;

    const int64_t m_sinceMs;
    mutable std::mutex m_mutex;
    std::map<Key, std::deque<Arrival>> m_rings; ///< the oldest first
    std::deque<Arrival> *m_last = nullptr;      ///< the ring asked for last
    Key m_lastKey;
    std::vector<Watcher> m_watchers;
    InboxBodies m_bodies;
    /// Of requests whose batch is about to be observed, by project, key and door.
    std::map<std::tuple<ProjectId, std::string, std::string>, ShownBody> m_coming;
    MayWatch m_mayWatch = [](const http::Principal &) { return true; };
};

} // namespace plimsoll::ingest
