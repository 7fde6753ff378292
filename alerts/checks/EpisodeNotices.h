#pragma once

#include "alerts/EpisodeBook.h"
#include "alerts/checks/CheckNotices.h"

namespace plimsoll::alerts {

/// Makes episodes of what checks say: degraded is a warning, down is critical.
class EpisodeNotices final : public CheckNotices
{
public:
    /// `episodes` outlives it.
    explicit EpisodeNotices(EpisodeBook &episodes)
        : m_episodes(episodes)
    {
    }

    void tell(const CheckRuntime &runtime, int64_t atMs) override;
    void end(const std::string &checkId, int64_t atMs, End end) override;

private:
    EpisodeBook &m_episodes;
};

} // namespace plimsoll::alerts
