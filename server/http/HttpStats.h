#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

namespace plimsoll::http {

/// Figures of one thread's connections. Written by that thread, read by any.
struct ThreadStats
{
    explicit ThreadStats(std::string threadName)
        : thread(std::move(threadName))
    {
    }

    const std::string thread; ///< the label of plimsoll_http_requests_total{thread}
    std::atomic<uint64_t> requests{0};
    std::atomic<uint64_t> refused{0}; ///< of them, by the limits, the grammar or the access check
    std::atomic<uint64_t> receivedBytes{0};
    std::atomic<uint64_t> sentBytes{0};
};

/// Figures of the whole HTTP room. `threads` is filled at start, before any thread runs.
struct HttpStats
{
    std::atomic<int64_t> connections{0}; ///< open now, those included that have not sent a byte
    std::atomic<uint64_t> accepted{0};
    std::atomic<uint64_t> refusedConnections{0}; ///< over the cap
    std::deque<ThreadStats> threads;
    /// Request bodies in memory now. Shared, because a Reply that a handler forgot may outlive the room.
    const std::shared_ptr<std::atomic<int64_t>> inFlight = std::make_shared<std::atomic<int64_t>>(0);
    std::atomic<int64_t> &inFlightBytes = *inFlight;
};

} // namespace plimsoll::http
