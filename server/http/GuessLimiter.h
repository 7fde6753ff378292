#pragma once

#include "storage/model/Clock.h"

#include <QHostAddress>

#include <map>
#include <mutex>

namespace plimsoll::http {

/// Slows down guessing: after 5 failures a peer waits a minute. IPv6 peers are taken by their /64.
/// Thread-safe; remembers at most 10,000 peers.
class GuessLimiter
{
public:
    static constexpr int maxFailures = 5;
    static constexpr int64_t waitMs = 60'000;

    explicit GuessLimiter(const Clock &clock)
        : m_clock(clock)
    {
    }

    /// Seconds that this peer still has to wait, or 0.
    int secondsToWait(const QHostAddress &peer);
    /// Counts a guess as failed; call it before the check, so that guesses made at once count too.
    void noteFailure(const QHostAddress &peer);
    /// The guess was right after all: forget the failures.
    void noteSuccess(const QHostAddress &peer);

private:
    struct Peer
    {
        int failures = 0;
        int64_t lastMs = 0;
    };

    const Clock &m_clock;
    std::mutex m_mutex;
    std::map<QString, Peer> m_peers;
};

} // namespace plimsoll::http
