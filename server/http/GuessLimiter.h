#pragma once

#include "storage/model/Clock.h"

#include <QHostAddress>

#include <map>
#include <mutex>
#include <string>

namespace plimsoll::http {

/// Slows down guessing: after so many failures whoever made them waits a minute, be it an address or a name
/// that is guessed at. Thread-safe; remembers at most 10,000 of them.
class GuessLimiter
{
public:
    static constexpr int64_t waitMs = 60'000;

    explicit GuessLimiter(const Clock &clock, int maxFailures = 5)
        : m_clock(clock)
        , m_maxFailures(maxFailures)
    {
    }

    /// How an address is known here: one of IPv6 by its /64.
    static std::string nameOf(const QHostAddress &peer);

    /// Seconds that this one still has to wait, or 0.
    int secondsToWait(const std::string &who);
    /// Failures that it may still make before it has to wait.
    int triesLeft(const std::string &who);
    /// Counts a guess as failed; call it before the check, so that guesses made at once count too.
    void noteFailure(const std::string &who);
    /// The guess was right after all, and does not count. Earlier ones still do: who has a password of his
    /// own cannot buy guesses at others with it.
    void noteSuccess(const std::string &who);

private:
    struct Guesser
    {
        int failures = 0;
        int64_t lastMs = 0;
    };

    const Clock &m_clock;
    const int m_maxFailures;
    std::mutex m_mutex;
    std::map<std::string, Guesser> m_guessers;
};

} // namespace plimsoll::http
