#pragma once

#include "storage/engine/follow/Follower.h"

#include <atomic>
#include <functional>
#include <thread>

namespace plimsoll {

/// Follows all other nodes on one database, on a thread of its own: at each notification, and once a second
/// in case one was missed.
class Following
{
public:
    /// `documentsChanged` is called on the thread when another node may have changed documents.
    Following(std::unique_ptr<Neighbours> neighbours, std::function<void()> documentsChanged);
    ~Following();
    Following(const Following &) = delete;
    Following &operator=(const Following &) = delete;

    void start();
    void stop();

    /// A reader for each node, by number. Any thread.
    std::vector<std::unique_ptr<SeriesReader>> openReaders() const;

private:
    void run();
    void updateAll();

    std::unique_ptr<Neighbours> m_neighbours;
    std::function<void()> m_documentsChanged;
    mutable std::mutex m_mutex;
    std::map<int64_t, std::shared_ptr<Follower>> m_followers;
    std::atomic<bool> m_stopping = false;
    std::thread m_thread;
};

} // namespace plimsoll
