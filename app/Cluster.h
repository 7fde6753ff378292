#pragma once

#include "storage/backend/DatabaseState.h"
#include "storage/engine/CommitListener.h"
#include "storage/engine/follow/Leadership.h"
#include "storage/model/SeriesReader.h"

#include <functional>
#include <memory>

namespace plimsoll {

class Following;
class MergedSource;
class PostgresBackend;
class Shipping;

namespace app {

/// How the database does that several appliances may share.
struct DatabaseFigures
{
    bool up = true;
    int64_t downForMs = 0;
    std::string reason; ///< why it is down
    int64_t lagMs = 0;  ///< age of the oldest commit that the database does not have
    uint64_t waitingBytes = 0;
    bool leads = true;
};

/// What joins this appliance to others on one database. An appliance with a database of its own is alone: it
/// ships nothing, follows nobody, and leads.
class Cluster
{
public:
    Cluster();
    explicit Cluster(const PostgresBackend &backend);
    ~Cluster();

    bool isShared() const { return m_shipping != nullptr; }
    /// For the engine's options; outlives the engine.
    CommitListener &commits();
    const Leadership &leadership() const;
    /// The readers of the appliance and, where there are others, of all together. `own` outlives this
    /// object's use.
    const ReaderSource &join(const ReaderSource &own, std::function<void()> documentsChanged);

    void start();
    /// Others are not followed from here on; readers see what was there.
    void stopFollowing();
    /// Ships what waits, gives the leadership up.
    void stopShipping();

    /// Any thread.
    DatabaseFigures figures() const;

private:
    struct Shared;
    std::unique_ptr<Shared> m_shared;
    std::unique_ptr<Shipping> m_shipping;
    std::unique_ptr<Following> m_following;
    std::unique_ptr<MergedSource> m_merged;
    AlwaysLeader m_alone;
};

} // namespace app
} // namespace plimsoll
