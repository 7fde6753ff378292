#include "storage/engine/follow/Shipping.h"

namespace plimsoll {

namespace {

constexpr size_t shipmentBytes = 4U << 20;
constexpr auto leadInterval = std::chrono::seconds(1);
constexpr auto leadTerm = std::chrono::seconds(4); ///< the leadership counts so long after it was confirmed

} // namespace

Shipping::Shipping(std::unique_ptr<Shipments> shipments, Options options)
    : m_options(options)
    , m_shipments(std::move(shipments))
{
}

Shipping::~Shipping() { stop(); }

void Shipping::start()
{
    m_thread = std::thread([this] { run(); });
}

void Shipping::stop()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    if (m_thread.joinable())
        m_thread.join();
}

void Shipping::committed(uint64_t sequence, std::string_view payload)
{
    const std::lock_guard lock(m_mutex);
    m_waiting.push_back({{sequence, std::string(payload)}, Clock::now()});
    m_bytes += payload.size();
    while (m_bytes > m_options.maxBytes && m_waiting.size() > 1) {
        m_bytes -= m_waiting.front().frame.payload.size();
        m_waiting.pop_front();
        m_leftOut++;
    }
}

bool Shipping::isLeader() const { return Clock::now().time_since_epoch().count() < m_ledUntil; }

Shipping::Figures Shipping::figures() const
{
    const std::lock_guard lock(m_mutex);
    Figures figures{0, m_bytes, m_shipped, m_leftOut};
    if (!m_waiting.empty())
        figures.lagMs =
            std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - m_waiting.front().since)
                .count();
    return figures;
}

void Shipping::run()
{
    Clock::time_point nextLead{};
    bool stopping = false;
    while (!stopping) {
        if (Clock::now() >= nextLead) {
            lead();
            nextLead = Clock::now() + leadInterval;
        }
        const auto begun = Clock::now();
        while (shipSome()) {
        }
        std::unique_lock lock(m_mutex);
        m_wake.wait_until(lock, begun + m_options.interval, [this] { return m_stopping; });
        stopping = m_stopping;
    }
    while (shipSome()) {
    }
    m_ledUntil = 0;
    m_shipments.reset();
}

void Shipping::lead()
{
    const auto asked = Clock::now();
    const auto leads = m_shipments->lead();
    m_ledUntil = leads && *leads ? (asked + leadTerm).time_since_epoch().count() : 0;
}

/// One transaction; true where more waits and the database takes it. Frames stay in the queue until they are
/// durable, and may be sent twice.
bool Shipping::shipSome()
{
    std::vector<ShippedFrame> frames;
    size_t bytes = 0;
    {
        const std::lock_guard lock(m_mutex);
        for (const Waiting &waiting : m_waiting) {
            if (bytes >= shipmentBytes)
                break;
            frames.push_back(waiting.frame);
            bytes += waiting.frame.payload.size();
        }
    }
    if (!m_shipments->send(frames, m_covered) || frames.empty())
        return false;
    const std::lock_guard lock(m_mutex);
    while (!m_waiting.empty() && m_waiting.front().frame.sequence <= frames.back().sequence) {
        m_bytes -= m_waiting.front().frame.payload.size();
        m_waiting.pop_front();
        m_shipped++;
    }
    return !m_waiting.empty();
}

} // namespace plimsoll
