#include "storage/engine/follow/Following.h"

namespace plimsoll {

namespace {

constexpr auto patience = std::chrono::milliseconds(200); ///< how long a stop may wait
constexpr auto interval = std::chrono::seconds(1);

} // namespace

Following::Following(std::unique_ptr<Neighbours> neighbours, std::function<void()> documentsChanged)
    : m_neighbours(std::move(neighbours))
    , m_documentsChanged(std::move(documentsChanged))
{
}

Following::~Following() { stop(); }

void Following::start()
{
    m_thread = std::thread([this] { run(); });
}

void Following::stop()
{
    m_stopping = true;
    if (m_thread.joinable())
        m_thread.join();
}

void Following::run()
{
    std::chrono::steady_clock::time_point next{};
    while (!m_stopping) {
        const auto happened = m_neighbours->wait(patience);
        if (!happened) {
            std::this_thread::sleep_for(patience);
            continue;
        }
        if (happened->documents)
            m_documentsChanged();
        if (happened->somewhere || std::chrono::steady_clock::now() >= next) {
            updateAll();
            next = std::chrono::steady_clock::now() + interval;
        }
    }
    m_neighbours.reset();
}

void Following::updateAll()
{
    const auto nodes = m_neighbours->all();
    if (!nodes)
        return;
    for (const auto &[node, writes] : *nodes) {
        std::shared_ptr<Follower> follower;
        {
            const std::lock_guard lock(m_mutex);
            auto &known = m_followers[node];
            if (!known)
                known = std::make_shared<Follower>(node, m_neighbours->backendOf(node));
            follower = known;
        }
        // What fails now is read the next time, from where it was.
        (void)follower->update(*m_neighbours);
    }
}

std::vector<std::unique_ptr<SeriesReader>> Following::openReaders() const
{
    const std::lock_guard lock(m_mutex);
    std::vector<std::unique_ptr<SeriesReader>> readers;
    for (const auto &[node, follower] : m_followers)
        readers.push_back(follower->openReader());
    return readers;
}

} // namespace plimsoll
