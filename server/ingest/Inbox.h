#pragma once

#include "server/http/Router.h"
#include "server/ingest/IngestObserver.h"
#include "server/ingest/RefusedInput.h"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
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

    std::string toJson() const;
};

/// "What just arrived": the newest arrivals of each key, for whoever wonders if their app sends, and what.
/// What the appliance says of itself is left out. Arrivals of one key and door in the same quarter of a
/// second are one, so a busy key costs a few words under a lock.
///
/// `GET /api/app/inbox?key=&limit=` lists them, `GET /api/app/inbox/live?key=` streams them as events.
class Inbox final : public IngestObserver
{
public:
    static constexpr size_t perKey = 100;
    static constexpr size_t maxKeys = 1'000; ///< beyond, the one that was silent longest goes
    static constexpr size_t maxWatchers = 200;
    static constexpr int64_t windowMs = 250;

    /// It must outlive the router.
    void addRoutes(http::Router &router);

    void batchCommitted(const Batch &batch, const CommitReceipt &receipt, std::string_view source,
                        int64_t receivedMs) override;
    void requestRefused(std::string_view, ProjectId, const Error &) override {}
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
        ProjectId project = defaultProject;
        std::optional<std::string> keyId;
    };

    std::deque<Arrival> &ringOf(ProjectId project, std::string_view keyId);
    /// The arrival to add to, and whether it is new.
    std::pair<Arrival *, bool> current(ProjectId project, std::string_view keyId, std::string_view source,
                                       int64_t atMs);
    void tell(ProjectId project, const Arrival &arrival);
    void watch(const http::Request &request, http::Reply reply);

    mutable std::mutex m_mutex;
    std::map<Key, std::deque<Arrival>> m_rings; ///< the oldest first
    std::deque<Arrival> *m_last = nullptr;      ///< the ring asked for last
    Key m_lastKey;
    std::vector<Watcher> m_watchers;
};

} // namespace plimsoll::ingest
