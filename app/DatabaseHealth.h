#pragma once

#include "app/Cluster.h"
#include "server/api/Health.h"

namespace plimsoll::app {

/// How a shared database does. While it is away the appliance takes samples all the same, so that this is
/// never worse than degraded; the journal says when it is full.
class DatabaseHealth final : public api::HealthSource
{
public:
    explicit DatabaseHealth(const Cluster &cluster)
        : m_cluster(cluster)
    {
    }

    api::HealthCheck check() const override { return judge(m_cluster.figures()); }
    /// What the figures mean.
    static api::HealthCheck judge(const DatabaseFigures &figures);

private:
    const Cluster &m_cluster;
};

} // namespace plimsoll::app
