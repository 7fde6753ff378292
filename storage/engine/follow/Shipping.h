#pragma once

#include "storage/backend/Neighbours.h"
#include "storage/engine/CommitListener.h"
#include "storage/engine/follow/Leadership.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace plimsoll {

/// Ships what the engine commits to the database that several nodes share, on a thread of its own: a few
/// times a second, many frames in one transaction. The same thread competes for the leadership.
///
/// While the database is away frames wait here, up to a bound; beyond it the oldest are left out, and other
/// nodes see their samples once they are in seals. The journal has them in any case.
class Shipping final : public CommitListener, public Leadership
{
public:
    struct Options
    {
        std::chrono::milliseconds interval{250}; ///< between two shipments
        size_t maxBytes = 64U << 20;             ///< of frames that wait
    };
    struct Figures
    {
        int64_t lagMs = 0; ///< age of the oldest frame that waits
        uint64_t waitingBytes = 0;
        uint64_t shippedFrames = 0;
        uint64_t leftOutFrames = 0;
    };

    Shipping(std::unique_ptr<Shipments> shipments, Options options);
    ~Shipping() override;
    Shipping(const Shipping &) = delete;
    Shipping &operator=(const Shipping &) = delete;

    void start();
    /// Ships what waits, if the database is there; joins. The leadership ends.
    void stop();

    void committed(uint64_t sequence, std::string_view payload) override;
    void covered(uint64_t sequence) override { m_covered = sequence; }
    /// True while the database confirmed it within the last seconds.
    bool isLeader() const override;
    Figures figures() const;

private:
    using Clock = std::chrono::steady_clock;
    struct Waiting
    {
        ShippedFrame frame;
        Clock::time_point since;
    };

    void run();
    bool shipSome();
    void lead();

    const Options m_options;
    std::unique_ptr<Shipments> m_shipments;
    std::atomic<uint64_t> m_covered = 0;
    std::atomic<Clock::rep> m_ledUntil = 0;

    mutable std::mutex m_mutex; ///< of all below
    std::condition_variable m_wake;
    std::deque<Waiting> m_waiting;
    size_t m_bytes = 0;
    uint64_t m_shipped = 0;
    uint64_t m_leftOut = 0;
    bool m_stopping = false;
    std::thread m_thread;
};

} // namespace plimsoll
