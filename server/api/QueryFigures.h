#pragma once

#include "storage/model/Histogram.h"
#include "storage/model/Result.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string_view>

namespace plimsoll::api {

/// What queries did since the start, for the appliance's own series. Safe from any thread.
class QueryFigures
{
public:
    /// Which bound refused or ended a query.
    enum class Bound { Queue, Time, Size, Memory };
    static constexpr std::array<std::string_view, 4> boundNames{"queue", "time", "size", "memory"};

    void noteStarted() { m_started.fetch_add(1, std::memory_order_relaxed); }
    void noteEnded(double seconds)
    {
        const std::lock_guard lock(m_mutex);
        m_durations.observe(seconds);
    }
    void noteRefused(Bound bound) { m_refused[static_cast<size_t>(bound)].fetch_add(1); }
    void noteCancelled() { m_cancelled.fetch_add(1, std::memory_order_relaxed); }
    void noteSamples(uint64_t samples) { m_samples.fetch_add(samples, std::memory_order_relaxed); }
    /// Counts a failure under the bound or the cancellation that it stands for, if any.
    void noteFailure(const Error &error)
    {
        if (error.code == ErrorCode::Cancelled)
            noteCancelled();
        else if (error.code == ErrorCode::Timeout)
            noteRefused(Bound::Time);
        else if (error.code == ErrorCode::TooLarge)
            noteRefused(Bound::Size);
        else if (error.code == ErrorCode::Unavailable)
            noteRefused(Bound::Memory);
    }

    uint64_t started() const { return m_started; }
    uint64_t refused(Bound bound) const { return m_refused[static_cast<size_t>(bound)]; }
    uint64_t cancelled() const { return m_cancelled; }
    uint64_t samples() const { return m_samples; }
    /// The seconds that queries took since the last call.
    Histogram takeDurations()
    {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_durations, Histogram(Histogram::ownSchema));
    }

private:
    std::atomic<uint64_t> m_started{0};
    std::array<std::atomic<uint64_t>, 4> m_refused{};
    std::atomic<uint64_t> m_cancelled{0};
    std::atomic<uint64_t> m_samples{0};
    std::mutex m_mutex;
    Histogram m_durations{Histogram::ownSchema};
};

} // namespace plimsoll::api
