#include "app/Cluster.h"

#include "storage/backend/PostgresBackend.h"
#include "storage/backend/PostgresNeighbours.h"
#include "storage/backend/PostgresShipments.h"
#include "storage/engine/follow/Following.h"
#include "storage/engine/follow/MergedReader.h"
#include "storage/engine/follow/Shipping.h"

namespace plimsoll::app {

struct Cluster::Shared
{
    std::shared_ptr<PostgresReaders> database;
    int64_t node = 0;
};

Cluster::Cluster() = default;

Cluster::Cluster(const PostgresBackend &backend)
    : m_shared(std::make_unique<Shared>(Shared{backend.readers(), backend.node()}))
{
    Shipping::Options options;
    options.interval = std::chrono::milliseconds(m_shared->database->settings().shipIntervalMs);
    m_shipping = std::make_unique<Shipping>(
        std::make_unique<PostgresShipments>(m_shared->database, m_shared->node), options);
}

Cluster::~Cluster() = default;

CommitListener &Cluster::commits()
{
    if (m_shipping)
        return *m_shipping;
    return NoCommitListener::instance();
}

const Leadership &Cluster::leadership() const
{
    if (m_shipping)
        return *m_shipping;
    return m_alone;
}

const ReaderSource &Cluster::join(const ReaderSource &own, std::function<void()> documentsChanged)
{
    if (!m_shared)
        return own;
    m_following =
        std::make_unique<Following>(std::make_unique<PostgresNeighbours>(m_shared->database, m_shared->node),
                                    std::move(documentsChanged));
    m_merged = std::make_unique<MergedSource>(own, *m_following);
    return *m_merged;
}

void Cluster::start()
{
    if (!m_shared)
        return;
    m_shipping->start();
    m_following->start();
}

void Cluster::stopFollowing()
{
    if (m_following)
        m_following->stop();
}

void Cluster::stopShipping()
{
    if (m_shipping)
        m_shipping->stop();
}

DatabaseFigures Cluster::figures() const
{
    if (!m_shared)
        return {};
    const auto state = m_shared->database->state().snapshot();
    const auto shipping = m_shipping->figures();
    return {state.up,       state.downForMs,       state.reason,
            shipping.lagMs, shipping.waitingBytes, m_shipping->isLeader()};
}

} // namespace plimsoll::app
