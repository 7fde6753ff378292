#pragma once

#include "storage/model/Result.h"

#include <chrono>
#include <mutex>
#include <optional>

namespace plimsoll {

/// Whether a database answers, as its connections found it last. Safe from any thread.
class DatabaseState
{
public:
    struct Snapshot
    {
        bool up = true;
        int64_t downForMs = 0;
        std::string reason; ///< why it is down; one sentence without secrets
    };

    void setUp()
    {
        const std::lock_guard lock(m_mutex);
        m_downSince.reset();
        m_reason.clear();
    }
    void setDown(const Error &error)
    {
        const std::lock_guard lock(m_mutex);
        if (!m_downSince)
            m_downSince = std::chrono::steady_clock::now();
        m_reason = error.message;
    }
    Snapshot snapshot() const
    {
        const std::lock_guard lock(m_mutex);
        if (!m_downSince)
            return {};
        const auto since = std::chrono::steady_clock::now() - *m_downSince;
        return {false, std::chrono::duration_cast<std::chrono::milliseconds>(since).count(), m_reason};
    }

private:
    mutable std::mutex m_mutex;
    std::optional<std::chrono::steady_clock::time_point> m_downSince;
    std::string m_reason;
};

} // namespace plimsoll
